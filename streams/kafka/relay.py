"""The relay: takes the CRM's events of one link from the database to the broker, in the order of their log.

The database stays the truth. A relay holds in memory what it has published and not seen kept; whoever
takes the link after it begins again at the position, and what was on its way twice is kept once.
`share` bounds what a link has with the broker: a tenant that floods waits here, in its own rows, and
not in front of others.
"""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from mapping.words import Side
from store import decisions as decision_store
from store import events as event_store
from store import positions
from store.events import LoggedEvent
from store.leases import Lease
from streams.counted import Stage, Topic
from streams.decider import Decider
from streams.failpoints import Point
from streams.kafka.outgoing import Ready, ready
from streams.kafka.settings import Broker
from streams.link import Gear, LinkRuntime

#: What was not kept after so long is published again: the broker has lost it, or was set up anew. It may also be
#: slow, and then what is published again makes it slower: patience doubles each time, up to an hour.
PATIENCE_SECONDS = 120.0
MOST_PATIENCE_SECONDS = 3_600.0


class Outlet(Protocol):
    """Where a relay publishes: in order, and never a later message of one partition without the earlier ones."""

    def publish(self, partition: int, key: bytes, value: bytes) -> None: ...

    def hurry(self) -> None:
        """Have what was published leave soon."""
        ...


class Sent(NamedTuple):
    """An event that was published and not seen kept."""

    key: str
    #: Events of one partition are decided in the order in which they were published.
    partition: int
    #: In the gear's seconds.
    at: float


class Stretch(NamedTuple):
    """A stretch of the log, as read."""

    #: The events of it that have no decision yet.
    events: Sequence[Ready]
    #: Its last seq, or where it would have begun.
    end: int
    #: Up to here events may have been decided before this relay began.
    ceiling: int
    #: How many of its events are decided already.
    done: int = 0


