"""Events from a stream, decisions onto another: the pure core as a filter. No service, nothing on disk.

Bytes are read as they come. Whatever complete lines are there make a batch, which is decided and
written before more is read: a line typed gives its answer at once, a file of gigabytes needs no
more memory than a batch.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import groupby
from typing import Any, BinaryIO

import orjson

from mapping.decisions import Decision
from mapping.policy import Policy
from mapping.reasons import Reason
from mapping.words import Side, Verdict
from streams.facts import PersonFact, StreamFacts
from streams.inbound import Inbound, parts
from streams.outbound import Outbound

CHUNK_BYTES = 256 * 1024
LINE_MAX_BYTES = 1024 * 1024

Clock = Callable[[], datetime]
Taken = tuple[Side | None, bytes, dict[str, Any] | None]


def lines(source: BinaryIO) -> Iterator[list[bytes]]:
    """The complete lines of each read. A line that is too long comes as its first bytes alone, which are no JSON."""
    rest, skipping = b"", False
    read = getattr(source, "read1", source.read)
    while chunk := read(CHUNK_BYTES):
        *whole, rest = (rest + chunk).split(b"\n")
        if skipping and whole:
            del whole[0]
            skipping = False
        if len(rest) > LINE_MAX_BYTES:
            if not skipping:
                whole.append(rest[:64])
            rest, skipping = b"", True
        if whole := [line for line in whole if not line.isspace() and line]:
            yield whole
    if rest.strip() and not skipping:
        yield [rest]


class Filter:
    """Decides lines of either side, or of both, in their order."""

    def __init__(
        self, policy: Policy, sides: frozenset[Side], people: Mapping[str, PersonFact] | None, clock: Clock
    ) -> None:
        self.policy = policy
        self.counts: Counter[Verdict] = Counter()
        self._sides = sides
        self._clock = clock
        self._outbound = Outbound(policy)
        self._inbound = Inbound(policy)
        self._people = people
        self._known = StreamFacts(people)

    def run(self, source: BinaryIO, target: BinaryIO) -> None:
        """From the first line to the last; each batch's decisions are flushed before the next is read."""
        for batch in lines(source):
            decided = self.decide(batch)
            self.counts.update(decision.verdict for decision in decided)
            target.write(b"".join(orjson.dumps(decision.as_dict()) + b"\n" for decision in decided))
            target.flush()

    def decide(self, batch: Sequence[bytes]) -> list[Decision]:
        """The decisions for some lines. A phoning event that bundles several writes gives one for each."""
        now = self._clock()
        if self._sides == {Side.CRM}:
            return self._outbound.decide(batch, now)
        decided: list[Decision] = []
        for side, group in groupby((self._taken(line) for line in batch), key=lambda taken: taken[0]):
            decided += self._run(side, list(group), now)
        return decided

    def _taken(self, line: bytes) -> Taken:
        try:
            event = orjson.loads(line)
        except orjson.JSONDecodeError:
            return None, line, None
        kind = event.get("type") if isinstance(event, dict) else None
        if not isinstance(kind, str):
            return None, line, None
        side = Side.DIALER if kind.startswith("phoning.") else Side.CRM
        return side, line, event

    def _run(self, side: Side | None, group: list[Taken], now: datetime) -> list[Decision]:
        if side is None:
            return self._outbound.decide([line for _, line, _ in group], now)
        if side not in self._sides:
            return [self._foreign(event) for _, _, event in group]
        if side is Side.CRM:
            decided = self._outbound.decide([line for _, line, _ in group], now)
            for decision, (_, _, event) in zip(decided, group, strict=True):
                data = event.get("data") if event else None
                self._known.learn(decision, data if isinstance(data, dict) else None)
            return decided
        decided = []
        split = (part for _, _, event in group if event for part in parts(event, self.policy))
        for trusting, run in groupby(split, key=self._trusts):
            facts = replace(self._known.facts(), trusting=trusting)
            made = self._inbound.decide([orjson.dumps(part) for part in run], facts, now)
            for decision in made:
                self._known.learn(decision, None)
            decided += made
        return decided

    def _trusts(self, event: Mapping[str, Any]) -> bool:
        """Whether there is only the event's own word: without people, or for a record without the CRM's side."""
        if self._people is None:
            return True
        data = event.get("data")
        agent = data.get("agent") if isinstance(data, dict) else None
        name = agent.get("id") if isinstance(agent, dict) else None
        return Side.CRM not in self._sides and isinstance(name, str) and name in self._people

    def _foreign(self, event: dict[str, Any] | None) -> Decision:
        """An event of a side that `--from` did not name."""
        name = event.get("id") if event else ""
        known = name if isinstance(name, str) else ""
        return Decision(
            known, Verdict.QUARANTINE, Reason.UNKNOWN_EVENT_TYPE, self.policy.revision, "", (), (), (), None
        )
