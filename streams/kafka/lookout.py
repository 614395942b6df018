"""What a worker does by the clock: looks whether it gets on, tidies up for all of them.

A worker that does not get on although it could says so (`live` answers no), and gives up its
place: whoever runs the process ends it, the groups deal its part to the others, a supervisor starts it anew.
"""

import asyncio
from typing import TYPE_CHECKING

from mode import Service

from store import leases
from store.errors import StoreError
from streams.counted import Topic
from streams.health import POSITION_SECONDS, Place
from streams.kafka.faults import LogError
from streams.kafka.host import Clock, Host, Timer
from streams.kafka.settings import Broker
from streams.kafka.watch import Watch
from streams.link import Gear, Incident, Word

if TYPE_CHECKING:
    from streams.kafka.runtime import KafkaRuntime

LOOK_SECONDS = 5.0
#: What a broken outlet has not delivered waits no longer than this.
MEND_SECONDS = 1.0
HOST_SECONDS = 1.0
#: Every hour, at a minute at which few others do the same.
TIDY = "17 * * * *"
#: One of all workers tidies: whoever has this lease, which belongs to no tenant.
FLEET, NO_TENANT = "fleet", ""
FLEET_SECONDS = 600


class Core(Service):
    """The worker as Faust sees it: a service that joins and leaves."""

    def __init__(self, runtime: "KafkaRuntime") -> None:
        super().__init__()
        self._runtime = runtime

    async def on_start(self) -> None:
        self._runtime.join(serving=True)

    async def on_stop(self) -> None:
        await self._runtime.leave()


class Lookout:
    """The clockwork of one worker."""

    def __init__(self, runtime: "KafkaRuntime", gear: Gear, broker: Broker) -> None:
        self._runtime = runtime
        self._gear = gear
        self._watch = Watch(broker)
        self._seen: frozenset[Place] = frozenset()

    def timers(self) -> tuple[Timer, ...]:
        return Timer("look", LOOK_SECONDS, self.look), Timer("mend", MEND_SECONDS, self._runtime.mend)

    def clocks(self) -> tuple[Clock, ...]:
        return (Clock(TIDY, self.tidy),)

    async def look(self) -> None:
        """Whether both stages get on."""
        carrier, keeper = self._runtime.carrier, self._runtime.keeper
        if carrier is None or keeper is None:
            return
        pulse = self._runtime.pulse
        positions = pulse.positions
        threads = [
            (pulse.stream(name, each.turned_at, POSITION_SECONDS), each)
            for name, each in (("carrier", carrier), ("keeper", keeper))
        ]
        self._dealt(carrier.assigned, keeper.assigned)
        try:
            sights = await asyncio.to_thread(self._watch.look, carrier.assigned, keeper.assigned, dict(keeper.met_ends))
        except LogError as error:
            positions.excused(self._gear.monotonic())
            for progress, _ in threads:
                progress.idle(self._gear.monotonic())
            self._report(Word.BROKER_UNAVAILABLE, "watch", error.code)
            return
        answers = await self._runtime.database_answers()
        now = self._gear.monotonic()
        if not answers:
            positions.excused(now)
        for place, sight in sights.items():
            positions.saw(place, sight, now)
        self._gear.metrics.log.still.set(positions.stillest())
        self._runtime.measure()
        for progress, thread in threads:
            # A thread always has something to do: it looks for work.
            progress.busy, progress.moved_at = answers, max(progress.moved_at, thread.turned_at)
        await self._runtime.check()

    def _dealt(self, events: frozenset[int], decisions: frozenset[int]) -> None:
        ours = frozenset(Place(Topic.EVENTS.value, partition) for partition in events)
        ours |= {Place(Topic.DECISIONS.value, partition) for partition in decisions}
        if ours != self._seen:
            self._seen = ours
            self._runtime.pulse.positions.assigned(ours, self._gear.monotonic())

    def _report(self, word: Word, where: str, code: str = "") -> None:
        self._gear.report(Incident(word, where=where, code=code))

    async def tidy(self) -> None:
        """Forget what has had its time, if nobody else does."""
        writer = self._gear.database.writer
        try:
            lease = await writer.write(
                lambda conn: leases.take(conn, NO_TENANT, FLEET, self._runtime.holder, FLEET_SECONDS)
            )
        except StoreError as error:
            self._report(Word.DATABASE_UNAVAILABLE, "fleet", error.code)
            return
        if lease is not None:
            await self._runtime.forget()

    async def mind(self, host: Host) -> None:
        """Notice when Faust has ended by itself: nothing would turn the clock any more."""
        while not host.crashed:  # noqa: ASYNC110 - Faust tells nobody
            await asyncio.sleep(HOST_SECONDS)
        self._report(Word.WORKER_FAILED, "host", type(host.crash_reason).__name__)
        self._runtime.failed.set()
