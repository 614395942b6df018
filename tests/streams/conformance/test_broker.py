"""What a broker may do: repeat, forget, hold what strangers wrote. The database is the truth; nothing is lost by it.

Only runs with a broker have these promises to keep.
"""

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from mapping.words import Object, Side
from store import decisions
from store import positions as log_positions
from streams.failpoints import Failpoints, Point
from streams.kafka import topics, wire
from streams.kafka.settings import Broker
from streams.link import Word
from tests.canary import canary, sightings
from tests.services.kafka import SECONDS, Kafka
from tests.streams.conformance.runs import KAFKA, only
from tests.streams.world import LINK, TENANT, World

pytestmark = only(*KAFKA)


class Struck(Exception):
    """What a failpoint raises."""


class Strikes(Failpoints):
    """Strikes at one point for as long as it is told to."""

    def __init__(self, point: Point) -> None:
        self.point = point
        self.on = True

    def reach(self, point: Point) -> None:
        if self.on and point is self.point:
            raise Struck(point.value)


Message = tuple[int, int, bytes | None, bytes]


def messages(kafka: Kafka, topic: str) -> list[Message]:
    """Every committed message of a topic: partition, offset, key, value."""
    settings = {"group.id": f"{topic}-reader", "enable.auto.commit": False, "enable.partition.eof": True}
    consumer = Consumer({**kafka.client(), **settings, "isolation.level": "read_committed"})
    places = kafka.topics(topic)
    consumer.assign(places)
    found: list[Message] = []
    ends = 0
    while ends < len(places):
        message = consumer.poll(SECONDS)
        assert message is not None
        if message.error() is not None:
            ends += 1
            continue
        key, value = message.key(), message.value()
        assert isinstance(value, bytes)
        found.append((message.partition() or 0, message.offset() or 0, key if isinstance(key, bytes) else None, value))
    consumer.close()
    return found


def put(kafka: Kafka, *told: tuple[str, int, bytes | None, bytes]) -> None:
    """Write to topics as anybody could who has the right to."""
    producer = Producer(kafka.client())
    for topic, partition, key, value in told:
        producer.produce(topic, value, key, partition)
    assert producer.flush(SECONDS) == 0


def positions(kafka: Kafka, broker: Broker, group: str, topic: str) -> dict[int, int]:
    """Where a group stands in a topic."""
    consumer = Consumer({**kafka.client(), "group.id": f"{broker.prefix}.{group}"})
    found = consumer.committed([TopicPartition(topic, n) for n in range(broker.partitions)], SECONDS)
    consumer.close()
    return {place.partition: max(place.offset, 0) for place in found}  # less than 0: never committed


async def test_what_strangers_write_to_both_topics_is_passed_over_and_reported(
    world: World, broker: Broker, kafka: Kafka
) -> None:
    topics.settle(broker)
    places = range(broker.partitions)
    garbage = [b"", b"{}", b"\x01\xff\xff", wire.message(wire.EVENT, "no", "body", 1, 1, b"")[:-3]]
    events = [wire.message(wire.EVENT, *names, 1, 1, b"body") for names in (("x", "y"), (TENANT, LINK))]
    told = [wire.message(wire.DECISION, *names, 1, 1, b"body") for names in (("x", "y"), (TENANT, LINK))]
    put(
        kafka,
        *((broker.events, place, None, value) for place in places for value in garbage + events),
        *((broker.decisions, place, None, value) for place in places for value in garbage + told),
    )
    world.prospects(10)
    await world.runtime().drain()
    assert len(world.dialer.prospects) == 10
    balance = world.balance(Side.CRM)
    assert (balance.delivered, balance.quarantined, balance.imbalance) == (10, 0, 0)
    assert {Word.GARBLED_MESSAGE, Word.UNKNOWN_LINK} <= {incident.word for incident in world.incidents}