class Relay:
    """Stands in the decider's place for the CRM's side of a link: call `turn` under the lease.

    What it knows belongs to the event loop. Whoever keeps decisions asks it for the position at any
    moment, also while a stretch is being read: what was read counts from the moment it is published.
    """

    def __init__(self, link: LinkRuntime, gear: Gear, broker: Broker, outlet: Outlet) -> None:
        self.side = Side.CRM
        self._link = link
        self._gear = gear
        self._broker = broker
        self._outlet = outlet
        self._counts = gear.metrics.log
        self._again = Decider(link, Side.CRM, gear)
        self._epoch = 0
        self._patience = PATIENCE_SECONDS
        #: Up to here it was published when patience was lost last.
        self._doubted = 0
        #: How far the log was published; None before the first stretch under a lease.
        self._published: int | None = None
        self._ceiling = 0
        #: By seq, in the order of the log.
        self._in_flight: dict[int, Sent] = {}
        #: The same, partition by partition.
        self._lanes: dict[int, dict[int, Sent]] = {}

    @property
    def in_flight(self) -> int:
        """How many events are published and not kept."""
        return len(self._in_flight)

    @property
    def full(self) -> bool:
        """Whether the link has as much with the broker as its share."""
        return len(self._in_flight) >= self._broker.share

    async def turn(self, lease: Lease) -> tuple[int, int]:
        """Publish what waits, as far as the share goes; decide here what was taken for replay."""
        if self._overdue():
            self._doubted = self._published or self._doubted
            self.begin_again()
            self._patience = min(2 * self._patience, MOST_PATIENCE_SECONDS)
        if lease.epoch != self._epoch:
            self.begin_again()
            self._epoch, self._patience, self._doubted = lease.epoch, PATIENCE_SECONDS, 0
        room = min(self._broker.share - len(self._in_flight), self._gear.pace.batch)
        moved = 0
        if room > 0:
            begin = self._published
            stretch = await asyncio.to_thread(self._read, begin, self._ceiling, room)
            self._gear.failpoints.reach(Point.AFTER_READ)
            if self._published == begin:  # else it was told to begin again meanwhile
                moved = self._publish(stretch)
        replayed, commands = await self._again.replay(lease)
        return moved + replayed, commands

    def begin_again(self) -> None:
        """At the position: what was published is as if it had not been."""
        self._in_flight.clear()
        self._lanes.clear()
        self._published = None

    def expected(self, told: Sequence[tuple[int, str]], lease: Lease) -> list[int]:
        """Places of those that may be kept now: by seq and key, they are waited for under the lease, and are next.

        A decision of an earlier holder's publication may overtake those of ours before it, which are still to
        be decided, and what was decided of them then was passed over. So none is kept before its turn.
        """
        if lease.epoch != self._epoch:
            return []
        ahead: dict[int, Iterator[int]] = {}
        turn: dict[int, int | None] = {}
        places = []
        for place, (seq, key) in enumerate(told):
            sent = self._in_flight.get(seq)
            if sent is None or sent.key != key:
                continue
            lane = sent.partition
            if lane not in ahead:
                ahead[lane] = iter(self._lanes[lane])
                turn[lane] = next(ahead[lane])
            if turn[lane] == seq:
                turn[lane] = next(ahead[lane], None)
                places.append(place)
        return places

    def prefix(self, kept: Iterable[int], lease: Lease) -> int:
        """Up to where everything is decided once these are kept too: the position of the link.

        0 where that is not known: this relay has not begun under the lease yet.
        """
        if lease.epoch != self._epoch or self._published is None:
            return 0
        gone = set(kept)
        first = next((seq for seq in self._in_flight if seq not in gone), None)
        return self._published if first is None else first - 1

    def kept(self, seqs: Iterable[int]) -> None:
        """These are in the database, decided."""
        for seq in seqs:
            sent = self._in_flight.pop(seq, None)
            if sent is not None:
                del self._lanes[sent.partition][seq]
        first = next(iter(self._in_flight), None)
        if first is None or first > self._doubted:
            self._patience = PATIENCE_SECONDS

    def _publish(self, stretch: Stretch) -> int:
        """All of a stretch, or as much of it as the outlet takes: what it does not take is read again."""
        now, moved, size = self._gear.monotonic(), 0, 0
        self._ceiling = stretch.ceiling
        try:
            for seq, key, partition, digest, value in stretch.events:
                self._outlet.publish(partition, digest, value)
                sent = self._in_flight[seq] = Sent(key, partition, now)
                self._lanes.setdefault(partition, {})[seq] = sent
                self._published = seq
                moved += 1
                size += len(value)
        except BufferError:
            return moved  # the broker does not keep up
        finally:
            if moved:
                self._outlet.hurry()
                self._counts.batch[Stage.RELAY].observe(moved)
                self._counts.published_bytes[Topic.EVENTS].inc(size)
        self._published = stretch.end
        return moved + stretch.done

    def _read(self, after: int | None, ceiling: int, most: int) -> Stretch:
        tenant, link, database = self._link.tenant, self._link.name, self._gear.database
        with database.read() as conn:
            if after is None:
                after = positions.read(conn, tenant, link, Side.CRM)
                ceiling = decision_store.last(conn, tenant, link, Side.CRM)
            events = event_store.read_after(conn, database.keys, tenant, link, Side.CRM, after, most)
            done = set()
            if events and after < ceiling:
                done = decision_store.decided(conn, tenant, link, Side.CRM, [event.seq for event in events])
        end = events[-1].seq if events else after
        return Stretch(self._ready([event for event in events if event.seq not in done]), end, ceiling, len(done))

    def _ready(self, events: Sequence[LoggedEvent]) -> list[Ready]:
        return ready(self._gear.database.keys, self._link.tenant, self._link.name, self._broker.partitions, events)

    def _overdue(self) -> bool:
        oldest = next(iter(self._in_flight.values()), None)
        return oldest is not None and self._gear.monotonic() - oldest.at > self._patience
