"""The embedded runtime: one process, one event loop, all links; nothing but Python and a database.

`start` and `stop` for a service, `run` for both with a signal between, `drain` for a demonstration
and for tests: it works until nothing moves any more.
"""

import asyncio
import uuid
from collections.abc import Sequence
from pathlib import Path

from connectors.port import Happening
from mapping.words import Origin
from store import retention
from store.errors import Fenced, StoreError
from streams import intake
from streams.connection import Connection
from streams.health import Health, Pulse
from streams.intake import Receipt, Shedding
from streams.limiter import Limiter
from streams.link import Gear, Incident, LinkRuntime, Word
from streams.observe import Observer
from streams.worker import Worker

LAG_SECONDS = 0.5
#: How often what has had its time is dropped.
FORGET_SECONDS = 3_600.0


class EmbeddedRuntime:
    """Runs links. `folder` is where a SQLite file lies: its disk is watched."""

    def __init__(
        self, links: Sequence[LinkRuntime], gear: Gear, *, folder: Path | None = None, holder: str | None = None
    ) -> None:
        self._gear = gear
        self._links = {link.name: link for link in links}
        self.pulse = Pulse(gear.monotonic())
        self._observer = Observer(gear.database, links, gear.metrics, folder)
        gear.database.writer.committed = self._committed
        holder = holder or uuid.uuid4().hex
        connections = self._connections()
        self.workers = {link.name: Worker(link, gear, connections, holder, self.pulse) for link in links}
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to work on every link whose lease is free; the others are waited for."""
        self._tasks = [asyncio.create_task(self._keep(worker)) for worker in self.workers.values()]
        self._tasks += [asyncio.create_task(each) for each in (self._turn(), self._observe(), self._forget())]
        self.pulse.started = True
        self._gear.report(Incident(Word.STARTED))

    async def stop(self) -> bool:
        """Take nothing in any more, and finish what is under way or leave it in doubt; whether all ended in time."""
        self.pulse.stopping = True
        self._stop.set()
        for worker in self.workers.values():
            worker.stop()
        late: set[asyncio.Task[None]] = set()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=self._gear.pace.stop_seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for worker in self.workers.values():
            try:
                await worker.release()
            except StoreError:
                continue  # it ends by itself
        self._tasks = []
        self._gear.report(Incident(Word.STOPPED_LATE if late else Word.STOPPED))
        return not late

    async def run(self, until: asyncio.Event) -> bool:
        """Work until the event is set; whether everything ended in time."""
        await self.start()
        await until.wait()
        return await self.stop()

    async def drain(self, *, poll: bool = True) -> int:
        """Work until nothing moves any more but what waits for its time or for a manager; how much moved."""
        moved = 0
        for worker in self.workers.values():
            if worker.lease is None and not await worker.hold():
                raise Fenced("lease_held_elsewhere")
            await worker.roles["sweep"].once()
        while True:
            turned = 0
            for worker in self.workers.values():
                turned += await worker.step(poll=poll)
            moved += turned
            if turned:
                continue
            waits = [wait for worker in self.workers.values() if (wait := worker.due_in()) is not None]
            if not waits:
                return moved
            await self._gear.sleep(min(waits))

    async def receive(self, link: str, happenings: Sequence[Happening]) -> Receipt:
        """What the dialer of a link told us; returns once it is on disk. Raises Shedding."""
        if self.pulse.stopping or not self.has_disk():
            raise Shedding
        receipt = await intake.receive(self._links[link], self._gear, happenings)
        if receipt.events:
            self.workers[link].arrived()
        return receipt

    async def pull(self, link: str, origin: Origin = Origin.LIVE) -> int:
        """Read the CRM of a link once, now; how many events that made. For a backfill, which rings nobody."""
        worker = self.workers[link]
        if worker.lease is None and not await worker.hold():
            raise Fenced("lease_held_elsewhere")
        return await worker.pull(origin)

    def live(self) -> Health:
        """Whether a restart would help."""
        return self.pulse.live(self._gear.monotonic())

    async def ready(self) -> Health:
        """Whether requests may come here: a write goes through, the disk has room, nothing is stopping."""
        try:
            await self._gear.database.writer.write(lambda _: None)
            writable = True
        except StoreError:
            writable = False
        return self.pulse.ready(writable=writable, at_head=True, disk_ok=self.has_disk())

    def has_disk(self) -> bool:
        """Whether there is room for more."""
        free = self._observer.free_bytes()
        return free is None or free >= self._gear.pace.disk_floor_bytes

    def observe(self) -> None:
        """Set the gauges that are read from the database."""
        self._observer.look(self._gear.clock().timestamp())

    def _committed(self, seconds: float, units: int) -> None:
        self._gear.metrics.commit_seconds.observe(seconds)
        self._gear.metrics.group_events.observe(units)

    def _connections(self) -> dict[str, Connection]:
        made: dict[str, Connection] = {}
        for link in self._links.values():
            for end in (link.crm, link.dialer):
                limiter = Limiter(end.rate or end.connector.rate)
                made.setdefault(
                    end.connection,
                    Connection(end.connection, limiter, self._gear.pace.concurrency, self._gear.metrics),
                )
        return made

    async def _keep(self, worker: Worker) -> None:
        """Hold a link for as long as its lease can be had, and wait for it otherwise."""
        while not self._stop.is_set():
            try:
                if worker.lease is not None or await worker.hold():
                    await worker.run()
            except* (Fenced, StoreError):
                worker.lost()
            if not self._stop.is_set():
                await _pause(self._stop, self._gear.pace.renew_seconds)

    async def _turn(self) -> None:
        """Say that the loop turns, and how late it was."""
        while not self._stop.is_set():
            before = self._gear.monotonic()
            self.pulse.turned_at = before
            await _pause(self._stop, LAG_SECONDS)
            if not self._stop.is_set():
                self._gear.metrics.loop_lag.set(max(0.0, self._gear.monotonic() - before - LAG_SECONDS))

    async def _forget(self) -> None:
        """Drop what has had its time: keys of past days, stale echo marks, events that ended long ago."""
        links = [(link.tenant, link.name) for link in self._links.values()]
        while not self._stop.is_set():
            try:
                await asyncio.to_thread(retention.tidy, self._gear.database, links)
            except StoreError as error:
                self._gear.report(Incident(Word.DATABASE_UNAVAILABLE, where="forget", code=error.code))
            await _pause(self._stop, FORGET_SECONDS)

    async def _observe(self) -> None:
        while not self._stop.is_set():
            try:
                await asyncio.to_thread(self.observe)
            except StoreError as error:
                self._gear.report(Incident(Word.DATABASE_UNAVAILABLE, where="observe", code=error.code))
            await _pause(self._stop, self._gear.pace.observe_seconds)


async def _pause(until: asyncio.Event, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            await until.wait()
    except TimeoutError:
        return
