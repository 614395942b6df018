"""The decider of one side of a link: reads events after the position, decides them, keeps the decisions.

One poisoned event never stops the stream: processors do not raise for an event, but if one does,
the batch is halved until the event is alone, and that one is quarantined.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial

from sqlalchemy import Connection

from mapping.decisions import Decision
from mapping.reasons import Reason
from mapping.words import Side, Verdict
from store import decisions as decision_store
from store import events as event_store
from store import positions
from store.errors import Closed, CommitInDoubt, Fenced, StoreError, Unavailable
from store.events import LoggedEvent
from store.leases import Lease
from streams import factreader
from streams.commit import Batch, Committed, commit, made_ready
from streams.failpoints import Point
from streams.link import Gear, LinkRuntime
from streams.metrics import End, Gate, Metrics
from streams.phoning import needs
from streams.ruling import Ruling
from streams.unit import Leased, Unit

Process = Callable[[Sequence[bytes]], list[Decision]]

#: A turn ends after so many batches, so that whoever stops the runtime is heard.
MOST_BATCHES = 20

ENDS = {Verdict.WITHHOLD: End.WITHHELD, Verdict.REFUSE: End.REFUSED, Verdict.QUARANTINE: End.QUARANTINED}
GATES = {Reason.EGRESS_BLOCKED: Gate.EGRESS, Reason.WRITE_BLOCKED: Gate.WRITE}


class Decider:
    """Call `turn` until it says that there was nothing; one turn at a time."""

    def __init__(self, link: LinkRuntime, side: Side, gear: Gear) -> None:
        self.link = link
        self.side = side
        self._gear = gear
        self._database = gear.database
        self._metrics = gear.metrics
        self._size = gear.pace.batch

    async def turn(self, lease: Lease) -> tuple[int, int]:
        """Decide what waits, and what was taken for replay; how many events, how many commands."""
        decided = commands = 0
        batch = await asyncio.to_thread(self._next)
        for _ in range(MOST_BATCHES):
            if batch is None:
                break
            committed, batch = await self._kept_and_next(batch, lease)
            decided += len(committed.decisions)
            commands += committed.commands
        again, more = await self.replay(lease)
        return decided + again, commands + more

    async def replay(self, lease: Lease) -> tuple[int, int]:
        """Decide what was taken for replay: from the quarantine's own copies, at its old place in the log."""
        replayed = await asyncio.to_thread(self._decide_next, replayed=True)
        if replayed is None:
            return 0, 0
        committed = await self._keep(replayed, lease)
        return len(committed.decisions), committed.commands

    async def _kept_and_next(self, batch: Batch, lease: Lease) -> tuple[Committed, Batch | None]:
        """Keep a batch; where decisions do not hang on what was decided before, decide the next one meanwhile."""
        full = self._full(batch)
        if self.side is not Side.CRM or not full:
            committed = await self._keep(batch, lease)
            return committed, await asyncio.to_thread(self._next) if full else None
        keeping = asyncio.create_task(self._keep(batch, lease))
        try:
            ahead = await asyncio.to_thread(self._next, batch.events[-1].seq)
        finally:
            await asyncio.wait([keeping])
        return keeping.result(), ahead

    def _full(self, batch: Batch) -> bool:
        """Whether more may wait; batches then grow, up to a bound: what is done once for a batch is done less often."""
        full, pace = len(batch.events) >= self._size, self._gear.pace
        self._size = min(self._size * 2, max(pace.most, pace.batch)) if full else pace.batch
        return full

    async def _keep(self, batch: Batch, lease: Lease) -> Committed:
        self._gear.failpoints.reach(Point.AFTER_DECIDE)
        committed = await self._kept(batch, lease)
        self._gear.failpoints.reach(Point.AFTER_DECISION_COMMIT)
        count(self._metrics, self.side, committed, batch.ruling)
        return committed

    async def _kept(self, batch: Batch, lease: Lease) -> Committed:
        """Keep a batch; where the store will not have it, all of it but the event that is to blame."""
        try:
            return await self._database.writer.write(partial(self._commit, batch, lease))
        except (Fenced, Unavailable, CommitInDoubt, Closed):
            raise
        except (StoreError, ValueError, TypeError):
            blamed = [undecided(batch.ruling.revision, Reason.DECISION_FAILED)]
            if list(batch.decisions) == blamed:
                raise
            if len(batch.events) == 1:
                return await self._kept(batch._replace(decisions=blamed, ready=None), lease)
        middle = len(batch.events) // 2
        halves = (slice(None, middle), slice(middle, None))
        first, second = [await self._kept(_part(batch, half), lease) for half in halves]
        return Committed([*first.decisions, *second.decisions], first.commands + second.commands)

    def _next(self, after: int | None = None) -> Batch | None:
        return self._decide_next(replayed=False, after=after)

    def _commit(self, batch: Batch, lease: Lease, conn: Connection) -> Committed:
        unit = Leased(conn, self._database.keys, self.link.tenant, self.link.name, lease)
        committed = commit(unit, batch)
        self._gear.failpoints.reach(Point.BEFORE_DECISION_COMMIT)
        return committed

    def _decide_next(self, *, replayed: bool, after: int | None = None) -> Batch | None:
        """In a thread: the event loop stays free while bodies are opened and decided.

        `after`: where the batch before this one ends, whose position is not on disk yet.
        """
        with self._database.read() as conn:
            unit = Unit(conn, self._database.keys, self.link.tenant, self.link.name)
            events = self._read(unit, after, replayed=replayed)
            if not events:
                return None
            self._gear.failpoints.reach(Point.AFTER_READ)
            started = time.perf_counter()
            ruling = self.link.ruling
            decisions = self._decide(unit, events, ruling)
        seconds = (time.perf_counter() - started) / len(events)
        self._metrics.decision[self.side].observe(seconds)
        batch = Batch(self.side, events, decisions, ruling, replayed)
        try:
            return made_ready(self._database.keys, self.link.tenant, self.link.name, batch)
        except (StoreError, ValueError, TypeError):
            return batch  # what is wrong with it is said, and dealt with, where it is kept

    def _read(self, unit: Unit, after: int | None, *, replayed: bool) -> list[LoggedEvent]:
        sealed = (unit.conn, unit.keys, unit.tenant, unit.link, self.side)
        if replayed:
            return decision_store.to_replay(*sealed, self._gear.pace.batch)
        if after is None:
            after = positions.read(unit.conn, unit.tenant, unit.link, self.side)
        if self.side is Side.CRM:
            found = event_store.at_hand(self._database.tail, unit.tenant, unit.link, after, self._size)
            if found:
                return found
        return event_store.read_after(*sealed, after, self._size)

    def _decide(self, unit: Unit, events: Sequence[LoggedEvent], ruling: Ruling) -> list[Decision]:
        now = self._gear.clock()
        bodies = [event.body for event in events if not event.unreadable]
        if self.side is Side.CRM:
            decided = carefully(lambda part: ruling.outbound.decide(part, now), bodies, ruling.revision)
        else:
            facts = factreader.read(unit, needs(bodies, ruling.policy.country), now, ruling.policy)
            decided = carefully(lambda part: ruling.inbound.decide(part, facts, now), bodies, ruling.revision)
        if len(bodies) == len(events):
            return decided
        readable = iter(decided)
        lost = undecided(ruling.revision, Reason.UNDECIPHERABLE)
        return [lost if event.unreadable else next(readable) for event in events]


