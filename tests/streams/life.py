"""A runtime that dies and is started again, a day that it lives through, and what must be true in the end."""

import asyncio
import random
import threading
from collections.abc import Awaitable, Callable

from connectors.port import Happening
from mapping.words import CommandKind, Object, Side
from store import events
from streams.failpoints import Failpoints, Point
from tests.streams.aftermath import names_sent
from tests.streams.world import LINK, TENANT, World, called, members, said

CONTACTS = 4


class Struck(Exception):
    """What a failpoint raises."""


class Striker(Failpoints):
    """Strikes at one point, the nth time it is reached, once."""

    def __init__(self, point: Point, nth: int) -> None:
        self.point = point
        self.left = nth
        self.struck = False
        self._lock = threading.Lock()

    def reach(self, point: Point) -> None:
        with self._lock:
            if point is not self.point or self.struck:
                return
            self.left -= 1
            if self.left > 0:
                return
            self.struck = True
        raise Struck(point.value)


class Chancer(Failpoints):
    """Strikes anywhere, now and then, so many times."""

    def __init__(self, chance: random.Random, times: int) -> None:
        self.chance = chance
        self.left = times
        self._lock = threading.Lock()

    def reach(self, point: Point) -> None:
        with self._lock:
            if not self.left or self.chance.random() > 0.05:
                return
            self.left -= 1
        raise Struck(point.value)


class Life:
    """A runtime, started again on its database whenever it dies; and a dialer that repeats what was not answered."""

    def __init__(self, world: World, failpoints: Failpoints, *, dies: bool) -> None:
        self.world = world
        self.failpoints = failpoints
        self.dies = dies
        self.acknowledged: list[Happening] = []
        self.deaths = 0
        self.runtime = world.runtime(failpoints)

    async def survive(self, step: Callable[[], Awaitable[object]]) -> None:
        while True:
            try:
                await step()
            except Struck:
                self.deaths += 1
                if self.dies:
                    await self.die()
            else:
                return

    async def die(self) -> None:
        """All that was in memory is gone; the lease is held by nobody who lives."""
        for member in members(self.runtime):
            for worker in member.workers.values():
                for deliverer in worker.deliverers.values():
                    deliverer.abandon()
        await asyncio.sleep(0)
        self.world.open()
        self.world.vacate()
        self.runtime = self.world.runtime(self.failpoints)

    async def work(self) -> None:
        async def drained() -> None:
            await self.runtime.drain()  # whichever runtime lives by then

        await self.survive(drained)

    async def hear(self, *happenings: Happening) -> None:
        async def told() -> None:
            await self.runtime.receive(LINK, happenings)
            self.acknowledged += happenings

        await self.survive(told)

    async def later(self) -> None:
        """Every postponed command's time comes."""
        self.world.later()
        await self.work()


async def story(life: Life) -> None:
    """A day on both sides: prospects go out, change, leave; calls come back, an appointment is validated."""
    crm = life.world.crm
    life.world.hire()
    life.world.prospects(CONTACTS)
    for number in range(CONTACTS):
        crm.change(Object.CONTACT, str(number), name="v1")
    await life.work()
    await life.hear(called(1, "0"), called(2, "1", appointment={"id": "rdv-1", "start": "2026-12-01T10:00:00+01:00"}))
    crm.change(Object.CONTACT, "0", name="v2")
    await life.work()
    await life.hear(said("v-1", "phoning.appointment.validated", "ml-1", "1", appointment={"id": "rdv-1"}))
    crm.change(Object.CONTACT, "0", name="v3")
    crm.change(Object.ACCOUNT, "7", name="Atelier")
    crm.remove(Object.CONTACT, "3")
    await life.work()
    await life.hear(called(3, "2", status={"value": "chaud"}))
    await life.work()
    await life.later()
    await life.later()


def check(life: Life) -> None:
    world = life.world
    # Nothing acknowledged is lost.
    keys = {happening.id for happening in life.acknowledged}
    with world.database.read() as conn:
        assert events.known(conn, TENANT, LINK, keys) == keys
    assert world.crm.calls[CommandKind.LOG_CALL] >= 3
    # Nothing has its effect twice, nothing is missing.
    kinds = [order.kind for orders in world.crm.seen.values() for order in orders]
    assert sorted(kinds) == [CommandKind.BOOK_APPOINTMENT, *[CommandKind.LOG_CALL] * 3]
    assert set(world.crm.effects.values()) | set(world.dialer.effects.values()) == {1}
    # The dialer holds what the CRM says, in the order in which the CRM said it.
    assert sorted(world.dialer.prospects) == [f"contact/{number}" for number in range(CONTACTS - 1)]
    for record, body in world.dialer.prospects.items():
        name = world.crm.rows[Object.CONTACT, record.partition("/")[2]].fields["name"]
        assert body["fields"]["name"] == name
        assert body["fields"]["company"] == "Atelier"
        versions = names_sent(world, record)
        assert versions == sorted(versions), "an older state overtook a newer one"
    # Every event is accounted for.
    assert world.imbalance() == 0
    crm, dialer = world.balance(Side.CRM), world.balance(Side.DIALER)
    assert (crm.in_flight, dialer.in_flight, crm.quarantined, dialer.quarantined) == (0, 0, 0, 0)
    assert dialer.held == 1, "the proposed status waits for its manager"
