"""The rights that the page for operators names are enough for a worker, and end where another's part begins."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.kafka import acls
from streams.kafka import topics
from streams.kafka.faults import LogError
from streams.kafka.outlet import Outlet
from streams.kafka.settings import TOPIC_MESSAGE_BYTES, Access, Broker
from tests.services.kafka import SECONDS, Kafka
from tests.streams.conftest import a_world
from tests.streams.team import kafka_lead

USER = "ecluse"


@pytest.fixture
def broker(kafka_secured: Kafka, kafka_prefix: str) -> Broker:
    """For a user who has only what `rights` says for this prefix."""
    acls.grant(kafka_secured.client(), USER, acls.rights(kafka_prefix, creates=True))
    return reached_by(USER, kafka_secured, kafka_prefix)


def reached_by(user: str, cluster: Kafka, prefix: str) -> Broker:
    """Over TLS, with a password."""
    told = {name: str(value) for name, value in cluster.client(user).items()}
    access = Access(
        "SASL_SSL", told["sasl.mechanism"], told["sasl.username"], told["sasl.password"], told["ssl.ca.location"]
    )
    small = Broker(cluster.bootstrap, prefix=prefix, partitions=2, replication=1, session_seconds=6)
    return replace(small, development=True, access=access)


async def test_a_worker_does_all_its_work_with_these_rights(
    broker: Broker, fresh_database: str, tmp_path: Path
) -> None:
    with a_world(fresh_database, tmp_path, kafka_lead(broker, 1)) as world:
        world.prospects(3)
        runtime = world.runtime()
        await runtime.start()
        await world.until(lambda: len(world.dialer.prospects) == 3, seconds=60)
        assert await runtime.stop()


def test_a_worker_does_not_reach_the_topics_of_another_prefix(broker: Broker, kafka_secured: Kafka) -> None:
    topics.settle(broker)
    with pytest.raises(LogError):
        topics.settle(replace(broker, prefix=f"{broker.prefix}x"))
    assert not kafka_secured.topics(f"{broker.prefix}x")


def test_topics_that_an_administrator_made_are_verified_without_the_right_to_make_any(
    kafka_secured: Kafka, kafka_prefix: str, broker: Broker
) -> None:
    """The right to create is the one that may be kept back."""
    other = replace(broker, prefix=f"{kafka_prefix}.made")
    roomy = {"max.message.bytes": str(TOPIC_MESSAGE_BYTES)}
    kafka_secured.create_topics(other.events, other.decisions, partitions=2, config=roomy)
    kafka_secured.create_topics(other.rollouts, partitions=1, config=roomy)
    acls.grant(kafka_secured.client(), USER, acls.rights(other.prefix, creates=False))
    topics.settle(other)


def test_an_outlet_that_may_not_write_says_so_and_can_be_closed(kafka_secured: Kafka, kafka_prefix: str) -> None:
    broker = reached_by(USER, kafka_secured, kafka_prefix)
    kafka_secured.create_topics(broker.events, partitions=1)
    acls.grant(kafka_secured.client(), USER, [acls.Right(("Read",), "topic", broker.events)])
    outlet = Outlet(broker)
    outlet.publish(0, b"key", b"one")
    deadline = time.monotonic() + SECONDS
    while outlet.broken is None and time.monotonic() < deadline:
        outlet.hurry()
        time.sleep(0.01)
    assert outlet.broken is not None
    outlet.close(1.0)
