"""`ecluse doctor`: what is in force here, from where, and what is wrong with it: indicator, cause, what to do."""

from pathlib import Path

import click

from ecluse import diagnosis
from ecluse.check import Check, Level, of_files
from ecluse.command import option, output_option, verb
from ecluse.folder import BadFolderError, InForce, in_force, read_folder
from ecluse.i18n import N_, _, ngettext
from ecluse.terminal import answer, answer_json, paint, suggest, table, wrapped

MARKS = {Level.FINE: ("ok", "green"), Level.WARNING: ("!", "bold yellow"), Level.WRONG: ("x", "bold red")}
WIDTH = 70


@verb(
    "doctor",
    N_(
        "What is in force here, and from where: settings, keys, database, connections, people, clock, disk; and what "
        "is wrong with each, why, and what to do."
        "\n\nSecrets are masked. Connections are asked who we are there, unless told not to. Exits with 1 where "
        "something is wrong."
    ),
    examples=("ecluse doctor", "ecluse doctor --offline --output json"),
)
@option("--offline", is_flag=True, help=N_("Contact neither CRM nor dialer."))
@output_option()
@click.pass_obj
def command(folder: Path, offline: bool, output: str) -> int:  # noqa: FBT001 - Click's
    try:
        state: InForce | None = read_folder(folder)
        checks = list(diagnosis.of_installation(state, online=not offline)) if state else []
    except BadFolderError as error:
        state, checks = None, list(of_files(error))
    if output == "json":
        rows = (
            []
            if state is None
            else [
                {"name": name, "value": value, "from": origin or "default"} for name, value, origin in in_force(state)
            ]
        )
        answer_json(
            "doctor", {"settings": rows, "checks": [check.as_dict() for check in checks], "fine": _fine(checks)}
        )
    else:
        if state is not None:
            _settings(state)
        _show(checks)
    return 0 if _fine(checks) else 1


def _fine(checks: list[Check]) -> bool:
    return all(check.level is not Level.WRONG for check in checks)


def _settings(state: InForce) -> None:
    answer(paint(_("In force"), "bold"))
    rows = [(name, value or "–", origin or _("default")) for name, value, origin in in_force(state)]
    table(rows, (_("setting"), _("value"), _("from")), indent=2)
    answer()


def _show(checks: list[Check]) -> None:
    answer(paint(_("Checks"), "bold"))
    for check in checks:
        mark, style = MARKS[check.level]
        answer(f"  {paint(f'{mark:<2}', style)} {check.title}")
        for text in (check.cause, check.action and _("To do: {what}", what=check.action)):
            for part in wrapped(text, WIDTH) if text else ():
                answer(f"       {part}")
    wrong = sum(check.level is Level.WRONG for check in checks)
    warned = sum(check.level is Level.WARNING for check in checks)
    counts = ngettext("{n} thing is wrong", "{n} things are wrong", wrong) + ", "
    counts += ngettext("{n} warning", "{n} warnings", warned) + "."
    answer()
    answer(paint(counts, "bold red" if wrong else "bold green"))
    if not wrong:
        suggest("ecluse check", "ecluse run")
