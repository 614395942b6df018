"""The poller of a link's CRM: asks for changes, page by page, and keeps each page before it asks for the next."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from functools import partial

from sqlalchemy import Connection as SqlConnection

from connectors.faults import Fault, Malformed, Transient
from connectors.port import Asked, Page, Pull
from mapping.policy import Policy
from mapping.words import Object, Origin, Reach, Side
from store import glances, positions
from store.leases import Lease
from streams import schedule
from streams.absorb import Absorbed, Feed, absorb
from streams.connection import Connection
from streams.failpoints import Point
from streams.link import Gear, LinkRuntime
from streams.metrics import Operation
from streams.reading import Reading, begin, ended, known
from streams.unit import Leased

#: Accounts and opportunities first: a contact that comes after them is whole at once, and makes one event.
ORDER = (Object.ACCOUNT, Object.OPPORTUNITY, Object.CONTACT)
OWNED = frozenset({Reach.OWN, Reach.TEAM, Reach.TERRITORY})
QUIET_STEP_SECONDS = 0.05
LONGEST_SECONDS = 600.0
#: The connection's breaker lets nobody ask.
LEFT_ALONE = "left_alone"


class Poller:
    """Call `turn`; it reads the CRM to the end, or says by `retry_in` when to try again."""

    def __init__(self, link: LinkRuntime, gear: Gear, connection: Connection) -> None:
        self.link = link
        self.connection = connection
        #: Seconds until the next turn, as the last one ended.
        self.retry_in = 0.0
        #: How the last turn failed, if it did.
        self.fault: Fault | None = None
        self._gear = gear
        self._failures = 0
        gear.metrics.poll_interval.of(connection.name).set(link.poll_seconds)

    async def turn(self, lease: Lease, origin: Origin = Origin.LIVE) -> int:
        """Read all sources once; how many events that made."""
        events, policy = 0, self.link.ruling.policy
        try:
            for item in self.objects(policy):
                if self.link.ruling.policy is policy:
                    events += await self._source(item, policy, lease, origin)
        except Fault as fault:
            self.fault = fault
            self.retry_in = max(self.link.poll_seconds, self._patience(fault))
            return events
        self._failures = 0
        self.fault = None
        self.retry_in = self.link.poll_seconds if self.link.ruling.policy is policy else 0.0
        self._gear.metrics.poll_success.of(self.connection.name).set(self._gear.clock().timestamp())
        return events

    def _patience(self, fault: Fault) -> float:
        """Seconds until the CRM is asked again. Who was not asked did not fail: only its connection's time counts."""
        asked = schedule.polite(fault.retry_after) if isinstance(fault, Transient) else 0.0
        if fault.code == LEFT_ALONE:
            return asked
        self._failures += 1
        patience = schedule.wait_slowly if isinstance(fault, Malformed) else schedule.wait
        wait = patience(self._failures, chance=self._gear.chance())
        return max(asked, min(wait or schedule.TAIL_SECONDS, LONGEST_SECONDS))

    def objects(self, policy: Policy) -> list[Object]:
        """What is read: objects of which the link reads a field, and those that may tell a contact's owner."""
        asked = policy.asked()
        owned = any(rule.reach in OWNED for rule in policy.profiles.values())
        wanted = {Object.CONTACT} | {item for item, fields in asked.items() if fields or owned}
        return [item for item in ORDER if item in wanted and item in self.link.crm.connector.sources]

    async def _source(self, item: Object, policy: Policy, lease: Lease, origin: Origin) -> int:
        link = self.link
        asked = Asked(item, policy.asked().get(item, ()))
        reading = await self._reading(asked, lease)
        cursor = await asyncio.to_thread(self._cursor, item)
        events = 0
        async with aclosing(self._pages(link.crm.connector.sources[item], asked, cursor)) as pages:
            async for told in pages:
                page = _only(asked, told)
                self._gear.failpoints.reach(Point.AFTER_PULL)
                await self._quiet(page)
                feed = Feed(link.source, origin, self._gear.clock().isoformat(), page.cursor, reading)
                kept = await self._gear.database.writer.write(partial(self._keep, policy, item, page, feed, lease))
                self._gear.failpoints.reach(Point.AFTER_APPEND)
                self._count(kept, origin)
                events += kept.events
                if link.ruling.policy is not policy:
                    return events  # another revision may ask for less: nothing more is read for this one
        if reading.anew:
            await self._gear.database.writer.write(lambda conn: ended(self._unit(conn, lease), item, reading))
        return events

    async def _reading(self, asked: Asked, lease: Lease) -> Reading:
        """What is read of an object from now on; put down where it is not what was read so far."""
        at = (self.link.tenant, self.link.name, asked.object)

        def kept() -> Reading | None:
            with self._gear.database.read() as conn:
                return known(conn, *at)

        reading = await asyncio.to_thread(kept)
        if reading is not None and reading.fields == tuple(sorted(asked.fields)):
            return reading
        keeps = self.link.crm.connector.knows_asked
        return await self._gear.database.writer.write(
            lambda conn: begin(self._unit(conn, lease), asked.object, asked.fields, keeps_cursor=keeps)
        )

    def _count(self, kept: Absorbed, origin: Origin) -> None:
        received = self._gear.metrics.received
        if kept.events > kept.retold:
            received[Side.CRM, origin].inc(kept.events - kept.retold)
        if kept.retold:
            received[Side.CRM, Origin.BACKFILL].inc(kept.retold)

    async def _pages(self, source: Pull, asked: Asked, cursor: str | None) -> AsyncGenerator[Page, None]:
        """The connector's pages, each a request that keeps the connection's limit; whatever it raises is a Fault."""
        pulled = source(self.link.crm.session, asked, cursor)
        try:
            while True:
                await self._token()
                started = self._gear.monotonic()
                try:
                    async with asyncio.timeout(self._gear.pace.pull_seconds):
                        page = await anext(pulled)
                except StopAsyncIteration:
                    self.connection.answered(self._gear.monotonic(), Operation.PULL, self._gear.monotonic() - started)
                    return
                except Exception as error:  # noqa: BLE001 - a connector's own mistake is a fault of the edge, too
                    fault = _fault(error)
                    now = self._gear.monotonic()
                    self.connection.failed(now, Operation.PULL, now - started, fault)
                    raise fault from None
                finally:
                    self.connection.released()
                self.connection.answered(self._gear.monotonic(), Operation.PULL, self._gear.monotonic() - started)
                yield page
        finally:
            closing = getattr(pulled, "aclose", None)
            if closing is not None:
                with suppress(Exception):
                    await closing()

    async def _token(self) -> None:
        """Wait for the connection's leave. Raises Transient where the connection is left alone."""
        while True:
            now = self._gear.monotonic()
            if self.connection.take(now, first=1, retries=0)[0]:
                return
            if not self.connection.breaker.allows(now) and not self.connection.in_flight:
                raise Transient(LEFT_ALONE, retry_after=self.connection.breaker.next_probe(now))
            await self._gear.sleep(max(QUIET_STEP_SECONDS, min(1.0, self.connection.wait(now))))

    async def _quiet(self, page: Page) -> None:
        """Wait, for a while, for our own writes to these records: until they are settled their echo is not known."""
        records = sorted({f"{row.object.value}/{row.key}" for row in page.rows})
        until = self._gear.monotonic() + self._gear.pace.echo_seconds
        while self._gear.monotonic() < until:
            if not await asyncio.to_thread(self._writing, records):
                return
            await self._gear.sleep(QUIET_STEP_SECONDS)

    def _writing(self, records: list[str]) -> bool:
        with self._gear.database.read() as conn:
            found = glances.lanes(conn, self.link.tenant, self.link.name, Side.DIALER, records)
        return any(command.started for lane in found.values() for command in lane)

    def _cursor(self, item: Object) -> str | None:
        with self._gear.database.read() as conn:
            return positions.cursor(conn, self.link.tenant, self.link.name, item.value)

    def _keep(
        self, policy: Policy, item: Object, page: Page, feed: Feed, lease: Lease, conn: SqlConnection
    ) -> Absorbed:
        kept = absorb(self._unit(conn, lease), policy, item, page, feed)
        self._gear.failpoints.reach(Point.BEFORE_APPEND_COMMIT)
        return kept

    def _unit(self, conn: SqlConnection, lease: Lease) -> Leased:
        return Leased(conn, self._gear.database.keys, self.link.tenant, self.link.name, lease)


def _only(asked: Asked, page: Page) -> Page:
    """The page without what nobody asked for: what a connector gives beside it goes no further than here."""
    wanted = frozenset(asked.fields)
    rows = [
        row
        if wanted.issuperset(row.fields)
        else row._replace(fields={k: v for k, v in row.fields.items() if k in wanted})
        for row in page.rows
    ]
    return page._replace(rows=rows)


def _fault(error: Exception) -> Fault:
    if isinstance(error, Fault):
        return error
    return Transient("timeout") if isinstance(error, TimeoutError) else Malformed("connector_failed")
