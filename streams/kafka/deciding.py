"""A batch of sealed events decided, and sealed again as decisions: what a carrier does between two reads."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from confluent_kafka import Message

from mapping.decisions import Decision
from mapping.reasons import Reason
from store.events import MAX_BODY_BYTES, bound_to
from store.keys import Purpose
from streams.decider import carefully, undecided
from streams.kafka import wire
from streams.kafka.payload import bound, pack
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
    key: bytes | None
    value: bytes


class _Part(NamedTuple):
    """What a batch holds of one link, in the order of its log."""

    carried: list[wire.Carried]
    keys: list[bytes | None]


class Deciding:
    """Decides under the rulings in force when a batch begins. Raises StoreError where the keys cannot be had."""

    def __init__(self, broker: Broker, rulings: Rulings, gear: Gear) -> None:
        self._broker = broker
        self._rulings = rulings
        self._gear = gear

    def decided(self, messages: Sequence[Message]) -> list[Out]:
        """One decision for each message of ours. Link by link, each link's in the order of its log."""
        by_link: dict[tuple[str, str], _Part] = {}
        for message in messages:
            try:
                carried = wire.read(wire.EVENT, message.value())
            except wire.Garbled:
                self._gear.report(Incident(Word.GARBLED_MESSAGE, where=WHERE))
                continue
            part = by_link.get(carried[:2])
            if part is None:
                part = by_link[carried[:2]] = _Part([], [])
            part.carried.append(carried)
            part.keys.append(message.key())
        return [out for (tenant, link), part in by_link.items() for out in self._of_link(tenant, link, part)]

    def _of_link(self, tenant: str, link: str, part: _Part) -> list[Out]:
        decisions = self._decide(tenant, link, part.carried)
        partition = wire.partition_of_link(tenant, link, self._broker.partitions)
        sealer = self._gear.database.keys.sealer(tenant, Purpose.EVENT)
        bodies = [_packed(one.key, decision) for one, decision in zip(part.carried, decisions, strict=True)]
        if self._broker.sealed:
            bodies = sealer.seal_all(bodies, [bound(tenant, link, one.seq) for one in part.carried])
        head = wire.decision_head(tenant, link)
        return [
            Out(partition, key, head(one.seq, sealer.key_id) + body)
            for one, key, body in zip(part.carried, part.keys, bodies, strict=True)
        ]

    def _decide(self, tenant: str, link: str, items: list[wire.Carried]) -> list[Decision]:
        ruling = self._rulings(tenant, link)
        if ruling is None:
            self._gear.report(Incident(Word.UNKNOWN_LINK, link, WHERE))
            return [undecided("", Reason.UNKNOWN_LINK)] * len(items)
        revision, now = ruling.revision, self._gear.clock()
        bodies = self._opened(tenant, link, items)
        readable = [body for body in bodies if body is not None]
        decided = carefully(lambda part: ruling.outbound.decide(part, now), readable, revision)
        if len(decided) == len(bodies):
            return decided
        each, lost = iter(decided), undecided(revision, Reason.UNDECIPHERABLE)
        return [lost if body is None else next(each) for body in bodies]

    def _opened(self, tenant: str, link: str, items: list[wire.Carried]) -> Sequence[bytes | None]:
        sealed = [item.sealed for item in items]
        if not self._broker.sealed:
            return sealed
        aads = [bound_to(tenant, link, item.key) for item in items]
        return self._gear.database.keys.open_all(tenant, [item.key_id for item in items], sealed, aads)


def _packed(key: str, decision: Decision) -> bytes:
    body = pack(key, decision)
    if len(body) > MOST_BYTES:
        body = pack(key, undecided(decision.revision, Reason.DECISION_FAILED))
    return body
