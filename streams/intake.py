"""Dialer intake: what a dialer told us becomes events, acknowledged once they are on disk."""

import asyncio
import hashlib
from collections.abc import Sequence
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy import Connection

from connectors.faults import Malformed
from connectors.port import Happening
from mapping.words import Origin, Side
from store import events as event_store
from store.events import MAX_BODY_BYTES, Bodies, NewEvent
from streams.failpoints import Point
from streams.link import Gear, LinkRuntime
from streams.parts import parts
from streams.phoning import record_of
from streams.whole import plain, written

#: A longer id is kept as its digest: the parts' ids are derived from it.
ID_LONGEST = 200


class Receipt(NamedTuple):
    """What became of a delivery: every event of it is on disk, or was there before."""

    accepted: int
    duplicates: int
    #: Events logged: a call that ended may be several.
    events: int = 0


class Shedding(Exception):
    """Nothing was taken in: the disk is full or the system is stopping. Ask again after `retry_after` seconds."""

    def __init__(self, retry_after: int = 10) -> None:
        self.retry_after = retry_after
        super().__init__("shedding")


async def receive(link: LinkRuntime, gear: Gear, happenings: Sequence[Happening]) -> Receipt:
    """Log what the dialer told us, all of it or nothing; returns once it is on disk. Raises Malformed, `too_large`."""
    made = [events_of(link, happening) for happening in happenings]
    flat = [event for events in made for event in events]
    bodies = await asyncio.to_thread(event_store.seal, gear.database.keys, link.tenant, link.name, flat)
    receipt = await gear.database.door.write(partial(_log, link, gear, made, bodies))
    gear.failpoints.reach(Point.AFTER_APPEND)
    if receipt.events:
        gear.metrics.received[Side.DIALER, Origin.LIVE].inc(receipt.events)
    return receipt


def events_of(link: LinkRuntime, happening: Happening) -> list[NewEvent]:
    """The events that one happening is made of: one kind of write each."""
    event = {
        "specversion": "1.0",
        "id": _short(happening.id),
        "source": f"{Side.DIALER.value}/{link.dialer.connector.name}/{link.name}",
        "type": happening.type,
        "subject": record_of({"data": happening.data}),
        "time": happening.time,
        "tenant": link.tenant,
        "origin": Origin.LIVE.value,
        "data": plain(happening.data),
    }
    return [_new(part) for part in parts(event, link.ruling.policy)]


def _new(event: dict[str, Any]) -> NewEvent:
    body = written(event)
    if len(body) > MAX_BODY_BYTES:
        raise Malformed("too_large")
    return NewEvent(event["id"], Side.DIALER, event["type"], record_of(event), Origin.LIVE, body)


def _log(
    link: LinkRuntime, gear: Gear, made: Sequence[Sequence[NewEvent]], bodies: Bodies, conn: Connection
) -> Receipt:
    flat = [event for events in made for event in events]
    seqs = iter(event_store.append(conn, gear.database.keys, link.tenant, link.name, flat, bodies))
    fresh = [[next(seqs) for _ in events] for events in made]
    gear.failpoints.reach(Point.BEFORE_APPEND_COMMIT)
    accepted = sum(any(seq is not None for seq in seqs_of_one) for seqs_of_one in fresh)
    logged = sum(seq is not None for seqs_of_one in fresh for seq in seqs_of_one)
    return Receipt(accepted, len(made) - accepted, logged)


def _short(name: str) -> str:
    return name if len(name) <= ID_LONGEST else hashlib.blake2b(name.encode(), digest_size=24).hexdigest()
