"""A carrier's two clients: what the consumer read and the producer wrote becomes true together, or not at all."""

from collections.abc import Callable, Sequence
from typing import Self

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition

from streams.counted import Rebalance
from streams.kafka.deciding import Out
from streams.kafka.settings import TRANSACTION_MILLISECONDS, Broker

GROUP = "carriers"
#: How long a carrier sleeps at most when there is nothing, and so how soon it hears that it shall stop.
IDLE_SECONDS = 0.25
#: A little patience makes batches out of a stream that arrives message by message.
GATHER_SECONDS = 0.005
ANSWER_SECONDS = 30.0


class Clients:
    """A consumer and its transactional producer, from the first partition to the close of both."""

    def __init__(self, broker: Broker, rebalanced: Callable[[frozenset[int], Rebalance], None]) -> None:
        self._broker = broker
        self._rebalanced = rebalanced
        self._fatal: list[KafkaError] = []
        self.consumer = Consumer(broker.consumer(GROUP, self._failed))
        self.producer = Producer(
            broker.producer(
                self._failed,
                **{
                    "transactional.id": f"{broker.prefix}.carrier.{broker.worker}",
                    "transaction.timeout.ms": TRANSACTION_MILLISECONDS,
                    "linger.ms": 2,
                    "batch.size": 1_000_000,
                },
            )
        )

    def __enter__(self) -> Self:
        try:
            self.producer.init_transactions(ANSWER_SECONDS)
            self.consumer.subscribe(
                [self._broker.events], on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._lost
            )
        except BaseException:
            self.consumer.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        # Without a word of good-bye the group would wait for the session's end.
        self.consumer.close()

    def batch(self, most: int) -> list[Message]:
        """What there is, at most so many. Raises KafkaException where the client cannot go on."""
        first = self.consumer.poll(IDLE_SECONDS)
        if self._fatal:
            raise KafkaException(self._fatal[0])
        if first is None:
            return []
        messages = [first, *self.consumer.consume(most - 1, GATHER_SECONDS)] if most > 1 else [first]
        flaws = [flaw for message in messages if (flaw := message.error()) is not None]
        fatal = next((flaw for flaw in flaws if flaw.fatal()), None)
        if fatal is not None:
            raise KafkaException(fatal)
        return [message for message in messages if message.error() is None] if flaws else messages

    def send(self, topic: str, out: Sequence[Out], read: Sequence[Message]) -> None:
        """All of it and the position behind what was read, or nothing. Raises KafkaException."""
        producer = self.producer
        producer.begin_transaction()
        try:
            produce = producer.produce
            for partition, key, value in out:
                while True:
                    try:
                        produce(topic, value, key, partition)
                        break
                    except BufferError:
                        producer.poll(0.05)
            producer.send_offsets_to_transaction(_behind(read), self.consumer.consumer_group_metadata(), ANSWER_SECONDS)
            producer.commit_transaction(ANSWER_SECONDS)
        except BaseException:
            producer.abort_transaction(ANSWER_SECONDS)
            raise

    def rewind(self) -> None:
        """Back to where the group's position is: what was read since is read again."""
        assigned = self.consumer.assignment()
        if not assigned:
            return
        for place in self.consumer.committed(assigned, ANSWER_SECONDS):
            begin = max(place.offset, 0)
            self.consumer.seek(TopicPartition(place.topic, place.partition, begin))

    def _failed(self, error: KafkaError) -> None:
        if error.fatal():
            self._fatal.append(error)

    def _assigned(self, _: Consumer, partitions: list[TopicPartition]) -> None:
        self._rebalanced(frozenset(place.partition for place in partitions), Rebalance.ASSIGNED)

    def _revoked(self, _: Consumer, _partitions: list[TopicPartition]) -> None:
        self._rebalanced(frozenset(), Rebalance.REVOKED)

    def _lost(self, _: Consumer, _partitions: list[TopicPartition]) -> None:
        self._rebalanced(frozenset(), Rebalance.LOST)


def _behind(messages: Sequence[Message]) -> list[TopicPartition]:
    """The position after a batch, for each partition in it."""
    last: dict[tuple[str, int], int] = {}
    for message in messages:
        last[str(message.topic()), int(message.partition() or 0)] = int(message.offset() or 0)
    return [TopicPartition(topic, partition, offset + 1) for (topic, partition), offset in last.items()]
