"""The topics: declared here and nowhere else; created where they are missing, verified where they are not.

| topic | holds | key | partitions | kept | order |
| --- | --- | --- | --- | --- | --- |
| `<prefix>.events` | whole events, sealed | digest of the record | as declared | 3 days | per record |
| `<prefix>.decisions` | decisions and commands, sealed | none: a link has a partition | declared | 3 days | per link |
| `<prefix>.rollouts` | "look at the register", nothing more | none | 1 | 1 day | none needed |

The database holds every event until it has ended, so what the broker forgets is published again:
retention is for people who look back, not for promises. None is compacted: an event is not a state.
"""

import time
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, ResourceType

from streams.kafka.faults import LogError, Unfit, Unreachable
from streams.kafka.settings import TOPIC_MESSAGE_BYTES, Broker
from streams.kafka.told import is_refusal, translated

DAY_MILLISECONDS = 86_400_000
ANSWER_SECONDS = 15.0
AGAIN_SECONDS = 0.2
#: Below this, one broker that is lost takes acknowledged events with it.
SAFE_REPLICATION = 3
SAFE_IN_SYNC = 2


class Topic(NamedTuple):
    """A topic as it has to be."""

    name: str
    partitions: int
    days: int


def declared(broker: Broker) -> tuple[Topic, ...]:
    """All of them."""
    return (
        Topic(broker.events, broker.partitions, 3),
        Topic(broker.decisions, broker.partitions, 3),
        Topic(broker.rollouts, 1, 1),
    )


#: What is said of a topic that this broker, or the one that it asked, has not heard of.
_NOT_YET: Final = ("topic_missing", "unknown_topic_or_part")


def settle(broker: Broker) -> None:
    """Create what is missing, then look at all of it. Raises Unfit, Unreachable or Refused."""
    if broker.replication < SAFE_REPLICATION and not broker.development:
        raise Unfit("replication_below_three")
    with _asking(broker) as admin:
        known = admin.list_topics(timeout=ANSWER_SECONDS).topics
        _create(admin, broker, [topic for topic in declared(broker) if topic.name not in known])
    patience = time.monotonic() + ANSWER_SECONDS
    while True:
        try:
            return verify(broker)
        except LogError as fault:
            # Made by another worker a moment ago, perhaps: brokers learn of a topic one after the other.
            if fault.code not in _NOT_YET or time.monotonic() > patience:
                raise
        time.sleep(AGAIN_SECONDS)


def verify(broker: Broker) -> None:
    """Raise Unfit where a topic would lose, reorder or forget what it is given."""
    topics = declared(broker)
    with _asking(broker) as admin:
        found = admin.list_topics(timeout=ANSWER_SECONDS).topics
        missing = next((topic.name for topic in topics if topic.name not in found), None)
        if missing is not None:
            raise Unfit("topic_missing", missing)
        resources = [ConfigResource(ResourceType.TOPIC, topic.name) for topic in topics]
        configs = {
            resource.name: answer.result(ANSWER_SECONDS)
            for resource, answer in admin.describe_configs(resources, request_timeout=ANSWER_SECONDS).items()
        }
    for topic in topics:
        _look(topic, found[topic.name], configs[topic.name], broker)


@contextmanager
def _asking(broker: Broker) -> Iterator[AdminClient]:
    """A client to ask with. What keeps it from an answer is told in our words; why it was kept out rather than that."""
    heard: list[KafkaError] = []
    admin = AdminClient(broker.client(error_cb=heard.append))
    try:
        yield admin
    except KafkaException as error:
        admin.poll(0)  # what was heard is told only to who asks
        refused = next((each for each in heard if is_refusal(each)), None)
        raise translated(KafkaException(refused) if refused is not None else error) from None
    except TimeoutError:
        raise Unreachable("no_answer_in_time") from None


def _look(topic: Topic, found: Any, config: dict[str, Any], broker: Broker) -> None:
    partitions = found.partitions.values()
    # Another count would send a record's next event to another partition than those that still wait.
    if len(partitions) != topic.partitions:
        raise Unfit("topic_partitions_differ", topic.name)
    if config["cleanup.policy"].value != "delete":
        raise Unfit("topic_is_compacted", topic.name)
    # One event above it would be refused again and again, and all behind it wait.
    if int(config["max.message.bytes"].value) < TOPIC_MESSAGE_BYTES:
        raise Unfit("topic_messages_too_small", topic.name)
    if broker.development:
        return
    if min(len(partition.replicas) for partition in partitions) < SAFE_REPLICATION:
        raise Unfit("topic_replication_below_three", topic.name)
    if int(config["min.insync.replicas"].value) < SAFE_IN_SYNC:
        raise Unfit("topic_min_insync_below_two", topic.name)
    if config["unclean.leader.election.enable"].value == "true":
        raise Unfit("topic_unclean_election", topic.name)


def _create(admin: AdminClient, broker: Broker, missing: list[Topic]) -> None:
    if not missing:
        return
    in_sync = SAFE_IN_SYNC if broker.replication >= SAFE_REPLICATION else 1
    made: dict[str, Future[None]] = admin.create_topics(
        [
            NewTopic(
                topic.name,
                topic.partitions,
                broker.replication,
                config={
                    "cleanup.policy": "delete",
                    "retention.ms": str(topic.days * DAY_MILLISECONDS),
                    "min.insync.replicas": str(in_sync),
                    "unclean.leader.election.enable": "false",
                    "max.message.bytes": str(TOPIC_MESSAGE_BYTES),
                },
            )
            for topic in missing
        ],
        request_timeout=ANSWER_SECONDS,
        operation_timeout=ANSWER_SECONDS,
    )
    for name, answer in made.items():
        try:
            answer.result(ANSWER_SECONDS)
        except KafkaException as error:
            # Another worker that starts at the same time may have been first.
            if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
                raise translated(error, name) from None
        except TimeoutError:
            raise Unreachable("no_answer_in_time", name) from None
