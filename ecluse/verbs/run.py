"""`ecluse run`: the middleware. Both directions, the web server included, in one process."""

import asyncio
from pathlib import Path

import click

from ecluse import logs, service
from ecluse.broker import broker_of
from ecluse.command import Failure, option, verb
from ecluse.folder import read_folder
from ecluse.i18n import N_, _
from ecluse.links import accepted, find
from ecluse.logs import Action
from ecluse.people import read_people
from ecluse.rulings import source_of
from ecluse.starting import settle
from ecluse.terminal import note
from ecluse.wiring import database_of, works
from streams.rhythm import keep_pace


@verb(
    "run",
    N_(
        "The middleware: reads the CRM, sends to the dialer, takes what the dialer tells, writes back what may be "
        "written. One process, the web server included."
        "\n\nLogs are JSON lines on stderr, without values. Ctrl-C or SIGTERM stops in good order within 25 seconds; "
        "a second one stops at once."
    ),
    examples=("ecluse run", "ecluse --folder /srv/ecluse run"),
)
@option(
    "--runtime",
    type=click.Choice(("embedded", "kafka")),
    default=None,
    help=N_("Which runtime; the settings decide where nothing is said."),
)
@click.pass_obj
def command(folder: Path, runtime: str | None) -> int:
    state = read_folder(folder)
    broker = broker_of(state) if (runtime or state.settings.runtime) == "kafka" else None
    files = [accepted(path, folder) for path in find((), folder)]
    names = [file.policy.link for file in files]
    for name in names:
        if names.count(name) > 1:
            raise Failure(_('two files are called "{name}" in their `link`.', name=name))
    people = state.path(state.settings.people)
    rows = read_people(people) if people.is_file() else []
    with service.alone(folder), service.listening(state.settings.listen) as door:
        note(_("Listening at http://{address}. Ctrl-C stops.", address="{}:{}".format(*door.getsockname()[:2])))
        logs.start()
        database = database_of(state)
        try:
            database.migrate()
            logs.say(Action.STARTED, count=len(files))
            policies = []
            for read, policy in files:
                ruled = settle(
                    policy, source_of(read), database, rows, state.settings, register_first=broker is not None
                )
                logs.say(Action.LINK_LOADED, link=ruled.link, tenant=ruled.tenant, revision=ruled.revision)
                policies.append(ruled)
            keep_pace()
            in_time = asyncio.run(_serve(policies, database, state, door, broker))
        finally:
            database.close()
    return 0 if in_time else 1


async def _serve(policies, database, state, door, broker) -> bool:  # type: ignore[no-untyped-def] # noqa: ANN001
    return await service.serve(works(policies, database, state, report=service.report, broker=broker), door)
