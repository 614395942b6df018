"""The deliverer of one side of a link: what is due gets its last look, is marked, pushed and settled.

    due ──look──▶ withheld
     │ go
     ▼
    started (in doubt, on disk) ──push──▶ delivered · refused
     ▲                              │
     └── postponed, by the schedule ┘────▶ parked, when the schedule ends

The mark is on disk before the request leaves, so a crash between the two is seen afterwards: the
next attempt carries the same `once`, and says that it may be a repetition.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import NamedTuple

from sqlalchemy import Connection as SqlConnection

from connectors.faults import Fault, Malformed, Transient
from connectors.port import Delivered, Order, Outcome, Push, Refused
from mapping.reasons import Reason
from mapping.words import CommandKind, Origin, Side
from store import outbox
from store.glances import Cause
from store.leases import Lease
from store.outbox import Due
from streams.absorb import Feed, log_whole
from streams.connection import Connection
from streams.failpoints import Point
from streams.lastlook import Skip
from streams.link import Gear, Incident, LinkRuntime, Word
from streams.looking import Looked, look_at_due
from streams.metrics import OPERATION_OF, End
from streams.ruling import Ruling
from streams.settle import Settled, after_fault, after_outcome, end_of, park, settle
from streams.unit import Leased, Unit

READ_AHEAD = 4
LEAST_READ = 50
_UPSERT = CommandKind.UPSERT_PROSPECT


class Group(NamedTuple):
    """Orders of one kind that leave in one push."""

    kind: CommandKind
    looked: Sequence[Looked]

    @property
    def retry(self) -> bool:
        return any(one.due.attempts for one in self.looked)


class Deliverer:
    """Call `turn`; pushes run on as tasks, and `wake` is called as each ends.

    `side` is the side the events came from: the target is on the other one.
    """

    def __init__(
        self, link: LinkRuntime, side: Side, gear: Gear, connection: Connection, wake: Callable[[], None]
    ) -> None:
        self.link = link
        self.side = side
        self.connection = connection
        self._gear = gear
        self._endpoint = link.endpoint(Side.DIALER if side is Side.CRM else Side.CRM)
        self._database = gear.database
        self._wake = wake
        self._pushes: set[asyncio.Task[None]] = set()
        self._failed: BaseException | None = None

    @property
    def in_flight(self) -> int:
        """Pushes that have not been settled yet."""
        return len(self._pushes)

    async def turn(self, lease: Lease) -> int:
        """Start what may start; how many commands moved. Raises what a push could not settle."""
        if self._failed is not None:
            failed, self._failed = self._failed, None
            raise failed
        room = self.connection.room(self._gear.monotonic())
        if not room:
            return 0
        limit = min(self._gear.pace.batch, max(LEAST_READ, READ_AHEAD * room * self._endpoint.connector.batch))
        ruling = self.link.ruling
        looked = await asyncio.to_thread(self._look, limit, ruling)
        if not looked:
            return 0
        self._gear.failpoints.reach(Point.AFTER_LOOK)
        skipped = [one for one in looked if one.due.unreadable or isinstance(one.verdict, Skip)]
        groups = self._granted(self._groups(one for one in looked if one not in skipped))
        if not skipped and not groups:
            return 0
        try:
            anew = await self._database.writer.write(partial(self._begin, skipped, groups, ruling, lease))
            self._gear.failpoints.reach(Point.AFTER_STARTED)
        except BaseException:
            for _ in groups:
                self.connection.released()
            raise
        self._logged(anew)
        self._count([(one, None if one.due.unreadable else one.verdict) for one in skipped])
        for group in groups:
            task = asyncio.create_task(self._push(group, lease))
            self._pushes.add(task)
            task.add_done_callback(self._ended)
        return len(skipped) + sum(len(group.looked) for group in groups)

    async def finish(self) -> None:
        """Wait until every push that left is settled."""
        while self._pushes:
            await asyncio.wait(self._pushes)

    def abandon(self) -> None:
        """Stop waiting for answers: what left stays in doubt, and is asked for again."""
        for task in self._pushes:
            task.cancel()
        self._failed = None

    def _look(self, limit: int, ruling: Ruling) -> list[Looked]:
        with self._database.read() as conn:
            unit = Unit(conn, self._database.keys, self.link.tenant, self.link.name)
            return look_at_due(unit, self.side, ruling.policy, self._gear.clock().date(), limit)

    def _groups(self, going: Iterable[Looked]) -> list[Group]:
        size = self._endpoint.connector.batch
        by_kind: dict[CommandKind, list[Looked]] = {}
        for one in going:
            by_kind.setdefault(one.due.command.kind, []).append(one)
        return [
            Group(kind, found[at : at + size]) for kind, found in by_kind.items() for at in range(0, len(found), size)
        ]

    def _granted(self, groups: list[Group]) -> list[Group]:
        retries = [group for group in groups if group.retry]
        first = [group for group in groups if not group.retry]
        firsts, seconds = self.connection.take(self._gear.monotonic(), first=len(first), retries=len(retries))
        return first[:firsts] + retries[:seconds]

    def _begin(
        self, skipped: Sequence[Looked], groups: Sequence[Group], ruling: Ruling, lease: Lease, conn: SqlConnection
    ) -> Counter[Origin]:
        """How many events were logged, to be decided anew."""
        anew: Counter[Origin] = Counter()
        unit = Leased(conn, self._database.keys, self.link.tenant, self.link.name, lease)
        for one in skipped:
            if one.due.unreadable:
                park(unit, self.side, one.due.seq, Reason.UNDECIPHERABLE)
            elif isinstance(one.verdict, Skip):
                settle(unit, self.side, [Settled(one.due, one.cause, one.verdict)])
                if one.verdict.again:
                    origin = one.cause.origin if one.cause is not None else Origin.LIVE
                    anew[origin] += self._decide_anew(unit, one.due, origin, ruling)
        seqs = [one.due.seq for group in groups for one in group.looked]
        if seqs:
            outbox.started(conn, lease, self.link.tenant, self.link.name, self.side, seqs)
        return anew

    def _decide_anew(self, unit: Leased, due: Due, origin: Origin, ruling: Ruling) -> int:
        """What it was decided by changed while it waited: its record is decided again; how many events that made."""
        feed = Feed(
            source=self.link.source,
            origin=origin,
            now=self._gear.clock().isoformat(),
            cursor=f"{ruling.revision}:{due.seq}",
        )
        return log_whole(unit, {due.command.record.partition("/")[2]: False}, feed)

    async def _push(self, group: Group, lease: Lease) -> None:
        operation = OPERATION_OF[group.kind]
        started = self._gear.monotonic()
        settled = await self._settled(group)
        now = self._gear.monotonic()
        if isinstance(settled, Fault):
            if self.connection.failed(now, operation, now - started, settled):
                where = self.connection.name
                self._gear.report(Incident(Word.CONNECTION_LEFT_ALONE, self.link.name, where, settled.code))
            settled = [
                Settled(one.due, one.cause, after_fault(one.due, settled, self._gear.chance())) for one in group.looked
            ]
        elif self.connection.answered(now, operation, now - started):
            self._gear.report(Incident(Word.CONNECTION_BACK, self.link.name, self.connection.name))
        self._gear.failpoints.reach(Point.AFTER_PUSH)
        self._logged(await self._database.writer.write(partial(self._mark, settled, lease)))
        self._gear.failpoints.reach(Point.AFTER_MARK)
        self._count(zip(group.looked, (one.then for one in settled), strict=True))

    async def _settled(self, group: Group) -> list[Settled] | Fault:
        sink = self._endpoint.connector.sinks.get(group.kind)
        try:
            outcomes = await self._ask(sink, group)
        except Fault as fault:
            return fault
        except TimeoutError:
            return Transient("timeout", in_doubt=True)
        except Exception:  # noqa: BLE001 - a connector's own mistake: nobody can tell what it did
            return Malformed("connector_failed")
        if len(outcomes) != len(group.looked):
            return Malformed("outcomes_missing")
        return [
            Settled(one.due, one.cause, after_outcome(one.due, outcome, self._gear.chance()))
            for one, outcome in zip(group.looked, outcomes, strict=True)
        ]

    async def _ask(self, sink: Push | None, group: Group) -> Sequence[Outcome]:
        if sink is None:
            return [Refused("no_such_sink")] * len(group.looked)
        orders = [
            Order(one.due.once, group.kind, one.due.command.record, one.due.command.body, one.due.in_doubt)
            for one in group.looked
        ]
        async with asyncio.timeout(self._gear.pace.push_seconds):
            return await sink(self._endpoint.session, orders)

    def _mark(self, settled: Sequence[Settled], lease: Lease, conn: SqlConnection) -> Counter[Origin]:
        """How many events were logged: what arrived while another revision came into force is decided anew."""
        unit = Leased(conn, self._database.keys, self.link.tenant, self.link.name, lease)
        settle(unit, self.side, settled)
        anew, ruling = Counter[Origin](), self.link.ruling
        for one in settled:
            if one.due.command.kind is _UPSERT and isinstance(one.then, Delivered) and _outlived(one.cause, ruling):
                anew[Origin.REPLAY] += self._decide_anew(unit, one.due, Origin.REPLAY, ruling)
        self._gear.failpoints.reach(Point.BEFORE_MARK_COMMIT)
        return anew

    def _logged(self, anew: Counter[Origin]) -> None:
        for origin, count in anew.items():
            self._gear.metrics.received[Side.CRM, origin].inc(count)

    def _count(self, ended: Iterable[tuple[Looked, object]]) -> None:
        now, metrics = self._gear.clock().timestamp(), self._gear.metrics
        for one, then in ended:
            end = end_of(then)
            if end is None:
                continue
            metrics.ended[self.side, end[0], end[1]].inc()
            if end[0] is End.QUARANTINED:
                metrics.quarantined[end[1]].inc()
            if one.cause is not None:
                metrics.latency[self.side, one.cause.origin].observe(max(0.0, now - one.cause.received_at / 1e6))

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._pushes.discard(task)
        self.connection.released()
        if not task.cancelled() and (failed := task.exception()) is not None:
            self._failed = failed
        self._wake()


def _outlived(cause: Cause | None, ruling: Ruling) -> bool:
    """Whether what a command follows from was decided under another revision than the one in force now."""
    return cause is not None and cause.revision not in ("", ruling.revision)
