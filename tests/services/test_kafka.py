"""The brokers that tests lean on stand up, keep what they acknowledged, and let in whom they should."""

import time
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Producer

from tests.canary import canary
from tests.services.kafka import SECONDS, Kafka

LZ4: dict[str, Any] = {"compression.type": "lz4"}


def produce(cluster: Kafka, topic: str, *values: str, patience: int = SECONDS, **settings: Any) -> list[str]:
    """Send, and return the names of what went wrong; an empty list says that all is acknowledged."""
    refused: list[str] = []
    producer = Producer({**cluster.client(), "acks": "all", "delivery.timeout.ms": patience * 1000, **settings})
    for value in values:
        producer.produce(
            topic, value, on_delivery=lambda problem, _: refused.append(problem.name()) if problem else None
        )
    assert producer.flush(patience + SECONDS) == 0
    return refused


def values(cluster: Kafka, prefix: str) -> list[bytes]:
    return sorted(part for where, part in cluster.read(prefix) if where.endswith("value"))


def test_what_is_produced_is_consumed_by_a_group(kafka: Kafka, kafka_prefix: str) -> None:
    topic = f"{kafka_prefix}.events"
    kafka.create_topics(topic)
    assert produce(kafka, topic, "one", "two", "three") == []
    consumer = Consumer({**kafka.client(), "group.id": f"{kafka_prefix}.group", "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    got: list[bytes] = []
    while len(got) < 3:
        got += [message.value() or b"" for message in consumer.consume(3 - len(got), timeout=SECONDS)]
    consumer.close()
    assert sorted(got) == [b"one", b"three", b"two"]


def test_a_transaction_that_is_broken_off_is_not_seen_by_who_reads_committed(kafka: Kafka, kafka_prefix: str) -> None:
    topic = f"{kafka_prefix}.decisions"
    kafka.create_topics(topic, partitions=1)
    producer = Producer({**kafka.client(), "transactional.id": f"{kafka_prefix}.carrier"})
    producer.init_transactions(SECONDS)
    for value, end in [("dropped", producer.abort_transaction), ("kept", producer.commit_transaction)]:
        producer.begin_transaction()
        producer.produce(topic, value)
        producer.flush(SECONDS)
        end(SECONDS)
    reader = {"group.id": f"{kafka_prefix}.keepers", "auto.offset.reset": "earliest"}
    consumer = Consumer({**kafka.client(), **reader, "isolation.level": "read_committed"})
    consumer.subscribe([topic])
    [first] = consumer.consume(1, timeout=SECONDS)
    consumer.close()
    assert first.value() == b"kept"
    assert values(kafka, kafka_prefix) == [b"dropped", b"kept"]


def test_what_a_broker_acknowledged_is_there_after_it_was_killed(kafka: Kafka, kafka_prefix: str) -> None:
    topic = f"{kafka_prefix}.events"
    kafka.create_topics(topic)
    assert produce(kafka, topic, "before") == []
    kafka.stop(hard=True)
    assert produce(kafka, topic, "while it is away", patience=1) == ["_MSG_TIMED_OUT"]
    kafka.start()
    assert produce(kafka, topic, "after") == []
    assert values(kafka, kafka_prefix) == [b"after", b"before"]


def test_of_three_brokers_one_may_be_lost_and_two_may_not(kafka_three: Kafka, kafka_prefix: str) -> None:
    topic = f"{kafka_prefix}.events"
    kafka_three.create_topics(topic, partitions=3)
    assert produce(kafka_three, topic, *"abc") == []
    kafka_three.nodes[0].stop(hard=True)
    assert produce(kafka_three, topic, *"def") == []
    kafka_three.nodes[1].stop(hard=True)
    assert set(produce(kafka_three, topic, *"ghi", patience=2)) == {"_MSG_TIMED_OUT"}
    kafka_three.start()
    deadline, acknowledged = time.monotonic() + SECONDS, {value.encode() for value in "abcdef"}
    while missing := acknowledged.difference(values(kafka_three, kafka_prefix)):  # shown once the copies agree again
        assert time.monotonic() < deadline, missing


def test_a_client_with_the_authority_and_the_password_gets_in(kafka_secured: Kafka, kafka_prefix: str) -> None:
    kafka_secured.create_topics(f"{kafka_prefix}.events")
    assert produce(kafka_secured, f"{kafka_prefix}.events", "one") == []
    assert values(kafka_secured, kafka_prefix) == [b"one"]


@pytest.mark.parametrize(
    ("otherwise", "problem"),
    [
        pytest.param({"sasl.password": "wrong"}, "_AUTHENTICATION", id="a wrong password"),
        pytest.param({"sasl.username": "nobody"}, "_AUTHENTICATION", id="an unknown name"),
        pytest.param({"security.protocol": "plaintext"}, "_ALL_BROKERS_DOWN", id="in plain text"),
        pytest.param({"security.protocol": "ssl"}, "_ALL_BROKERS_DOWN", id="without a login"),
        pytest.param({"ssl.ca.location": ""}, "_SSL", id="without trusting the authority"),
    ],
)
def test_a_client_does_not_get_in_otherwise(kafka_secured: Kafka, otherwise: dict[str, str], problem: str) -> None:
    heard: list[KafkaError] = []
    settings = {name: value for name, value in {**kafka_secured.client(), **otherwise}.items() if value}
    producer = Producer({**settings, "error_cb": heard.append})
    deadline = time.monotonic() + SECONDS
    while not heard and time.monotonic() < deadline:
        producer.poll(0.1)
    assert heard[0].name() == problem
    with pytest.raises(KafkaException):
        producer.list_topics(timeout=0.2)


def test_a_user_without_acls_may_write_nothing(kafka_secured: Kafka, kafka_prefix: str) -> None:
    topic = f"{kafka_prefix}.events"
    kafka_secured.create_topics(topic)
    ecluse: dict[str, Any] = {
        name: value for name, value in kafka_secured.client("ecluse").items() if name.startswith("sasl")
    }
    assert produce(kafka_secured, topic, "one", **ecluse) == ["TOPIC_AUTHORIZATION_FAILED"]


@pytest.mark.plants_canaries
def test_a_canary_in_any_topic_is_found(kafka: Kafka, kafka_prefix: str) -> None:
    kafka.create_topics(f"{kafka_prefix}.events")
    assert produce(kafka, f"{kafka_prefix}.events", canary("notes"), **LZ4) == []
    with pytest.raises(pytest.fail.Exception, match=r"canaries seen: topic .*, value: as it is"):
        kafka.search(kafka_prefix)


def test_all_tests_with_a_broker_but_those_that_kill_workers_run_in_one_process(
    request: pytest.FixtureRequest, kafka: Kafka
) -> None:
    if not request.config.getoption("loadgroup", default=False):
        pytest.skip("this run does not put tests in groups")
    assert request.node.nodeid.endswith("@kafka")
