"""Several Kafka workers that a test handles as one runtime: real ones, each with its own database and its own part."""

import asyncio
import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from connectors.port import Happening
from mapping.words import Origin
from streams.failpoints import Failpoints
from streams.intake import Receipt
from streams.kafka import topics
from streams.kafka.runtime import KafkaRuntime
from streams.kafka.settings import Broker
from tests.streams.world import Lead, World

LOOK_SECONDS = 0.01
PATIENCE_SECONDS = 180.0


def kafka_lead(broker: Broker, workers: int) -> Lead:
    """One worker as it is, or a team."""

    def lead(world: World, failpoints: Failpoints, holder: str | None) -> Any:
        members = [
            KafkaRuntime(
                world.links(),
                world.gear(failpoints, world.other(number - 1) if number else None),
                replace(broker, worker=f"worker-{number}", **world.log),
                folder=world.folder,
                holder=holder and f"{holder}-{number}",
            )
            for number in range(workers)
        ]
        return members[0] if workers == 1 else Team(members)

    return lead


class Team:
    """Each link has one owner among them; whatever is to be decided is shared by all."""

    def __init__(self, members: Sequence[KafkaRuntime]) -> None:
        self.members = members
        self._doors = itertools.cycle(members)

    async def drain(self, *, poll: bool = True) -> int:
        """All join, all are dealt their part, each drains what it owns, all leave."""
        await asyncio.to_thread(topics.settle, self.members[0].broker)
        for member in self.members:
            member.join(serving=False)
        try:
            await self._until(self.dealt)
            drains = [asyncio.create_task(member._drained(poll=poll)) for member in self.members]
            try:
                await self._until(lambda: all(drain.done() for drain in drains))
            finally:
                for drain in drains:
                    drain.cancel()
                ended = await asyncio.gather(*drains, return_exceptions=True)
            for end in ended:
                if isinstance(end, BaseException):
                    raise end
            return sum(int(end) for end in ended if isinstance(end, int))
        finally:
            await asyncio.gather(*(member.leave() for member in self.members))

    def dealt(self) -> bool:
        """Whether every partition of both topics has one worker, every worker has some, and every link its owner."""
        broker, owned = self.members[0].broker, [name for member in self.members for name in member.owned]
        return (
            _dealt([member.carrier.assigned for member in self.members if member.carrier], broker)
            and _dealt([member.keeper.assigned for member in self.members if member.keeper], broker)
            and sorted(owned) == sorted(self.members[0].links)
        )

    async def start(self) -> None:
        """All have joined, and hold what they will: a link would change hands under a test otherwise."""
        await asyncio.gather(*(member.start() for member in self.members))
        await self._until(self.dealt)

    async def stop(self) -> bool:
        return all(await asyncio.gather(*(member.stop() for member in self.members)))

    async def receive(self, link: str, happenings: Sequence[Happening]) -> Receipt:
        """By any of the doors: who owns the link is no business of whoever knocks."""
        return await next(self._doors).receive(link, happenings)

    async def pull(self, link: str, origin: Origin = Origin.LIVE) -> int:
        """By whoever has the link; by anybody where nobody works for it now."""
        owner = next((member for member in self.members if link in member.owned), None)
        if owner is not None:
            return await owner.pull(link, origin)
        member = next(self._doors)
        try:
            return await member.pull(link, origin)
        finally:
            await member.release(member.workers[link])

    def observe(self) -> None:
        self.members[0].observe()

    async def ready(self) -> Any:
        return await self.members[0].ready()

    def live(self) -> Any:
        return next((health for member in self.members if not (health := member.live()).ok), self.members[0].live())

    async def _until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not holds():
                for member in self.members:
                    member._raise_failure()
                await asyncio.sleep(LOOK_SECONDS)


def _dealt(assigned: Sequence[frozenset[int]], broker: Broker) -> bool:
    return all(assigned) and sorted(itertools.chain(*assigned)) == list(range(broker.partitions))
