"""Those who work for the links of a process, whichever runtime leads them: workers, door, clockwork, gauges."""

import asyncio
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path

from connectors.port import Happening
from mapping.words import Origin, Side
from store import retention
from store.errors import Fenced, StoreError
from store.stirring import Stir, stirring
from streams import intake
from streams.connection import Connection
from streams.health import Flaw, Health, Pulse
from streams.intake import Receipt, Shedding
from streams.limiter import Limiter
from streams.link import Gear, Incident, LinkRuntime, Word
from streams.observe import Observer
from streams.rollout import Rollout
from streams.worker import Decides, Worker

LAG_SECONDS = 0.5
#: How often a process asks itself whether it gets on.
CHECK_SECONDS = 5.0
#: A database that takes longer for nothing at all does not answer.
ANSWER_SECONDS = 5.0
#: How often what has had its time is dropped.
FORGET_SECONDS = 3_600.0
#: Looking at the figures may take one part of time in so many: counting millions is not for free.
OBSERVE_REST = 20.0

Deciders = Callable[[LinkRuntime], Mapping[Side, Decides]]


class Crew(ABC):
    """One worker for each link. `folder` is where a SQLite file lies: its disk is watched."""

    def __init__(
        self,
        links: Sequence[LinkRuntime],
        gear: Gear,
        *,
        folder: Path | None = None,
        holder: str | None = None,
        deciders: Deciders | None = None,
    ) -> None:
        self._gear = gear
        self.links = {link.name: link for link in links}
        self.pulse = Pulse(gear.monotonic())
        self._observer = Observer(gear.database, links, gear.metrics, folder, floor=gear.pace.disk_floor_bytes)
        gear.metrics.links_configured.set(len(links))
        for writer in (gear.database.writer, gear.database.door):
            writer.committed = self._committed
        #: Set where only a new process helps: whoever runs this one ends it, and a supervisor starts the next.
        self.failed = asyncio.Event()
        self.holder = holder or uuid.uuid4().hex
        connections = self._connections()
        self.workers = {
            link.name: Worker(link, gear, connections, self.holder, self.pulse, deciders and deciders(link))
            for link in links
        }
        self._fell_back: dict[str, tuple[object, int]] = {}
        self.rollout = Rollout(self.links, gear, self._ruled)

    @abstractmethod
    async def start(self) -> None:
        """Begin to work on every link that can be had."""

    @abstractmethod
    async def stop(self) -> bool:
        """Take nothing in any more, and finish what is under way or leave it in doubt; whether all ended in time."""

    @abstractmethod
    async def drain(self, *, poll: bool = True) -> int:
        """Work until nothing moves any more but what waits for its time or for a manager; how much moved."""

    async def run(self, until: asyncio.Event) -> bool:
        """Work until the event is set; whether everything ended in time."""
        await self.start()
        await until.wait()
        return await self.stop()

    async def receive(self, link: str, happenings: Sequence[Happening]) -> Receipt:
        """What the dialer of a link told us; returns once it is on disk. Raises Shedding."""
        if self.pulse.stopping or not self.has_disk():
            raise Shedding
        receipt = await intake.receive(self.links[link], self._gear, happenings)
        if receipt.events:
            self.workers[link].arrived()
        return receipt

    async def pull(self, link: str, origin: Origin = Origin.LIVE) -> int:
        """Read the CRM of a link once, now; how many events that made. For a backfill, which rings nobody."""
        worker = self.workers[link]
        await self.hold(worker)
        return await worker.pull(origin)

    async def hold(self, worker: Worker) -> None:
        """Have the lease of a link, or raise Fenced."""
        if not await self._took(worker):
            raise Fenced("lease_held_elsewhere")

    async def keep(self, worker: Worker, until: asyncio.Event) -> None:
        """Hold a link for as long as its lease can be had, and wait for it otherwise."""
        while not until.is_set():
            try:
                if await self._took(worker):
                    await worker.run()
            except* (Fenced, StoreError):
                worker.lost()
            if not until.is_set():
                await pause(until, self._gear.pace.renew_seconds)

    async def _took(self, worker: Worker) -> bool:
        """Whether the link is ours; what is decided from now on is decided under what is in force by now."""
        if worker.lease is not None:
            return True
        await self.rollout.turn()
        # Should the holder before us have been quicker with a newer revision, we are not let in: look once more.
        return await worker.hold() or (await self.rollout.turn() > 0 and await worker.hold())

    async def release(self, worker: Worker) -> None:
        """Give a link back, so that another process need not wait for the end of its lease."""
        try:
            await worker.release()
        except StoreError:
            return  # it ends by itself

    def upkeep(self, until: asyncio.Event) -> list[Coroutine[None, None, None]]:
        """What is done besides the links: to be run beside their workers."""
        return [self._turn(until), self._observe(until), self._watch(until), self._rouse(until), self._check(until)]

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
        found = self.pulse.ready(writable=writable, at_head=True, disk_ok=self.has_disk())
        return found._replace(notes=tuple((Flaw.REVISION_NOT_IN_FORCE, name) for name in sorted(self.rollout.unfit)))

    async def check(self) -> None:
        """Give up where something stands still although it could get on: not every supervisor asks how we are."""
        now = self._gear.monotonic()
        if self.pulse.blocked(now):
            return  # this process was frozen: it first has to see who moves now
        stalled = self.pulse.stalled(now)
        if not stalled or not await self.database_answers() or self.failed.is_set():
            return
        for flaw, where in stalled:
            self._gear.report(Incident(Word(flaw.value), where=where))
        self.failed.set()

    async def database_answers(self) -> bool:
        """Without it nothing gets on, and a restart would not bring it back."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._gear.database.writer.write(lambda _: None)
        except (StoreError, TimeoutError):
            return False
        return True

    def has_disk(self) -> bool:
        """Whether there is room for more."""
        free = self._observer.free_bytes()
        return free is None or free >= self._gear.pace.disk_floor_bytes

    def observe(self) -> None:
        """Set the gauges that are read from the database."""
        self._gear.metrics.links_held.set(sum(worker.lease is not None for worker in self.workers.values()))
        self._count_fallbacks()
        self._observer.links = self.answered_for()
        self._observer.look(self._gear.clock().timestamp())

    def answered_for(self) -> Sequence[LinkRuntime]:
        """The links whose figures this process gives; between all processes, each once."""
        return list(self.links.values())

    def _count_fallbacks(self) -> None:
        """Take over what the processors have counted since the last look: they are pure, and know no metrics."""
        for name, link in self.links.items():
            outbound = link.ruling.outbound
            count = getattr(outbound, "fell_back", 0)
            known, before = self._fell_back.get(name, (None, 0))
            self._gear.metrics.fell_back.inc(max(0, count - before) if known is outbound else count)
            self._fell_back[name] = outbound, count

    def _committed(self, seconds: float, units: int) -> None:
        self._gear.metrics.commit_seconds.observe(seconds)
        self._gear.metrics.group_events.observe(units)

    def _connections(self) -> dict[str, Connection]:
        made: dict[str, Connection] = {}
        for link in self.links.values():
            for end in (link.crm, link.dialer):
                limiter = Limiter(end.rate or end.connector.rate)
                made.setdefault(
                    end.connection,
                    Connection(end.connection, limiter, self._gear.pace.concurrency, self._gear.metrics),
                )
        return made

    async def _turn(self, until: asyncio.Event) -> None:
        """Say that the loop turns, and how late it was."""
        while not until.is_set():
            before = self._gear.monotonic()
            self.pulse.turns(before)
            self._gear.metrics.heartbeat.set(self._gear.clock().timestamp())
            self._gear.metrics.live.set(self.live().ok)
            await pause(until, LAG_SECONDS)
            if not until.is_set():
                self._gear.metrics.loop_lag.set(max(0.0, self._gear.monotonic() - before - LAG_SECONDS))

    def _ruled(self, link: str) -> None:
        """Another revision came into force: what it changes for records of the past is looked for at once."""
        self.workers[link].ruled()

    async def _check(self, until: asyncio.Event) -> None:
        while not until.is_set():
            await self.check()
            await pause(until, CHECK_SECONDS)

    async def _watch(self, until: asyncio.Event) -> None:
        """Ask the register for new revisions."""
        while not until.is_set():
            await self.follow()
            await pause(until, self._gear.pace.register_seconds)

    async def _rouse(self, until: asyncio.Event) -> None:
        """Wake the links that have something to do which nobody here has seen come."""
        while not until.is_set():
            try:
                for stir in await asyncio.to_thread(self._stirring):
                    if (worker := self.workers.get(stir.link)) is not None:
                        worker.stirs(stir)
            except StoreError as error:
                self._gear.report(Incident(Word.DATABASE_UNAVAILABLE, where="rouse", code=error.code))
            await pause(until, self._gear.pace.idle_seconds)

    def _stirring(self) -> list[Stir]:
        with self._gear.database.read() as conn:
            return stirring(conn, self.holder)

    async def follow(self) -> None:
        """Put into force what is new in the register."""
        try:
            await self.rollout.turn()
        except StoreError as error:
            self._gear.report(Incident(Word.DATABASE_UNAVAILABLE, where="rollout", code=error.code))

    async def forget(self) -> None:
        """Drop what has had its time: keys of past days, stale echo marks, events that ended long ago."""
        links = [(link.tenant, link.name) for link in self.links.values()]
        try:
            await asyncio.to_thread(retention.tidy, self._gear.database, links)
        except StoreError as error:
            self._gear.report(Incident(Word.DATABASE_UNAVAILABLE, where="forget", code=error.code))

    async def forget_hourly(self, until: asyncio.Event) -> None:
        """For a process that is alone."""
        while not until.is_set():
            await self.forget()
            await pause(until, FORGET_SECONDS)

    async def _observe(self, until: asyncio.Event) -> None:
        while not until.is_set():
            began = self._gear.monotonic()
            try:
                await asyncio.to_thread(self.observe)
            except StoreError as error:
                self._gear.report(Incident(Word.DATABASE_UNAVAILABLE, where="observe", code=error.code))
            took = self._gear.monotonic() - began
            await pause(until, max(self._gear.pace.observe_seconds, took * OBSERVE_REST))


async def pause(until: asyncio.Event, seconds: float) -> None:
    """Until the event is set, or so long."""
    try:
        async with asyncio.timeout(seconds):
            await until.wait()
    except TimeoutError:
        return
