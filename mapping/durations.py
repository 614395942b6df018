"""Durations as people write them: `30m`, `36h`, `2d`, `1w`. One unit each, so that no two spellings need comparing."""

import re
from datetime import timedelta

PATTERN = r"^[1-9][0-9]{0,3}[mhdw]$"

_FORM = re.compile(PATTERN, re.ASCII)
_UNITS = {
    "w": timedelta(weeks=1),
    "d": timedelta(days=1),
    "h": timedelta(hours=1),
    "m": timedelta(minutes=1),
}


def parse(text: str) -> timedelta | None:
    """The duration that a text writes, or None where it writes none."""
    if not _FORM.fullmatch(text):
        return None
    return int(text[:-1]) * _UNITS[text[-1]]


def write(duration: timedelta) -> str:
    """A duration in the largest unit that holds it whole; what is below a minute is dropped."""
    for letter, unit in _UNITS.items():
        if duration % unit == timedelta(0):
            return f"{duration // unit}{letter}"
    return f"{duration // _UNITS['m']}m"


__all__ = ["PATTERN", "parse", "write"]
