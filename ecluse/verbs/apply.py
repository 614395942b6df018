"""`ecluse apply`: a revision made live, in every running process, without a restart."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click
from sqlalchemy import Connection

from ecluse import report
from ecluse.broker import ring
from ecluse.command import Failure, argument, option, output_option, verb
from ecluse.folder import InForce, read_folder
from ecluse.i18n import N_, _
from ecluse.links import find, read
from ecluse.proposed import Proposed, document, propose, show
from ecluse.rulings import on_record, source_of
from ecluse.terminal import answer, answer_json, note, paint, suggest
from ecluse.wiring import database_of, stored
from mapping.codes import Severity
from store.database import Database


@verb(
    "apply",
    N_(
        "Make what a link file says the revision in force. Checks it as `check` does, says what changes against the "
        "revision in force, and asks."
        "\n\nThe revision goes on record with its reason, date and decider; every running process takes it within 2 "
        "seconds, without a restart. What it no longer allows is taken back from the dialer, what it newly allows is "
        "loaded there. Several links go on record together or not at all."
    ),
    examples=("ecluse apply nord", "ecluse apply links/nord.yaml --yes", "ecluse apply nord sud -y -o json"),
)
@argument("links", nargs=-1, required=True, metavar=N_("LINK..."))
@option("--yes", "-y", is_flag=True, help=N_("Do not ask."))
@option(
    "--restart",
    is_flag=True,
    help=N_("Also where a connector or a connection changes, which a running process takes only when it is restarted."),
)
@output_option()
@click.pass_obj
def command(folder: Path, links: tuple[str, ...], yes: bool, restart: bool, output: str) -> int:  # noqa: FBT001
    readings = [read(path, folder) for path in find(links, folder)]
    findings = [finding for reading in readings for finding in reading.findings]
    if report.totals(findings)[Severity.ERROR]:
        for reading in readings:
            for finding in reading.findings:
                for line in report.block(finding, reading.sources.get(finding.file, "")):
                    note(line)
        raise Failure(report.summary(findings, len(readings)))
    state = read_folder(folder)
    database = _database(state)
    try:
        with stored():
            proposed = [propose(one, one.policy, database) for one in readings if one.policy is not None]
            if output == "text":
                for one in proposed:
                    show(one)
            _refuse(proposed, restart=restart)
            done = _agreed(proposed, yes=yes, output=output)
            if done:
                database.writer.write_now(lambda conn: _record(proposed, conn))
                ring(state)
    finally:
        database.close()
    return _told(proposed, done=done, output=output)


def _database(state: InForce) -> Database:
    state.key()
    address = state.database()
    if address.startswith("sqlite:///") and not Path(address.removeprefix("sqlite:///")).exists():
        raise Failure(
            _("nothing ran here yet, so there is no database: `ecluse run` makes it, and puts the link files in force.")
        )
    return database_of(state)


def _refuse(proposed: Sequence[Proposed], *, restart: bool) -> None:
    held = [one.policy.link for one in proposed if one.restart and one.is_new]
    if held and not restart:
        raise Failure(
            _(
                "{links}: another connector or connection, which a running process does not take. Say --restart to put "
                "it on record, and restart every process then; until then they go on under the revision before it.",
                links=", ".join(held),
            )
        )


def _agreed(proposed: Sequence[Proposed], *, yes: bool, output: str) -> bool:
    """Whether it shall be done. Nothing is asked off a terminal."""
    if yes or not any(one.is_new for one in proposed):
        return True
    if output != "text" or not sys.stdin.isatty():
        raise click.UsageError(_("nothing is asked off a terminal: say --yes."))
    return click.confirm(_("Put this in force?"), err=True)


def _record(proposed: Sequence[Proposed], conn: Connection) -> None:
    """All of them in one transaction. Raises Violated where another revision went on record meanwhile."""
    for one in proposed:
        if one.is_new:
            on_record(conn, one.policy, source_of(one.read), after=one.live.number if one.live else 0)


def _told(proposed: Sequence[Proposed], *, done: bool, output: str) -> int:
    new = [one for one in proposed if one.is_new]
    if output == "json":
        answer_json("apply", {"links": [document(one, done=done) for one in proposed]})
    elif not done:
        answer(_("Nothing was put in force."))
    elif any(one.restart for one in new):
        answer(
            paint(_("On record. Restart every process: until then, the revision before it is in force."), "bold yellow")
        )
    elif new:
        answer(paint(_("On record. Every running process takes it within 2 seconds."), "bold green"))
        suggest("ecluse status")
    return 0 if done else 1
