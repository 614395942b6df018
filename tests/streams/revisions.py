"""Revisions as tests make them live: in the register, as `ecluse apply` does, and read as a process reads them."""

from dataclasses import replace
from datetime import date
from typing import Any

import orjson

from mapping.link import Link
from mapping.policy import Policy, compile_link
from mapping.words import Origin, Side
from store import register
from store.register import Live
from streams.embedded import EmbeddedRuntime
from streams.inbound import Inbound
from streams.link import LinkRuntime
from streams.outbound import Outbound
from streams.ruling import Ruling
from tests.streams.world import LINK, LINK_FILE, TENANT, World

BANK = {"where": {"account.industry": ["bank"]}}
RETAIL = LINK_FILE["perimeter"]["projects"]["retail"]
BY_CAMPAIGN = {
    "teleoperator": {"role": "contributor", "perimeter": "project"},
    "mission_lead": {"role": "validator", "perimeter": "project"},
}


def because(reason: str) -> dict[str, Any]:
    return {"reason": reason, "date": date(2026, 11, 22), "decided_by": "direction"}


def compiled(changed: dict[str, Any]) -> Policy:
    return compile_link(Link.model_validate(LINK_FILE | changed), views=False)


def ruled(policy: Policy, number: int) -> Ruling:
    return Ruling(policy, Outbound(policy), Inbound(policy), number)


def read(_: LinkRuntime, live: Live) -> Ruling:
    """What the wiring does with a link file, with the models' own JSON."""
    return ruled(compiled(orjson.loads(live.source_text)), live.number)


def make_live(world: World, **changed: Any) -> Policy:
    """What `ecluse apply` does."""
    policy = compiled(changed)
    text = orjson.dumps(changed, default=str).decode()
    world.database.writer.write_now(
        lambda conn: register.make_live(
            conn, TENANT, LINK, policy.revision, "because", date(2026, 11, 22), "direction", text
        )
    )
    return policy


def runtime(world: World, holder: str = "a", *, other: int | None = None, reader: Any = read) -> EmbeddedRuntime:
    """A process that begins under what the register says then."""
    database = world.database if other is None else world.other(other)
    with database.read() as conn:
        live = register.revision(conn, TENANT, LINK)
    link = world.link()
    link.ruling = read(link, live) if live is not None else ruled(compiled({}), 0)
    gear = replace(world.gear(database=database), read=reader)
    return EmbeddedRuntime([link], gear, folder=world.folder, holder=holder)


def two_rulings() -> tuple[Ruling, Ruling]:
    """Two revisions that differ in what they send and in who may write, told apart by every decision."""
    narrow = compiled(
        {
            "revision": because("Moins"),
            "fields": [{"from": "contact.phone", "to": "phone", "as": "e164"}],
            "roles": {**LINK_FILE["roles"], "contributor": {**LINK_FILE["roles"]["contributor"], "write": ["comment"]}},
        }
    )
    return ruled(compiled({}), 1), ruled(narrow, 2)


def replayed(world: World) -> int:
    return int(world.metrics.received[Side.CRM, Origin.REPLAY]._value.get())
