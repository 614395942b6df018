"""`ecluse init`: a working folder to start from. Nothing that is there is ever overwritten."""

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from connectors import registry
from connectors.faults import Misconfigured
from ecluse.command import argument, folder_place, option, verb
from ecluse.i18n import N_, _, language
from ecluse.starter import Answers, files, lay_down
from ecluse.terminal import answer, paint, suggest
from mapping.words import Side

#: What is proposed, where nothing is said.
PREFERRED = ("csv", "tryton", "open_dialer")


def of_side(side: Side) -> list[str]:
    """The connectors of a side, by name."""
    known = []
    for name in registry.names():
        try:
            if registry.connector(name).side is side:
                known.append(name)
        except (Misconfigured, ImportError):
            continue
    return known


@verb(
    "init",
    N_(
        "Lay down a working folder to start from: settings, connections, a link, its cases, a key of its own."
        "\n\nAsks what it needs on a terminal. A file that is there already is left as it is."
    ),
    examples=(
        "ecluse init",
        "ecluse init pilote --link nord --crm tryton --dialer jobphoning",
        "ecluse init --no-input",
    ),
)
@argument("target", default=".", metavar=N_("[DIR]"), type=folder_place(exists=False))
@option("--link", metavar=N_("NAME"), help=N_("The name of the link."))
@option("--crm", metavar=N_("CONNECTOR"), help=N_("The CRM's connector."))
@option("--dialer", metavar=N_("CONNECTOR"), help=N_("The dialer's connector."))
@option("--country", metavar="CODE", help=N_("How national telephone numbers are read, such as FR."))
@option("--no-input", is_flag=True, help=N_("Ask nothing: take the defaults for what is not said."))
@click.pass_obj
def command(
    folder: Path, target: Path, link: str | None, crm: str | None, dialer: str | None, country: str | None,
    no_input: bool,  # noqa: FBT001 - Click passes options by keyword
) -> int:  # fmt: skip
    asks = not no_input and sys.stdin.isatty()
    crms, dialers = of_side(Side.CRM), of_side(Side.DIALER)
    start = Answers(language=language())
    start = start._replace(crm=_first(PREFERRED, crms), dialer=_first(PREFERRED, dialers))
    start = Answers(
        link or _ask(_("Name of the link"), start.link, asks=asks),
        _known(crm or _ask(_("CRM"), start.crm, crms, asks=asks), crms, "--crm"),
        _known(dialer or _ask(_("Dialer"), start.dialer, dialers, asks=asks), dialers, "--dialer"),
        start.language,
        country or _ask(_("Country of the telephone numbers"), start.country, asks=asks),
    )
    where = (folder / target).resolve() if target != Path() else folder
    where.mkdir(parents=True, exist_ok=True)
    written = 0
    for file in files(start, datetime.now(UTC).date()):
        made = lay_down(where, file)
        written += made
        mark = paint("+", "green") if made else paint("=", "dim")
        answer(f"  {mark} {file.name}" + ("" if made else "  " + paint(_("there already, left as it is"), "dim")))
    answer(paint(_("{count} files laid down in {folder}.", count=written, folder=str(where)), "bold"))
    into = [] if where == Path.cwd() else [f"cd {target}"]
    suggest(*into, "ecluse check", "ecluse doctor", "ecluse run")
    return 0


def _first(preferred: tuple[str, ...], known: list[str]) -> str:
    return next((name for name in preferred if name in known), known[0] if known else "")


def _ask(question: str, default: str, choices: list[str] | None = None, *, asks: bool) -> str:
    if not asks:
        return default
    kind = click.Choice(choices) if choices else None
    return str(click.prompt(question, default=default, type=kind, err=True))


def _known(name: str, choices: list[str], option_name: str) -> str:
    if name not in choices:
        message = _('no connector "{name}". There are: {known}.', name=name, known=", ".join(choices))
        raise click.BadParameter(message, param_hint=option_name)
    return name
