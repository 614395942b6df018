"""Link files and the register of revisions: which of the two a process runs, and how a revision becomes a ruling."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from sqlalchemy import Connection

from connectors.port import PersonRow
from ecluse import logs
from ecluse.command import Failure
from ecluse.i18n import _
from ecluse.links import Read, shows_views
from ecluse.logs import Action
from ecluse.standing import Standing, compared, not_in_force
from ecluse.terminal import note
from mapping.bundle import Bundle, pack, unpack
from mapping.policy import Policy, compile_link
from mapping.reader import read_link
from store import people as people_store
from store import register
from store.database import Database
from store.errors import Violated
from store.register import Live
from streams.inbound import Inbound
from streams.link import LinkRuntime
from streams.outbound import Outbound
from streams.rollout import Obstacle, Unfit
from streams.ruling import Ruling

#: What a tenant's secret for digests is derived by: they are not those of anything else.
DIGESTS: Final = b"masks"


def source_of(reading: Read) -> str:
    """What the register keeps of a link file: with every file that it uses, so that any machine can compile it."""
    shared = dict(reading.sources)
    return pack(Bundle(shared.pop(reading.name), shared))


def on_record(conn: Connection, policy: Policy, text: str, after: int | None = None) -> Live:
    """Make a revision live, with its motive, date and decider; running processes take it from the register."""
    said = policy.source.revision
    return register.make_live(
        conn, policy.tenant, policy.link, policy.revision, said.reason, said.date, said.decided_by, text, after=after
    )


def settle(
    policy: Policy, text: str, database: Database, people: Sequence[PersonRow], *, register_first: bool = False
) -> Policy:
    """Before a link runs: who is who, and which revision. The policy to run.

    What the file says is made live if it is new; a revision that was superseded never comes back by a mere
    start. `register_first`: the file counts only where the register has nothing, for machines that are several.
    """
    tenant, link = policy.tenant, policy.link
    mine = [row for row in people if row.profile in policy.profiles]
    if mine:
        database.writer.write_now(lambda conn: people_store.save(conn, database.keys, tenant, link, mine))
    standing, live = compared(policy, database)
    if live is None or (standing is Standing.NEW and not register_first):
        overtaken = _made_live(policy, text, database, live)
        if overtaken is None:
            return policy
        standing, live = overtaken
    if standing is Standing.IN_FORCE:
        return policy
    logs.say(Action.FILE_NOT_IN_FORCE, "warning", link=link, revision=live.revision, code=standing.value)
    note(not_in_force(link, live, policy.revision))
    try:
        return compiled(live)
    except Unfit as unfit:
        raise Failure(
            _(
                "{link}: revision {revision} of the register cannot run here: {code}.",
                link=link, revision=live.revision, code=unfit.obstacle.value,
            )
        ) from None  # fmt: skip


def _made_live(policy: Policy, text: str, database: Database, before: Live | None) -> tuple[Standing, Live] | None:
    """None once it is live; what counts instead, where another machine that starts as well was quicker."""
    number = before.number if before else 0
    try:
        database.writer.write_now(lambda conn: on_record(conn, policy, text, after=number))
    except Violated:
        standing, live = compared(policy, database)
        if live is None or live.number == number:
            raise
        return standing, live
    return None


def compiled(live: Live) -> Policy:
    """A revision of the register, compiled. Raises Unfit."""
    bundle = unpack(live.source_text)
    reading = read_link(bundle.text, live.revision, views=shows_views, shared=bundle.shared)
    if reading.link is None:
        raise Unfit(Obstacle.DOES_NOT_COMPILE)
    policy = compile_link(reading.link, views=shows_views(reading.link.dialer.connector))
    if policy.revision != live.revision:
        raise Unfit(Obstacle.ANOTHER_MEANING)
    return policy


def keyed(policy: Policy, database: Database) -> Policy:
    """A policy that can make digests: under a secret of its tenant, the same for every revision and process."""
    return replace(policy, secret=database.keys.mac(policy.tenant, DIGESTS))


def ruling_of(policy: Policy, database: Database, number: int = 0) -> Ruling:
    """A policy, ready to decide both ways."""
    whole = keyed(policy, database)
    return Ruling(whole, Outbound(whole), Inbound(whole), number)


def from_register(database: Database, _link: LinkRuntime, live: Live) -> Ruling:
    """What `streams.rollout` asks for each revision that it finds in the register."""
    return ruling_of(compiled(live), database, live.number)
