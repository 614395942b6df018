"""Link files and the register of revisions: which of the two a process runs, and how a revision becomes a ruling."""

from dataclasses import replace
from typing import Final

from ecluse.links import Read, shows_views
from mapping.bundle import Bundle, pack, unpack
from mapping.policy import Policy, compile_link
from mapping.reader import read_link
from store.database import Database
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


def compiled(live: Live) -> Policy:
    """A revision of the register, compiled. Raises Unfit."""
    return policy_of_text(live.source_text, live.revision)


def policy_of_text(text: str, revision: str) -> Policy:
    """What is kept of a revision, compiled; it has to mean what it meant. Raises Unfit."""
    bundle = unpack(text)
    reading = read_link(bundle.text, revision, views=shows_views, shared=bundle.shared)
    if reading.link is None:
        raise Unfit(Obstacle.DOES_NOT_COMPILE)
    policy = compile_link(reading.link, views=shows_views(reading.link.dialer.connector))
    if policy.revision != revision:
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
