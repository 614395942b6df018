"""The relay: takes the CRM's events of one link from the database to the broker, in the order of their log.

The database stays the truth. A relay holds in memory what it has published and not seen kept; whoever
takes the link after it begins again at the position, and what was on its way twice is kept once.
`share` bounds what a link has with the broker: a tenant that floods waits here, in its own rows, and
not in front of others.
"""

import asyncio
from collections.abc import Iterable
from typing import Protocol

from mapping.words import Side
from store import decisions as decision_store
from store import events as event_store
from store import positions
from store.events import SealedEvent
from store.leases import Lease
from streams.decider import Decider
from streams.failpoints import Point
from streams.kafka import wire
from streams.kafka.settings import Broker
from streams.link import Gear, LinkRuntime

#: What was not kept after so long is published again: the broker has lost it, or was set up anew.
PATIENCE_SECONDS = 120.0


class Outlet(Protocol):
    """Where a relay publishes: in order, and never a later message of one partition without the earlier ones."""

    def publish(self, partition: int, key: bytes, value: bytes) -> None: ...

    def hurry(self) -> None:
        """Have what was published leave soon."""
        ...


class Relay:
    """Stands in the decider's place for the CRM's side of a link: call `turn` under the lease."""

    def __init__(self, link: LinkRuntime, gear: Gear, broker: Broker, outlet: Outlet) -> None:
        self.side = Side.CRM
        self._link = link
        self._gear = gear
        self._broker = broker
        self._outlet = outlet
        self._again = Decider(link, Side.CRM, gear)
        self._epoch = 0
        self._published = 0
        #: Up to here events may have been decided before this relay began.
        self._ceiling = 0
        #: seq → when it was published, in the gear's seconds; in the order of the log.
        self._in_flight: dict[int, float] = {}

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
        if lease.epoch != self._epoch:
            self._forget()
            self._epoch = lease.epoch
        if self._overdue():
            self._forget()
        room = self._broker.share - len(self._in_flight)
        rows = await asyncio.to_thread(self._read, min(room, self._gear.pace.batch)) if room > 0 else []
        self._gear.failpoints.reach(Point.AFTER_READ)
        now = self._gear.monotonic()
        tenant, name, partitions = self._link.tenant, self._link.name, self._broker.partitions
        for row in rows:
            key = wire.record_key(tenant, name, row.record)
            value = wire.event(tenant, name, row.seq, row.key_id, row.key, row.body)
            self._outlet.publish(wire.partition_of(key, partitions), key, value)
            self._in_flight[row.seq] = now
        if rows:
            self._outlet.hurry()
        replayed, commands = await self._again.replay(lease)
        return len(rows) + replayed, commands

    def prefix(self, kept: Iterable[int]) -> int:
        """Up to where everything is decided once these are kept too: the position of the link."""
        gone = set(kept)
        first = next((seq for seq in self._in_flight if seq not in gone), None)
        return self._published if first is None else first - 1

    def kept(self, seqs: Iterable[int]) -> None:
        """These are in the database, decided."""
        for seq in seqs:
            self._in_flight.pop(seq, None)

    def _read(self, most: int) -> list[SealedEvent]:
        tenant, link = self._link.tenant, self._link.name
        with self._gear.database.read() as conn:
            if not self._published:
                self._published = positions.read(conn, tenant, link, Side.CRM)
                self._ceiling = decision_store.last(conn, tenant, link, Side.CRM)
            rows = event_store.sealed_after(conn, tenant, link, Side.CRM, self._published, most)
            if not rows:
                return []
            begin, self._published = self._published, rows[-1].seq
            if begin >= self._ceiling:
                return rows
            done = decision_store.decided(conn, tenant, link, Side.CRM, [row.seq for row in rows])
            return [row for row in rows if row.seq not in done]

    def _overdue(self) -> bool:
        oldest = next(iter(self._in_flight.values()), None)
        return oldest is not None and self._gear.monotonic() - oldest > PATIENCE_SECONDS

    def _forget(self) -> None:
        self._in_flight.clear()
        self._published = self._ceiling = 0
