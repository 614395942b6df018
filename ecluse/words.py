"""Small words that several verbs say alike."""

from datetime import UTC, datetime

from ecluse.i18n import _


def when(microseconds: int | None, *, machine: bool = False) -> str:
    """A moment of the store: in local time with its offset for people, in UTC for machines."""
    if microseconds is None:
        return ""
    moment = datetime.fromtimestamp(microseconds / 1_000_000, UTC)
    if machine:
        return moment.isoformat(timespec="seconds").replace("+00:00", "Z")
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S %z")


def ago(seconds: float) -> str:
    """A span as people say it: 40 s, 12 min, 3 h, 2 d."""
    for size, unit in ((86_400, _("d")), (3_600, _("h")), (60, _("min"))):
        if seconds >= 2 * size:
            return f"{int(seconds // size)} {unit}"
    return f"{max(0, int(seconds))} " + _("s")


def yes_no(value: object) -> str:
    return _("yes") if value else _("no")
