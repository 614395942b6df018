"""Looks at the broker's side of things: how far each of our partitions was committed, and how far it reaches.

Neither Faust's nor a client's own idea of its lag is asked: the groups' positions and the topics' ends
are, every few seconds, from the broker. What follows from them is pure (`streams.health.Positions`).
"""

from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

from confluent_kafka import Consumer, IsolationLevel, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec

from streams.counted import Topic
from streams.health import Place, Sight
from streams.kafka.faults import Unreachable
from streams.kafka.settings import CARRIERS, KEEPERS, Broker
from streams.kafka.told import translated

ANSWER_SECONDS = 5.0
#: Offsets below zero are no places: nothing was committed there yet.
NOWHERE = 0


class Watch:
    """One look at a time, in a thread."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._meet()

    def _meet(self) -> None:
        """Clients that know nothing of the broker yet.

        An admin client never looks up again who leads a partition: after a change of leaders, such as a restart of
        the broker, it is refused for good.
        """
        broker = self._broker
        self._admin = AdminClient(broker.client())
        # These never join. The admin client has a way of asking too, but librdkafka 2.16 crashes in it where the
        # broker does not know the group: a broker that was set up anew must not take the workers with it.
        self._askers = {
            f"{broker.prefix}.{group}": Consumer(broker.client(**{"group.id": f"{broker.prefix}.{group}"}))
            for group in (CARRIERS, KEEPERS)
        }

    def look(
        self, events: frozenset[int], decisions: frozenset[int], met_ends: Mapping[int, int]
    ) -> dict[Place, Sight]:
        """What is seen of these partitions of both topics. Raises LogError."""
        return self._of(Topic.EVENTS, self._broker.events, CARRIERS, events, {}) | self._of(
            Topic.DECISIONS, self._broker.decisions, KEEPERS, decisions, met_ends
        )

    def _of(
        self, topic: Topic, name: str, group: str, partitions: frozenset[int], met_ends: Mapping[int, int]
    ) -> dict[Place, Sight]:
        if not partitions:
            return {}
        places = [TopicPartition(name, partition) for partition in sorted(partitions)]
        try:
            # What the broker has forgotten was read by nobody, or by somebody whose position it has forgotten too.
            begins = self._offsets(places, OffsetSpec.earliest())  # type: ignore[no-untyped-call]
            ends = self._offsets(places, OffsetSpec.latest())  # type: ignore[no-untyped-call]
            committed = self._committed(f"{self._broker.prefix}.{group}", places)
        except KafkaException as error:
            self._meet()
            raise translated(error, name) from None
        except TimeoutError:
            self._meet()
            raise Unreachable("no_answer_in_time", name) from None
        return {
            Place(topic.value, partition): Sight(
                max(committed.get(partition, NOWHERE), begins.get(partition, NOWHERE)),
                ends[partition],
                met_ends.get(partition, -1),
            )
            for partition in partitions
            if partition in ends
        }

    def _offsets(self, places: list[TopicPartition], which: OffsetSpec) -> dict[int, int]:
        answers: Mapping[TopicPartition, Future[Any]] = self._admin.list_offsets(
            dict.fromkeys(places, which),
            isolation_level=IsolationLevel.READ_COMMITTED,
            request_timeout=ANSWER_SECONDS,
        )
        return {place.partition: answer.result(ANSWER_SECONDS).offset for place, answer in answers.items()}

    def _committed(self, group: str, places: list[TopicPartition]) -> dict[int, int]:
        found = self._askers[group].committed(places, ANSWER_SECONDS)
        return {place.partition: max(place.offset, NOWHERE) for place in found}
