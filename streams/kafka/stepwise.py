"""A carrier's batch in Python, step by step: what the compiled core has to agree with, and all that it leaves."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from mapping.decisions import Decision
from mapping.reasons import Reason
from store.events import MAX_BODY_BYTES
from store.keys import Purpose
from streams.decider import carefully, undecided
from streams.kafka import wire
from streams.kafka.payload import bound, pack, unwrap
from streams.kafka.settings import CARRIERS, Broker
from streams.link import Gear, Incident, Word
from streams.outbound import Outbound
from streams.ruling import Ruling

#: What a decision may weigh: more than any command that the outbox takes, less than any message that the broker takes.
MOST_BYTES = 2 * MAX_BODY_BYTES

Rulings = Callable[[str, str], Ruling | None]


class Out(NamedTuple):
    """A decision, ready to leave."""

    partition: int
    value: bytes


class _Opened(NamedTuple):
    """An event that could be opened here; empty where it could not where it was published."""

    place: int
    seq: int
    key: str
    event: bytes


class Stepwise:
    """Opens, decides, packs and seals. Raises StoreError where the keys cannot be had."""

    def __init__(self, broker: Broker, gear: Gear) -> None:
        self._broker = broker
        self._gear = gear

    def decided(self, values: Sequence[bytes | None], rulings: Rulings, now: datetime) -> list[Out | None]:
        """One decision for each message, in their order.

        None for a message that is none of ours, or was altered on its way: an event is published again by its
        owner until it is decided, and no stranger to the keys has any say in how.
        """
        by_link: dict[tuple[str, str], list[tuple[int, wire.Carried]]] = {}
        for place, value in enumerate(values):
            try:
                carried = wire.read(wire.EVENT, value)
            except wire.Garbled:
                continue
            by_link.setdefault((carried.tenant, carried.link), []).append((place, carried))
        out: list[Out | None] = [None] * len(values)
        for (tenant, link), items in by_link.items():
            opened = self._opened(tenant, link, items)
            if not opened:
                continue  # a stranger's tenant is given no key
            decisions = self._decide((tenant, link), opened, rulings(tenant, link), now)
            for one, sealed in zip(opened, self._sealed(tenant, link, opened, decisions), strict=True):
                out[one.place] = sealed
        for _ in range(out.count(None)):
            self._gear.report(Incident(Word.GARBLED_MESSAGE, where=CARRIERS))
        return out

    def _sealed(self, tenant: str, link: str, items: Sequence[_Opened], decisions: Sequence[Decision]) -> list[Out]:
        bodies = [_packed(one.key, decision) for one, decision in zip(items, decisions, strict=True)]
        sealer = self._gear.database.keys.sealer(tenant, Purpose.EVENT)
        if self._broker.sealed:
            bodies = sealer.seal_all(bodies, [bound(wire.DECISION, tenant, link, one.seq) for one in items])
        partition = wire.partition_of_link(tenant, link, self._broker.partitions)
        head = wire.heads(wire.DECISION, tenant, link)
        return [Out(partition, head(one.seq, sealer.key_id) + body) for one, body in zip(items, bodies, strict=True)]

    def _decide(
        self, link: tuple[str, str], items: Sequence[_Opened], ruling: Ruling | None, now: datetime
    ) -> list[Decision]:
        if ruling is None:
            self._gear.report(Incident(Word.UNKNOWN_LINK, link[1], CARRIERS))
            return [undecided("", Reason.UNKNOWN_LINK)] * len(items)
        outbound = ruling.outbound
        # What the core has left once it would leave again.
        decide = outbound.decide_left if isinstance(outbound, Outbound) else outbound.decide
        events = [one.event for one in items]
        decided = iter(carefully(lambda part: decide(part, now), [*filter(None, events)], ruling.revision))
        lost = undecided(ruling.revision, Reason.UNDECIPHERABLE)
        return [next(decided) if event else lost for event in events]

    def _opened(self, tenant: str, link: str, items: Sequence[tuple[int, wire.Carried]]) -> list[_Opened]:
        bodies: Sequence[bytes | None] = [one.sealed for _, one in items]
        if self._broker.sealed:
            aads = [bound(wire.EVENT, tenant, link, one.seq) for _, one in items]
            ids, sealed = [one.key_id for _, one in items], [one.sealed for _, one in items]
            bodies = self._gear.database.keys.open_all(tenant, ids, sealed, aads)
        found = []
        for (place, one), body in zip(items, bodies, strict=True):
            with suppress(ValueError):
                found.append(_Opened(place, one.seq, *unwrap(body or b"")))
        return found


def _packed(key: str, decision: Decision) -> bytes:
    body = pack(key, decision)
    if len(body) > MOST_BYTES:
        body = pack(key, undecided(decision.revision, Reason.DECISION_FAILED))
    return body
