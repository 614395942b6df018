"""A carrier's decisions in Python: what the compiled way has to agree with, and decides all that it leaves."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple

from mapping.decisions import Decision
from mapping.reasons import Reason
from store.events import MAX_BODY_BYTES
from store.keys import Purpose
from streams.decider import carefully, undecided
from streams.kafka import wire
from streams.kafka.payload import bound, pack, unwrap
from streams.kafka.settings import Broker
from streams.link import Gear, Incident, Word
from streams.ruling import Ruling

WHERE = "carriers"
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


class Reference:
    """Decides under the rulings in force when it is asked. Raises StoreError where the keys cannot be had."""

    def __init__(self, broker: Broker, rulings: Rulings, gear: Gear) -> None:
        self._broker = broker
        self._rulings = rulings
        self._gear = gear

    def decided(self, values: Sequence[bytes | None]) -> list[Out | None]:
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
            for one, decided in zip(opened, self._of_link(tenant, link, opened), strict=True):
                out[one.place] = decided
        for _ in range(out.count(None)):
            self._gear.report(Incident(Word.GARBLED_MESSAGE, where=WHERE))
        return out

    def _of_link(self, tenant: str, link: str, items: Sequence[_Opened]) -> list[Out]:
        decisions = self._decide(tenant, link, [one.event for one in items])
        bodies = [_packed(one.key, decision) for one, decision in zip(items, decisions, strict=True)]
        sealer = self._gear.database.keys.sealer(tenant, Purpose.EVENT)
        if self._broker.sealed:
            bodies = sealer.seal_all(bodies, [bound(wire.DECISION, tenant, link, one.seq) for one in items])
        partition = wire.partition_of_link(tenant, link, self._broker.partitions)
        head = wire.heads(wire.DECISION, tenant, link)
        return [Out(partition, head(one.seq, sealer.key_id) + body) for one, body in zip(items, bodies, strict=True)]

    def _decide(self, tenant: str, link: str, events: Sequence[bytes]) -> list[Decision]:
        ruling = self._rulings(tenant, link)
        if ruling is None:
            self._gear.report(Incident(Word.UNKNOWN_LINK, link, WHERE))
            return [undecided("", Reason.UNKNOWN_LINK)] * len(events)
        revision, now = ruling.revision, self._gear.clock()
        decided = iter(carefully(lambda part: ruling.outbound.decide(part, now), [*filter(None, events)], revision))
        lost = undecided(revision, Reason.UNDECIPHERABLE)
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
