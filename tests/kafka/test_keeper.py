"""A keeper at a real broker: whatever it waits for meanwhile, it goes on with what it is dealt."""

import asyncio
import itertools
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from confluent_kafka import Producer

from store.database import Database
from store.errors import Fenced
from streams.kafka import keeper, topics, wire
from streams.kafka.keeper import Keeper
from streams.kafka.settings import Broker
from tests.services.kafka import SECONDS, Kafka
from tests.streams.world import KEK, World

PARTITIONS = 4
#: Times a second that something new is told.
PATIENCE = 15


@pytest.fixture
def broker(kafka: Kafka, kafka_prefix: str) -> Broker:
    broker = Broker(
        kafka.bootstrap,
        prefix=kafka_prefix,
        partitions=PARTITIONS,
        replication=1,
        development=True,
        session_seconds=6.0,
    )
    topics.settle(broker)
    return broker


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(Database.open(f"sqlite:///{tmp_path / 'ecluse.db'}", kek=KEK), tmp_path)


class House:
    """Counts what it is told of each link, once the leases are its own."""

    def __init__(self) -> None:
        self.leases = False
        self.refused = 0
        self.owned: frozenset[int] = frozenset()
        self.kept: Counter[str] = Counter()
        #: A link whose decisions nobody can keep.
        self.broken = ""

    async def own(self, partitions: frozenset[int]) -> None:
        self.owned = partitions

    async def keep_decided(self, tenant: str, link: str, carried: Sequence[wire.Carried]) -> None:
        if not self.leases:
            self.refused += 1
            raise Fenced("lease_not_held")
        if link == self.broken:
            raise RuntimeError(link)
        self.kept[link] += len(carried)


@asynccontextmanager
async def keeping(world: World, broker: Broker, worker: str, house: House) -> AsyncIterator[None]:
    one = Keeper(replace(broker, worker=worker), world.gear(), house)
    one.start()
    try:
        yield
    finally:
        one.ask_to_stop()
        assert await asyncio.to_thread(one.stopped, SECONDS)


def tell(kafka: Kafka, broker: Broker, seq: int) -> None:
    """A decision of each partition's own link."""
    producer = Producer(kafka.client())
    for partition in range(PARTITIONS):
        producer.produce(
            broker.decisions, wire.message(wire.DECISION, "t", f"link-{partition}", seq, 1, b"body"), None, partition
        )
    assert producer.flush(SECONDS) == 0


async def test_what_it_set_aside_while_the_group_was_dealt_anew_goes_on(
    world: World, broker: Broker, kafka: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It reads nothing while it waits for a lease. What is taken from it then, and dealt to it again, is read again."""
    monkeypatch.setattr(keeper, "RETRY_SECONDS", 0.01)
    first, second = House(), House()
    second.leases = True
    async with keeping(world, broker, "one", first):
        await world.until(lambda: len(first.owned) == PARTITIONS)
        tell(kafka, broker, 1)
        await world.until(lambda: first.refused > 2)
        async with keeping(world, broker, "two", second):
            await world.until(lambda: 0 < len(first.owned) < PARTITIONS and bool(second.owned))
            first.leases = True
            for seq in itertools.count(2):
                tell(kafka, broker, seq)
                if (first.kept | second.kept).keys() == {f"link-{partition}" for partition in range(PARTITIONS)}:
                    break
                assert seq < PATIENCE, f"a partition stands still: {first.kept} {second.kept}"
                await asyncio.sleep(1.0)


async def test_a_link_that_cannot_be_kept_holds_up_no_other(
    world: World, broker: Broker, kafka: Kafka, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "MOST_TRIPS", 1)
    house = House()
    house.leases, house.broken = True, "link-1"
    async with keeping(world, broker, "one", house):
        await world.until(lambda: len(house.owned) == PARTITIONS)
        for seq in (1, 2):
            tell(kafka, broker, seq)
        await world.until(lambda: all(house.kept[f"link-{number}"] >= 2 for number in range(PARTITIONS) if number != 1))
    assert "link-1" not in house.kept
