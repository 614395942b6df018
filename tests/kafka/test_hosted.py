"""A whole worker, hosted by Faust on a real broker: it starts, hears the bell, works by itself, and leaves in order."""

import asyncio
import math
import threading
from collections.abc import AsyncIterator, Callable, Coroutine
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import KafkaError

from mapping.words import Object, Side
from store.database import Database
from streams import health
from streams.health import POSITION_SECONDS, Flaw, Positions
from streams.kafka import bell, relay
from streams.kafka.lookout import Lookout
from streams.kafka.runtime import KafkaRuntime
from streams.kafka.settings import Broker
from streams.link import Incident, Word
from tests.services.kafka import Kafka
from tests.streams.world import KEK, World


@pytest.fixture
def broker(kafka: Kafka, kafka_prefix: str) -> Broker:
    return Broker(
        kafka.bootstrap, prefix=kafka_prefix, partitions=3, replication=1, development=True, session_seconds=6.0
    )


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    database = Database.open(f"sqlite:///{tmp_path / 'ecluse.db'}", kek=KEK)
    await asyncio.to_thread(database.migrate)
    world = World(database, tmp_path)
    world.pace = replace(world.pace, idle_seconds=0.1, register_seconds=60.0)
    yield world
    database.close()


async def until(holds: Callable[[], bool], seconds: float = 60.0) -> None:
    async with asyncio.timeout(seconds):
        while not holds():  # noqa: ASYNC110 - it happens in threads, and at a broker
            await asyncio.sleep(0.05)


async def test_a_worker_works_by_itself_and_leaves_its_links_to_others(
    world: World, broker: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started_in = tmp_path / "started_in"
    started_in.mkdir()
    monkeypatch.chdir(started_in)
    world.prospects(12)
    runtime = KafkaRuntime([world.link()], world.gear(), broker, folder=world.folder)
    await runtime.start()
    try:
        await until(lambda: len(world.dialer.prospects) == 12)
        assert runtime.live().ok
        assert (await runtime.ready()).ok
        assert runtime.owned == {"nord"}
    finally:
        assert await runtime.stop()
    assert world.imbalance() == 0
    assert world.balance(Side.CRM).delivered == 12
    with world.database.read() as conn:
        held = conn.exec_driver_sql("SELECT count(*) FROM leases WHERE expires_at > 0").scalar()
    assert held == 0
    assert list(started_in.iterdir()) == [], "Faust keeps no folder of its own where a worker runs"


async def test_who_rings_is_heard_by_every_worker(world: World, broker: Broker) -> None:
    workers = [
        KafkaRuntime([world.link()], world.gear(), replace(broker, worker=f"worker-{n}"), folder=world.folder)
        for n in range(2)
    ]
    heard: list[int] = []
    for number, runtime in enumerate(workers):
        runtime.follow = _noting(heard, number)  # type: ignore[method-assign]
        await runtime.start()
    try:
        await asyncio.sleep(0.5)
        heard.clear()

        async def rung_until_heard() -> None:
            while set(heard) != {0, 1}:
                assert await asyncio.to_thread(bell.ring, broker)
                await asyncio.sleep(0.5)

        await asyncio.wait_for(rung_until_heard(), 60.0)
    finally:
        for runtime in workers:
            await runtime.stop()


def _noting(heard: list[int], number: int) -> Callable[[], Coroutine[Any, Any, None]]:
    async def follow() -> None:
        heard.append(number)

    return follow


async def test_a_worker_whose_position_stands_still_gives_up_its_place(world: World, broker: Broker) -> None:
    """The carrier hangs: it reads, and nothing comes of it. Seen from the broker's side, whatever the worker thinks."""
    world.prospects(5)
    runtime = KafkaRuntime([world.link()], world.gear(), broker, folder=world.folder)
    runtime.pulse.positions = Positions(limit=0.001)
    await runtime.start()
    try:
        await until(lambda: len(world.dialer.prospects) == 5)
        assert runtime.carrier is not None
        release = asyncio.Event()
        loop = asyncio.get_running_loop()

        def hang(_: object) -> list[object]:
            asyncio.run_coroutine_threadsafe(release.wait(), loop).result(60.0)
            return []

        runtime.carrier._deciding.decided = hang  # type: ignore[method-assign, assignment]
        world.crm.change(Object.CONTACT, "0", name="Zoé")
        await runtime.pull("nord")
        await asyncio.wait_for(runtime.failed.wait(), 60.0)
        assert Word.POSITION_STALLED in {incident.word for incident in world.incidents}
        release.set()
    finally:
        await runtime.stop()


async def test_what_a_broken_outlet_lost_is_published_again_though_nothing_new_comes(
    world: World, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(relay, "PATIENCE_SECONDS", math.inf)  # it would not be taken for overdue, however long it waits
    world.prospects(3)
    runtime = KafkaRuntime([world.link()], world.gear(), broker, folder=world.folder)
    await runtime.start()
    try:
        await until(lambda: len(world.dialer.prospects) == 3)
        outlet, lost = runtime._outlet, list[bytes]()
        assert outlet is not None

        def breaks() -> None:
            """A producer says that it is broken to whoever asks it something, and to nobody else."""
            if lost:
                outlet._failed(KafkaError(KafkaError._FATAL, fatal=True))

        outlet.publish = lambda _partition, key, _value: lost.append(key)  # type: ignore[method-assign, assignment]
        world.crm.change(Object.CONTACT, "0", name="Zoé")
        await runtime.pull("nord")
        await until(lambda: bool(lost))
        outlet.hurry = breaks  # type: ignore[method-assign]
        await until(lambda: world.dialer.prospects["contact/0"]["fields"]["name"] == "Zoé")
        assert len(lost) == 1
        assert Incident(Word.BROKER_UNAVAILABLE, where="outlet", code="fatal") in world.incidents
    finally:
        await runtime.stop()


class Hanging:
    """A processor that does not come back until it is let go."""

    def __init__(self, inner: Any) -> None:
        self.inner = inner
        self.hangs = threading.Event()
        self.let_go = threading.Event()

    def decide(self, batch: Any, now: Any) -> Any:
        self.hangs.set()
        self.let_go.wait()
        return self.inner.decide(batch, now)


async def test_a_worker_whose_carrier_hangs_names_it_and_gives_up(
    world: World, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "LOOP_SECONDS", 10 * POSITION_SECONDS)  # the clock jumps: nobody was frozen
    link = world.link()
    hanging = Hanging(link.ruling.outbound)
    link.ruling = replace(link.ruling, outbound=hanging)
    world.prospects(3)
    runtime = KafkaRuntime([link], world.gear(), broker, folder=world.folder)
    lookout = Lookout(runtime, world.gear(), broker)
    await runtime.start()
    try:
        await until(hanging.hangs.is_set)
        assert not runtime.failed.is_set(), "it has not hung for long"
        world.clock.pass_by(timedelta(seconds=POSITION_SECONDS))
        before = world.clock.tick()
        keeper = runtime.keeper
        assert keeper is not None
        await until(lambda: keeper.turned_at > before)
        await lookout.look()
        assert runtime.failed.is_set()
        assert (Flaw.STREAM_STALLED, "carrier") in runtime.live().flaws
        assert (Flaw.STREAM_STALLED, "keeper") not in runtime.live().flaws
    finally:
        hanging.let_go.set()
        await runtime.stop()
