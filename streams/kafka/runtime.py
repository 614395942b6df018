"""The Kafka runtime of one worker: a crew whose CRM events take their way through the broker.

    database ── relay ──► events ── carrier ──► decisions ── keeper ──► database
               (owner)            (any worker)              (owner)

Who owns a link, and so polls, relays and delivers for it, follows from the keepers' group; its lease
makes sure. Carriers are in another group and own nothing.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from mapping.words import Side
from store.errors import Fenced
from streams.counted import Stage, TenantClass, Topic
from streams.crew import Crew
from streams.kafka import topics, wire
from streams.kafka.carrier import Carrier
from streams.kafka.host import Host, host
from streams.kafka.keep import Keep
from streams.kafka.keeper import Keeper
from streams.kafka.lookout import Core, Lookout
from streams.kafka.outlet import Outlet
from streams.kafka.relay import Relay
from streams.kafka.settings import Broker
from streams.kafka.told import code_of
from streams.link import Gear, Incident, LinkRuntime, Word
from streams.ruling import Ruling

#: While events are with the broker, a drain looks again so soon.
GLANCE_SECONDS = 0.005
#: How long a worker that gives up waits for threads that hang.
FAILED_STOP_SECONDS = 5.0


class KafkaRuntime(Crew):
    """Runs the links that the group deals to this worker, and decides whatever events it is given."""

    def __init__(
        self,
        links: Sequence[LinkRuntime],
        gear: Gear,
        broker: Broker,
        *,
        folder: Path | None = None,
        holder: str | None = None,
    ) -> None:
        self.broker = broker
        gear.database.tail.leave()  # relays read the log from the database: it would only fill up
        self._outlet: Outlet | None = None
        self.relays = {link.name: Relay(link, gear, broker, self) for link in links}
        super().__init__(
            links, gear, folder=folder, holder=holder, deciders=lambda link: {Side.CRM: self.relays[link.name]}
        )
        self._observer.share = broker.share
        self._keeps = {link.name: Keep(link, gear, self.relays[link.name], sealed=broker.sealed) for link in links}
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._at_work: dict[str, tuple[asyncio.Task[None], asyncio.Event]] = {}
        #: Links of the partitions that this worker's keeper has.
        self.owned: frozenset[str] = frozenset()
        self._serving = False
        self.carrier: Carrier | None = None
        self.keeper: Keeper | None = None
        self._host: Host | None = None

    async def start(self) -> None:
        """Join both groups, and work for whatever they deal. Raises LogError where the topics will not do."""
        await asyncio.to_thread(topics.settle, self.broker)
        lookout = Lookout(self, self._gear, self.broker)
        self._host = host(self.broker, Core(self), lookout.timers(), lookout.clocks(), self.follow)
        await self._host.start()
        self._tasks = [asyncio.create_task(each) for each in (*self.upkeep(self._stop), lookout.mind(self._host))]
        self.pulse.started = True
        self._gear.report(Incident(Word.STARTED))

    async def stop(self) -> bool:
        """Take nothing in any more, leave both groups, and leave every link; whether all ended in time."""
        self.pulse.stopping = True
        self._stop.set()
        in_time = await self.leave()
        if self._host is not None:
            await self._host.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = []
        self._gear.report(Incident(Word.STOPPED if in_time else Word.STOPPED_LATE))
        return in_time

    async def drain(self, *, poll: bool = True) -> int:
        """Work until nothing of the owned links moves any more but what waits for its time or for a manager."""
        await asyncio.to_thread(topics.settle, self.broker)
        self.join(serving=False)
        try:
            await self._dealt()
            return await self._drained(poll=poll)
        finally:
            await self.leave()

    async def _drained(self, *, poll: bool) -> int:
        moved, workers = 0, [self.workers[name] for name in sorted(self.owned)]
        for worker in workers:
            await self.hold(worker)
            await worker.roles["sweep"].once()
        while True:
            turned = 0
            try:
                for worker in workers:
                    turned += await worker.step(poll=poll)
            except Fenced:
                self._raise_failure()  # a keeper that fails leaves its links
                raise
            moved += turned
            self._raise_failure()
            if turned:
                continue
            if any(self.relays[worker.link.name].in_flight for worker in workers):
                await asyncio.sleep(GLANCE_SECONDS)
                continue
            waits = [wait for worker in workers if (wait := worker.due_in()) is not None]
            if not waits:
                return moved
            await self._gear.sleep(min(waits))

    def publish(self, partition: int, key: bytes, value: bytes) -> None:
        """For the relays. Raises BufferError, also where all of them have to begin again."""
        if self._outlet is None or self._mended():
            raise BufferError
        self._outlet.publish(partition, key, value)

    async def mend(self) -> None:
        """Hear what became of what was published; where the outlet is broken, have all of it published again.

        Nobody else asks while nothing new comes. Does not raise.
        """
        self.hurry()
        if self._mended():
            for name in self.owned:
                self.workers[name].decided(Side.CRM)

    def _mended(self) -> bool:
        """Whether the outlet was broken, and another has taken its place: then all relays begin again."""
        if self._outlet is None or self._outlet.broken is None:
            return False
        self._gear.report(Incident(Word.BROKER_UNAVAILABLE, where="outlet", code=code_of(self._outlet.broken)))
        self._outlet.close(0.0)
        self._outlet = Outlet(self.broker)
        for relay in self.relays.values():
            relay.begin_again()
        return True

    def hurry(self) -> None:
        if self._outlet is not None:
            self._outlet.hurry()

    def ruling(self, tenant: str, link: str) -> Ruling | None:
        """What is in force for a link; None where this worker does not know it."""
        found = self.links.get(link)
        return found.ruling if found is not None and found.tenant == tenant else None

    def measure(self) -> None:
        """Set the gauges of what waits with the broker.

        A lag is of partitions, and a partition holds events of many links: it is shared out between the classes
        by what the links of this worker have in flight. The sum is what the broker says.
        """
        metrics, relays = self._gear.metrics.log, self.relays.values()
        over = sum(relay.in_flight for relay in relays if relay.full)
        waiting = sum(relay.in_flight for relay in relays)
        metrics.in_flight.set(waiting)
        for topic in Topic:
            metrics.declared[topic].set(self.broker.partitions)
            lag = self.pulse.positions.lag(topic.value)
            theirs = round(lag * over / waiting) if waiting else 0
            metrics.lag[topic, TenantClass.OVER_SHARE].set(theirs)
            metrics.lag[topic, TenantClass.WITHIN_SHARE].set(lag - theirs)

    def answered_for(self) -> Sequence[LinkRuntime]:
        return [link for name, link in self.links.items() if name in self.owned]

    async def own(self, partitions: frozenset[int]) -> None:
        """Work for the links of these partitions; when this returns, all others are left, and their leases free."""
        count = self.broker.partitions
        mine = frozenset(
            name for name, link in self.links.items() if wire.partition_of_link(link.tenant, name, count) in partitions
        )
        gone, self.owned = self.owned - mine, mine
        await asyncio.gather(*(self._put_down(name) for name in gone))
        if self._serving:
            for name in mine - self._at_work.keys():
                until = asyncio.Event()
                self._at_work[name] = asyncio.create_task(self.keep(self.workers[name], until)), until

    async def keep_decided(self, tenant: str, link: str, carried: Sequence[wire.Carried]) -> None:
        """Keep decisions of one link, in order. Raises Fenced where its lease was lost meanwhile, StoreError."""
        worker = self.workers.get(link)
        if worker is None or worker.link.tenant != tenant:
            # Not lost: whoever has the link publishes its events again.
            self._gear.report(Incident(Word.UNKNOWN_LINK, where="keeper"))  # the name is anybody's
            return
        lease = worker.lease  # it may be lost while we wait
        if lease is None:  # nor is this: whoever takes it begins again at the position, and others need not wait
            self.relays[link].begin_again()
            return
        rows = await asyncio.to_thread(self._keeps[link].opened, carried)
        self._gear.metrics.log.batch[Stage.KEEP].observe(len(rows))
        await self._keeps[link].rows(rows, lease)
        worker.decided(Side.CRM)

    def join(self, *, serving: bool) -> None:
        """Into both groups. Serving, what they deal is worked for; else only a drain does."""
        self._serving = serving
        self._outlet = Outlet(self.broker)
        self.carrier = Carrier(self.broker, self.ruling, self._gear)
        self.keeper = Keeper(self.broker, self._gear, self)
        self.carrier.start()
        self.keeper.start()

    async def leave(self) -> bool:
        """Out of both groups. The keeper leaves its links on the way, in this loop, so the loop must not wait."""
        seconds = self._gear.pace.stop_seconds
        if self.failed.is_set():  # who does not get on will not end either, and the others wait for its part
            seconds = min(seconds, FAILED_STOP_SECONDS)
        carrier, keeper, outlet = self.carrier, self.keeper, self._outlet
        self.carrier = self.keeper = self._outlet = None
        ended = True
        if keeper is not None and carrier is not None:
            keeper.ask_to_stop()
            ended = all(
                await asyncio.gather(
                    asyncio.to_thread(keeper.stopped, seconds), asyncio.to_thread(carrier.stop, seconds)
                )
            )
        await self.own(frozenset())
        if outlet is not None:
            await asyncio.to_thread(outlet.close, 2.0)
        return ended

    async def _put_down(self, name: str) -> None:
        worker = self.workers[name]
        task, until = self._at_work.pop(name, (None, None))
        if task is not None and until is not None:
            until.set()
            worker.stop()
            _, late = await asyncio.wait([task], timeout=self._gear.pace.stop_seconds)
            for each in late:
                each.cancel()
            await asyncio.gather(task, return_exceptions=True)
        await self.release(worker)

    async def _dealt(self) -> None:
        """Until both groups have dealt."""
        while self.carrier is not None and self.keeper is not None:
            self._raise_failure()
            if self.carrier.ready.is_set() and self.keeper.ready.is_set():
                return
            await asyncio.sleep(GLANCE_SECONDS)

    def _raise_failure(self) -> None:
        for each in (self.carrier, self.keeper):
            if each is not None and each.failure is not None:
                raise each.failure
