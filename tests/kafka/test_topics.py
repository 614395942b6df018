"""Topics are made as they have to be, and refused where they are weaker. A real broker each time."""

from dataclasses import replace

import pytest
from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource, NewTopic, ResourceType

from streams.kafka import topics
from streams.kafka.faults import Refused, Unfit, Unreachable
from streams.kafka.settings import Access, Broker
from tests.services.kafka import USERS, Kafka


def broker_of(kafka: Kafka, prefix: str, **changed: object) -> Broker:
    plain = Broker(kafka.bootstrap, prefix=prefix, partitions=3, replication=1, development=True)
    return replace(plain, **changed)  # type: ignore[arg-type]


def test_what_is_missing_is_made_and_a_second_start_changes_nothing(kafka: Kafka, kafka_prefix: str) -> None:
    broker = broker_of(kafka, kafka_prefix)
    topics.settle(broker)
    topics.settle(broker)
    made = {place.topic for place in kafka.topics(kafka_prefix)}
    assert made == {broker.events, broker.decisions, broker.rollouts}


def test_two_workers_that_start_at_once_agree(kafka: Kafka, kafka_prefix: str) -> None:
    broker = broker_of(kafka, kafka_prefix)
    admin = kafka.admin()
    missing = list(topics.declared(broker))
    topics._create(admin, broker, missing)
    topics._create(admin, broker, missing)
    topics.settle(broker)


def test_another_number_of_partitions_is_refused(kafka: Kafka, kafka_prefix: str) -> None:
    topics.settle(broker_of(kafka, kafka_prefix))
    with pytest.raises(Unfit, match="topic_partitions_differ"):
        topics.settle(broker_of(kafka, kafka_prefix, partitions=5))


def test_a_compacted_topic_is_refused(kafka: Kafka, kafka_prefix: str) -> None:
    broker = broker_of(kafka, kafka_prefix)
    admin = kafka.admin()
    for answer in admin.create_topics([NewTopic(broker.events, 3, 1, config={"cleanup.policy": "compact"})]).values():
        answer.result(30)
    with pytest.raises(Unfit, match="topic_is_compacted"):
        topics.settle(broker)


def test_a_topic_that_takes_no_large_message_is_refused(kafka: Kafka, kafka_prefix: str) -> None:
    """Kafka's own default: one event above it would be refused again and again."""
    broker = broker_of(kafka, kafka_prefix)
    admin = kafka.admin()
    for answer in admin.create_topics([NewTopic(broker.decisions, 3, 1)]).values():
        answer.result(30)
    with pytest.raises(Unfit, match="topic_messages_too_small"):
        topics.settle(broker)


def test_one_replica_is_refused_outside_development(kafka: Kafka, kafka_prefix: str) -> None:
    with pytest.raises(Unfit, match="replication_below_three"):
        topics.settle(broker_of(kafka, kafka_prefix, development=False))
    topics.settle(broker_of(kafka, kafka_prefix))
    with pytest.raises(Unfit, match="topic_replication_below_three"):
        topics.settle(broker_of(kafka, kafka_prefix, development=False, replication=3))


def test_nobody_at_the_address_is_unreachable(kafka_prefix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topics, "ANSWER_SECONDS", 2.0)
    with pytest.raises(Unreachable):
        topics.settle(Broker("127.0.0.1:9", prefix=kafka_prefix, replication=1, development=True))


def test_three_brokers_are_used_as_production_wants_them(kafka_three: Kafka, kafka_prefix: str) -> None:
    broker = broker_of(kafka_three, kafka_prefix, development=False, replication=3)
    topics.settle(broker)
    admin = kafka_three.admin()
    resource = ConfigResource(ResourceType.TOPIC, broker.events)
    resource.add_incremental_config(
        ConfigEntry("min.insync.replicas", "1", incremental_operation=AlterConfigOpType.SET)
    )
    admin.incremental_alter_configs([resource])[resource].result(30)
    with pytest.raises(Unfit, match="topic_min_insync_below_two"):
        topics.settle(broker)


def test_a_wrong_password_is_refused_and_said_nowhere(kafka_secured: Kafka, kafka_prefix: str) -> None:
    told = kafka_secured.client()
    access = Access("SASL_SSL", "SCRAM-SHA-512", "admin", "not-the-password", authority=str(told["ssl.ca.location"]))
    broker = broker_of(kafka_secured, kafka_prefix, access=access)
    assert "not-the-password" not in repr(broker)
    with pytest.raises(Refused) as caught:
        topics.settle(broker)
    assert "not-the-password" not in str(caught.value)
    topics.settle(replace(broker, access=replace(access, password=USERS["admin"])))
