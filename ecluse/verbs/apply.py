"""`ecluse apply`: a revision made live, in every running process, without a restart."""

import sys
from collections.abc import Sequence
from pathlib import Path

import click
from sqlalchemy import Connection

from ecluse import approval, asking, report
from ecluse.approval import Decider, Weighed
from ecluse.broker import ring
from ecluse.command import Failure, argument, option, output_option, verb
from ecluse.folder import InForce, read_folder
from ecluse.i18n import N_, _
from ecluse.links import find, read
from ecluse.proposed import Proposed, document, propose, show
from ecluse.rulings import source_of
from ecluse.terminal import answer, answer_json, note, paint, suggest
from ecluse.wiring import begun, current, database_of, stored
from mapping.codes import Severity
from store.database import Database
from store.requests import Request, Track


@verb(
    "apply",
    N_(
        "Make what a link file says the revision in force. Checks it as `check` does, says what changes against the "
        "revision in force, and asks."
        "\n\nThe revision goes on record with its reason, date and decider; every running process takes it within 2 "
        "seconds, without a restart. What it no longer allows is taken back from the dialer, what it newly allows is "
        "loaded there. Several links go on record together or not at all."
        "\n\nLabels, roles, profiles, perimeters, connections and new links take two people: then it goes on record as "
        "a request, and `ecluse register approve` puts it in force. What would move too many records at once waits as "
        "well, until somebody says --accept-volume."
    ),
    examples=(
        "ecluse apply nord --as claire.martin",
        "ecluse apply links/nord.yaml --yes",
        "ecluse apply nord sud -y -o json",
        'ecluse apply nord --as claire.martin --accept-volume 4200 --reason "fin de campagne"',
    ),
)
@argument("links", nargs=-1, required=True, metavar=N_("LINK..."))
@option("--yes", "-y", is_flag=True, help=N_("Do not ask."))
@option(
    "--restart",
    is_flag=True,
    help=N_("Also where a connector or a connection changes, which a running process takes only when it is restarted."),
)
@option("--as", "who", metavar=N_("NAME"), help=N_("Who puts it forward; this account's name, if not said."))
@option("--accept-volume", "accepts", type=click.IntRange(0), metavar="N",
        help=N_("Let up to N records be taken back or newly sent at once."))  # fmt: skip
@option("--reason", default="", metavar=N_("TEXT"), help=N_("Why so many may change at once."))
@output_option()
@click.pass_obj
def command(
    folder: Path,
    links: tuple[str, ...],
    yes: bool,  # noqa: FBT001 - Click's
    restart: bool,  # noqa: FBT001
    who: str | None,
    accepts: int | None,
    reason: str,
    output: str,
) -> int:
    readings = [read(path, folder) for path in find(links, folder)]
    findings = [finding for reading in readings for finding in reading.findings]
    if report.totals(findings)[Severity.ERROR]:
        for reading in readings:
            for finding in reading.findings:
                for line in report.block(finding, reading.sources.get(finding.file, "")):
                    note(line)
        raise Failure(report.summary(findings, len(readings)))
    state = read_folder(folder)
    decider = approval.decider(state.settings, who, reason, accepts)
    database = _database(state)
    try:
        with stored():
            current(database)
            proposed = [propose(one, one.policy, database) for one in readings if one.policy is not None]
            weighed = [approval.weigh(one.policy, source_of(one.read), database, state.settings) for one in proposed]
            if output == "text":
                for one, weight in zip(proposed, weighed, strict=True):
                    show(one)
                    asking.show_weight(weight)
            _refuse(proposed, restart=restart)
            _named(weighed, who)
            done = _agreed(proposed, yes=yes, output=output)
            asked = database.writer.write_now(lambda conn: _record(proposed, weighed, decider, conn)) if done else []
            if any(one and not asking.missing(one) for one in asked):
                ring(state)
    finally:
        database.close()
    return _told(proposed, asked, done=done, output=output)


def _database(state: InForce) -> Database:
    """The first revision may come before the first start."""
    fresh = not begun(state)
    database = database_of(state)
    if fresh or database.empty:
        database.migrate()
    return database


def _named(weighed: Sequence[Weighed], who: str | None) -> None:
    """What a second person looks at needs a first one."""
    if who is None and any(one.track is Track.REGULATED or one.held for one in weighed):
        raise click.UsageError(_("say who puts it forward: --as NAME. Somebody else approves it."))


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


def _record(
    proposed: Sequence[Proposed], weighed: Sequence[Weighed], decider: Decider, conn: Connection
) -> list[Request | None]:
    """All of them in one transaction. Raises Violated where another revision went on record meanwhile."""
    asked: list[Request | None] = []
    for one, weight in zip(proposed, weighed, strict=True):
        why = decider._replace(reason=decider.reason or weight.motive.reason)
        asked.append(approval.ask(conn, weight, why) if one.is_new else None)
    return asked


def _told(proposed: Sequence[Proposed], asked: Sequence[Request | None], *, done: bool, output: str) -> int:
    live = [one is not None and not asking.missing(one) for one in asked] or [False] * len(proposed)
    if output == "json":
        requests = list(asked) or [None] * len(proposed)
        answer_json(
            "apply",
            {
                "links": [
                    {**document(one, done=in_force), "request": asking.document(request) if request else None}
                    for one, in_force, request in zip(proposed, live, requests, strict=True)
                ]
            },
        )
    elif not done:
        answer(_("Nothing was put in force."))
    else:
        _say(proposed, asked, live)
    return 0 if done else 1


def _say(proposed: Sequence[Proposed], asked: Sequence[Request | None], live: Sequence[bool]) -> None:
    for one, request in zip(proposed, asked, strict=True):
        if request is not None and asking.missing(request):
            asking.show_waiting(one.policy.link, request)
    new = [one for one, in_force in zip(proposed, live, strict=True) if in_force]
    if any(one.restart for one in new):
        answer(
            paint(_("On record. Restart every process: until then, the revision before it is in force."), "bold yellow")
        )
    elif new:
        answer(paint(_("On record. Every running process takes it within 2 seconds."), "bold green"))
        suggest("ecluse status")
