"""What liveness and readiness say, and why.

Liveness answers one question: would a restart help? So it looks at the loop, at streams that stand
still although they have work, and at partitions whose position does not move although they lag; and
never at the systems on either side. Pure: the clock is an argument.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

LOOP_SECONDS = 5.0
STALL_SECONDS = 120.0
#: A stalled worker is to be noticed within 60 s: this, and what lies between two looks.
POSITION_SECONDS = 45.0
#: A look that comes later than this after the one before counts as no more: while a process is
#: frozen its partitions do not stand still, nobody works at all; once awake they get their time.
LONGEST_LOOK_SECONDS = 10.0


class Flaw(StrEnum):
    """What is wrong, in a word."""

    LOOP_BLOCKED = "loop_blocked"
    STREAM_STALLED = "stream_stalled"
    POSITION_STALLED = "position_stalled"
    NOT_STARTED = "not_started"
    STOPPING = "stopping"
    DATABASE_UNWRITABLE = "database_unwritable"
    SCHEMA_NOT_AT_HEAD = "schema_not_at_head"
    DISK_FULL = "disk_full"
    REVISION_NOT_IN_FORCE = "revision_not_in_force"


class Health(NamedTuple):
    """An answer of a health page."""

    ok: bool
    flaws: tuple[tuple[Flaw, str], ...] = ()
    #: What is wrong and does not count: neither a restart nor another address would help.
    notes: tuple[tuple[Flaw, str], ...] = ()

    def as_dict(self) -> dict[str, object]:
        """What the page shows: words, and names of streams."""
        return {"ok": self.ok, "flaws": [{"flaw": flaw.value, "where": where} for flaw, where in self.flaws]}


@dataclass
class Progress:
    """Whether a stream moves: it is fine while it advances, or has nothing to do."""

    moved_at: float
    busy: bool = False
    #: Seconds that it may have work and stand still.
    limit: float = STALL_SECONDS

    def advanced(self, now: float) -> None:
        """It did some work."""
        self.moved_at = now

    def idle(self, now: float) -> None:
        """It looked, and there was nothing to do."""
        self.busy = False
        self.moved_at = now

    def has_work(self, now: float) -> None:
        """There is something to do: from now on the clock counts."""
        if not self.busy:
            self.busy = True
            self.moved_at = now


class Place(NamedTuple):
    """A partition that this worker has been given."""

    topic: str
    partition: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}"


class Sight(NamedTuple):
    """What was seen of a partition, in offsets.

    `position`: behind the last event whose effect is durable, which is what was committed, not what was
    fetched. A batch that fails again and again is fetched again and again, and moves nothing.
    `end`: the last stable offset, as far as a reader of committed events may read. What a transaction
    that is still open has written lies behind it, and is nobody's lag yet.
    `met_end`: the furthest offset at which the reader was told that nothing is left (`_PARTITION_EOF`), or
    -1. Markers of transactions and aborted events take offsets that no reader is ever given: behind
    the last event of a transaction the position stays one short of the end for as long as nothing new
    comes. Only the reader knows that there was nothing to read in between.
    """

    position: int
    end: int
    met_end: int = -1

    @property
    def lag(self) -> int:
        """Offsets that may hold something to read. Some of them may be markers: good enough for a gauge."""
        return max(0, self.end - max(self.position, self.met_end))


@dataclass
class _Standing:
    """How long a partition has been seen to lag without moving."""

    seen_at: float
    sight: Sight | None = None
    still: float = 0.0


@dataclass
class Positions:
    """Tells which partitions stand still although they lag, from looks at them every few seconds.

    Time counts only between two looks that both saw a lag and no movement, so whoever looks has to be
    watched too: it is a stream of the `Pulse` like any other.
    """

    limit: float = POSITION_SECONDS
    _standings: dict[Place, _Standing] = field(default_factory=dict)

    def assigned(self, places: Iterable[Place], now: float) -> None:
        """A rebalance: from now on exactly these are ours. All begin anew, also those that stay."""
        self._standings = {place: _Standing(now) for place in places}

    def excused(self, now: float) -> None:
        """The database or the broker is known not to answer: a restart would bring neither back."""
        for standing in self._standings.values():
            standing.seen_at, standing.still = now, 0.0

    def saw(self, place: Place, sight: Sight, now: float) -> None:
        """A look at a partition. One that is not ours (any more) is passed over."""
        standing = self._standings.get(place)
        if standing is None:
            return
        before = standing.sight
        if before is None or not before.lag or not sight.lag or sight.position > before.position:
            standing.still = 0.0
        else:
            standing.still += min(max(0.0, now - standing.seen_at), LONGEST_LOOK_SECONDS)
        furthest = max(sight.position, before.position) if before else sight.position
        standing.seen_at, standing.sight = now, sight._replace(position=furthest)

    def stalled(self) -> tuple[Place, ...]:
        """Those that a restart would help."""
        return tuple(sorted(place for place, standing in self._standings.items() if standing.still >= self.limit))

    def stillest(self) -> float:
        """Seconds that the worst has stood still."""
        return max((standing.still for standing in self._standings.values()), default=0.0)

    def lag(self, topic: str) -> int:
        """What all partitions of a topic that are ours have not read."""
        sights = (standing.sight for place, standing in self._standings.items() if place.topic == topic)
        return sum(sight.lag for sight in sights if sight is not None)


@dataclass
class Pulse:
    """The signs of life of one runtime."""

    turned_at: float
    started: bool = False
    stopping: bool = False
    streams: dict[str, Progress] = field(default_factory=dict)
    positions: Positions = field(default_factory=Positions)

    def stream(self, name: str, now: float, limit: float = STALL_SECONDS) -> Progress:
        """The progress of a stream, made at first sight."""
        return self.streams.setdefault(name, Progress(now, limit=limit))

    def turns(self, now: float) -> None:
        """The loop turns. Where it has not for long, nobody could move meanwhile: that time counts for no stream."""
        missed = now - self.turned_at
        if self.blocked(now):
            for progress in self.streams.values():
                progress.moved_at = min(now, progress.moved_at + missed)
        self.turned_at = now

    def over(self, name: str) -> None:
        """A stream has ended, and is nobody's here any more: it stands still for good, as it should."""
        self.streams.pop(name, None)

    def live(self, now: float) -> Health:
        """Whether a restart would help."""
        flaws = self.stalled(now)
        if self.blocked(now):
            flaws = ((Flaw.LOOP_BLOCKED, ""), *flaws)
        return Health(not flaws, flaws)

    def blocked(self, now: float) -> bool:
        """Whether the loop has not turned for long, so that nobody in it can have moved."""
        return now - self.turned_at > LOOP_SECONDS

    def stalled(self, now: float) -> tuple[tuple[Flaw, str], ...]:
        """What stands still although it has work."""
        streams = tuple(
            (Flaw.STREAM_STALLED, name)
            for name, progress in sorted(self.streams.items())
            if progress.busy and now - progress.moved_at > progress.limit
        )
        return streams + tuple((Flaw.POSITION_STALLED, str(place)) for place in self.positions.stalled())

    def ready(self, *, writable: bool, at_head: bool, disk_ok: bool) -> Health:
        """Whether requests may come here. A target that is down does not matter: what arrives is kept."""
        checks = (
            (not self.started, Flaw.NOT_STARTED),
            (self.stopping, Flaw.STOPPING),
            (not at_head, Flaw.SCHEMA_NOT_AT_HEAD),
            (not writable, Flaw.DATABASE_UNWRITABLE),
            (not disk_ok, Flaw.DISK_FULL),
        )
        flaws = tuple((flaw, "") for wrong, flaw in checks if wrong)
        return Health(not flaws, flaws)
