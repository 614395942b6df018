"""A request that was on its way when its sender froze or died, and arrives after newer ones: it changes nothing."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from connectors.port import Order, Outcome
from mapping.words import CommandKind, Object
from store.database import Database
from streams.embedded import EmbeddedRuntime
from streams.link import Pace
from tests.streams.world import KEK, World

pytestmark = pytest.mark.crash


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    database = Database.open(f"sqlite:///{tmp_path / 'ecluse.db'}", kek=KEK)
    database.migrate()
    yield World(database, tmp_path, pace=Pace(echo_seconds=0.0, disk_floor_bytes=0))
    database.close()


class SlowRoad:
    """A way to the dialer on which requests stay, until they arrive after all."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.under_way: list[Order] = []
        self.left = asyncio.Event()

    async def push(self, _: Any, orders: Sequence[Order]) -> Sequence[Outcome]:
        self.under_way += orders
        self.left.set()
        await asyncio.Event().wait()
        raise AssertionError("nobody ends that wait")

    def runtime(self) -> EmbeddedRuntime:
        """One whose upserts take this road."""
        link = self.world.link()
        sinks = {**link.dialer.connector.sinks, CommandKind.UPSERT_PROSPECT: self.push}
        link.dialer = replace(link.dialer, connector=replace(link.dialer.connector, sinks=sinks))
        return EmbeddedRuntime([link], self.world.gear(), holder="frozen")

    async def arrive(self) -> None:
        await self.world.dialer.push(None, self.under_way)  # type: ignore[arg-type]


async def freezes_while_sending(world: World) -> SlowRoad:
    """A worker sends v1 of a contact, freezes before it arrives, and loses its lease."""
    world.prospects(1)
    await world.runtime(holder="first").drain()
    world.vacate()
    world.crm.change(Object.CONTACT, "0", name="v1")
    road = SlowRoad(world)
    runtime = road.runtime()
    working = asyncio.create_task(runtime.drain())
    await road.left.wait()
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)
    for worker in runtime.workers.values():
        worker.lost()
    world.vacate()
    return road


async def test_an_older_state_that_arrives_late_does_not_overwrite_a_newer_one(world: World) -> None:
    road = await freezes_while_sending(world)
    world.crm.change(Object.CONTACT, "0", name="v2")
    await world.runtime(holder="second").drain()
    await road.arrive()
    assert world.dialer.prospects["contact/0"]["fields"]["name"] == "v2"
    assert max(world.dialer.effects.values()) == 1
    assert world.imbalance() == 0
