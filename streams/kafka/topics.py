"""The topics: declared here and nowhere else; created where they are missing, verified where they are not.

| topic | holds | key | partitions | kept | order |
| --- | --- | --- | --- | --- | --- |
| `<prefix>.events` | whole events, sealed | digest of the record | as declared | 3 days | per record |
| `<prefix>.decisions` | decisions and commands, sealed | digest of the record | as declared | 3 days | per link |
| `<prefix>.rollouts` | "look at the register", nothing more | none | 1 | 1 day | none needed |

The database holds every event until it has ended, so what the broker forgets is published again:
retention is for people who look back, not for promises. None is compacted: an event is not a state.
"""

from concurrent.futures import Future
from typing import Any, NamedTuple

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic, ResourceType  # type: ignore[attr-defined]

from streams.kafka.faults import Unfit, Unreachable
from streams.kafka.settings import Broker
from streams.kafka.told import translated

DAY_MILLISECONDS = 86_400_000
ANSWER_SECONDS = 15.0
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


def settle(broker: Broker) -> None:
    """Create what is missing, then look at all of it. Raises Unfit, Unreachable or Refused."""
    if broker.replication < SAFE_REPLICATION and not broker.development:
        raise Unfit("replication_below_three")
    admin = AdminClient(broker.client())
    try:
        known = admin.list_topics(timeout=ANSWER_SECONDS).topics
    except KafkaException as error:
        raise translated(error) from None
    missing = [topic for topic in declared(broker) if topic.name not in known]
    _create(admin, broker, missing)
    verify(broker, admin)


def verify(broker: Broker, admin: AdminClient | None = None) -> None:
    """Raise Unfit where a topic would lose, reorder or forget what it is given."""
    admin = admin or AdminClient(broker.client())
    topics = declared(broker)
    try:
        found = admin.list_topics(timeout=ANSWER_SECONDS).topics
        resources = [ConfigResource(ResourceType.TOPIC, topic.name) for topic in topics]
        configs = {
            resource.name: answer.result(ANSWER_SECONDS)
            for resource, answer in admin.describe_configs(resources, request_timeout=ANSWER_SECONDS).items()
        }
    except KafkaException as error:
        raise translated(error) from None
    except TimeoutError:
        raise Unreachable("no_answer_in_time") from None
    for topic in topics:
        _look(topic, found.get(topic.name), configs[topic.name], broker)


def _look(topic: Topic, found: Any, config: dict[str, Any], broker: Broker) -> None:
    if found is None:
        raise Unfit("topic_missing", topic.name)
    partitions = found.partitions.values()
    # Another count would send a record's next event to another partition than those that still wait.
    if len(partitions) != topic.partitions:
        raise Unfit("topic_partitions_differ", topic.name)
    if config["cleanup.policy"].value != "delete":
        raise Unfit("topic_is_compacted", topic.name)
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
                    "max.message.bytes": str(4 * 1024 * 1024),
                },
            )
            for topic in missing
        ],
        request_timeout=ANSWER_SECONDS,
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