async def test_what_the_broker_tells_again_is_kept_once(world: World, broker: Broker, kafka: Kafka) -> None:
    world.prospects(10)
    await world.runtime().drain()
    copies = [
        (topic, partition, key, value)
        for topic in (broker.events, broker.decisions)
        for partition, _, key, value in messages(kafka, topic)
    ]
    assert len(copies) == 20
    put(kafka, *copies, *copies)
    world.crm.change(Object.CONTACT, "0", name="Bea")
    await world.runtime().drain()
    assert world.balance(Side.CRM).delivered == 11
    assert set(world.dialer.effects.values()) == {1}
    with world.database.read() as conn:
        newer, first = decisions.of_record(conn, TENANT, LINK, "contact/0", 9)
    assert (newer.attempt, first.attempt) == (1, 1)


async def test_topics_that_are_lost_with_all_they_held_lose_nothing(world: World, broker: Broker, kafka: Kafka) -> None:
    """Events were published and decided, none was kept; then somebody sets the broker up anew."""
    world.prospects(10)
    strikes = Strikes(Point.BEFORE_DECISION_COMMIT)
    with pytest.raises(Struck):
        await world.runtime(strikes).drain()
    assert messages(kafka, broker.decisions)
    assert world.balance(Side.CRM).in_flight == 10
    kafka.delete_topics(broker.prefix)
    await world.runtime().drain()
    assert len(world.dialer.prospects) == 10
    assert (world.balance(Side.CRM).in_flight, world.imbalance()) == (0, 0)
    assert set(world.dialer.effects.values()) == {1}


@pytest.mark.parametrize("point", [Point.AFTER_DECIDE, Point.BEFORE_DECISION_COMMIT, Point.AFTER_DECISION_COMMIT])
async def test_no_position_is_ahead_of_what_is_kept(world: World, broker: Broker, kafka: Kafka, point: Point) -> None:
    """The counterpart of `test_faust_606`: whichever step fails, each group stands at or before what is done.

    A keeper may be past decisions that it did not keep, having no lease: then they are of events behind the link's
    own position, where whoever takes the lease begins.
    """

    def behind() -> None:
        read = positions(kafka, broker, "carriers", broker.events)
        told = positions(kafka, broker, "keepers", broker.decisions)
        decided = [
            (place, at, wire.read(wire.DECISION, value).seq)
            for place, at, _, value in messages(kafka, broker.decisions)
        ]
        for place, at, _, value in messages(kafka, broker.events):
            if at < read[place]:
                assert wire.read(wire.EVENT, value).seq in {seq for _, _, seq in decided}
        with world.database.read() as conn:
            kept = decisions.decided(conn, TENANT, LINK, Side.CRM, {seq for _, _, seq in decided})
            position = log_positions.read(conn, TENANT, LINK, Side.CRM)
        assert {seq for place, at, seq in decided if at < told[place] and seq <= position} <= kept

    world.prospects(10)
    strikes = Strikes(point)
    for _ in range(2):
        with pytest.raises(Struck):
            await world.runtime(strikes).drain()
        behind()
        if point is Point.AFTER_DECISION_COMMIT:
            break  # all is kept by now: nothing is left to strike at
    strikes.on = False
    await world.runtime(strikes).drain()
    behind()
    assert len(world.dialer.prospects) == 10
    assert sum(positions(kafka, broker, "carriers", broker.events).values()) >= 10


async def test_no_value_is_readable_in_any_topic(world: World, broker: Broker, kafka: Kafka) -> None:
    """Neither what goes out nor what may not: sealed bytes, a head that routes, and a digest for a key."""
    name = canary("name")
    world.crm.put(Object.ACCOUNT, "7", {"name": canary("company"), "industry": "retail"})
    world.crm.put(Object.CONTACT, "42", {"phone": "+33123456789", "name": name}, {"account": "7"})
    world.crm.put(Object.OPPORTUNITY, "9", {"stage": "won", "margin": canary("margin")}, {"contact": "42"})
    await world.runtime().drain()
    assert world.dialer.prospects["contact/42"]["fields"]["name"] == name
    parts = list(kafka.read(broker.prefix))
    assert {where for where, _ in parts} >= {f"topic {topic}, value" for topic in (broker.events, broker.decisions)}
    for where, part in parts:
        assert sightings(part, where) == []
        for clear in (b"123456789", b"retail", b"won", b"phone", b"name"):
            assert clear not in part