def _part(batch: Batch, part: slice) -> Batch:
    return batch._replace(events=batch.events[part], decisions=batch.decisions[part], ready=None)


def count(metrics: Metrics, side: Side, committed: Committed, ruling: Ruling) -> None:
    """Add what was kept of a batch to the counters."""
    tally = Counter((one.verdict, one.reason) for one in committed.decisions if one.command is None)
    for (verdict, reason), number in tally.items():
        if verdict not in ENDS:
            continue
        metrics.ended[side, ENDS[verdict], reason].inc(number)
        if verdict is Verdict.QUARANTINE:
            metrics.quarantined[reason].inc(number)
        if reason in GATES:
            metrics.gate_blocked[GATES[reason]].inc(number)
        if reason is Reason.UNKNOWN_PROFILE:
            metrics.unmapped.inc(number)
    for pointers, number in Counter(one.stripped for one in committed.decisions).items():
        for pointer in pointers:
            metrics.stripped.of(ruling.policy.label_of(pointer)).inc(number)


def carefully(process: Process, bodies: Sequence[bytes], revision: str) -> list[Decision]:
    """What a processor says of each event; where it fails, only of those events that it can bear."""
    if not bodies:
        return []
    try:
        decisions = process(bodies)
    except Exception:  # noqa: BLE001 - whatever a processor raises, the stream goes on without that event
        decisions = []
    if len(decisions) == len(bodies):
        return decisions
    if len(bodies) == 1:
        return [undecided(revision, Reason.DECISION_FAILED)]
    middle = len(bodies) // 2
    return carefully(process, bodies[:middle], revision) + carefully(process, bodies[middle:], revision)


def undecided(revision: str, reason: Reason) -> Decision:
    """What is said of an event that no processor could decide."""
    return Decision("", Verdict.QUARANTINE, reason, revision, "", (), (), (), None)
