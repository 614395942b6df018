"""A carrier's two clients: what the consumer read and the producer wrote becomes true together, or not at all."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple, Self

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

from streams.counted import Rebalance
from streams.kafka.aside import Aside
from streams.kafka.places import behind
from streams.kafka.settings import CARRIERS, TRANSACTION_MILLISECONDS, Broker
from streams.kafka.stepwise import Out

#: How long a carrier sleeps at most when there is nothing, and so how soon it hears that it shall stop.
IDLE_SECONDS = 0.25
#: A little patience makes batches out of a stream that arrives message by message.
GATHER_SECONDS = 0.005
#: A transaction takes milliseconds; a broker that comes back needs a while to know its own.
ANSWER_SECONDS = 15.0
GRACE_SECONDS = 5.0


class Read(NamedTuple):
    """What was read in one go, and as which member: the broker refuses the positions of one of an earlier deal."""

    values: Sequence[bytes | None]
    behind: Sequence[TopicPartition]
    membership: Any


class Clients:
    """A consumer and its transactional producer, from the first partition to the close of both.

    A transaction goes its way aside: librdkafka 2.16 forgets the time it was given when the broker it waits for
    comes back under the same number (the offsets of a transaction were seen to wait until that broker went away
    again), so it must be possible to give one up. And the next batch can be read and decided meanwhile.
    """

    def __init__(
        self,
        broker: Broker,
        rebalanced: Callable[[frozenset[int], Rebalance], None],
        troubled: Callable[[KafkaError], None] = lambda _: None,
        patience: float = 2 * ANSWER_SECONDS,
    ) -> None:
        """`troubled` is told of what the consumer says and gets over by itself.

        `patience`: after so many seconds a transaction is given up, whatever its producer still waits for.
        """
        self._broker = broker
        self._patience = patience
        self._rebalanced = rebalanced
        self._troubled = troubled
        self._lasted = 0.0
        self._fatal: list[KafkaError] = []
        self._deal = 0
        self.consumer = Consumer(broker.consumer(CARRIERS, self._failed))
        self.producer = Producer(
            broker.producer(
                self._failed,
                **{
                    "transactional.id": f"{broker.prefix}.carrier.{broker.worker}",
                    "transaction.timeout.ms": TRANSACTION_MILLISECONDS,
                    "linger.ms": 2,
                    # Until the end of the one before is written everywhere, a broker puts the next transaction off.
                    "retry.backoff.ms": 5,
                    "batch.size": 1_000_000,
                },
            )
        )
        self._aside = Aside("transactions")

    def __enter__(self) -> Self:
        try:
            self._aside.begin(partial(self.producer.init_transactions, ANSWER_SECONDS), ANSWER_SECONDS + GRACE_SECONDS)
            self._aside.settle()
            self.consumer.subscribe(
                [self._broker.events], on_assign=self._assigned, on_revoke=self._revoked, on_lost=self._lost
            )
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def batch(self, most: int) -> Read | None:
        """What there is, at most so many. Raises KafkaException where the client cannot go on."""
        # With a transaction under way whoever waits here waits no longer than for what is there.
        first = self.consumer.poll(GATHER_SECONDS if self._aside.under_way else IDLE_SECONDS)
        deal = self._deal
        if self._fatal:
            raise KafkaException(self._fatal[0])
        if first is None:
            return None
        messages = [first, *self.consumer.consume(most - 1, GATHER_SECONDS)] if most > 1 else [first]
        if deal != self._deal:  # some of it may be another's by now
            self._aside.wait()
            self.rewind()
            return None
        flaws = [flaw for message in messages if (flaw := message.error()) is not None]
        for flaw in flaws:
            if flaw.fatal():
                raise KafkaException(flaw)
            self._troubled(flaw)
        if flaws:
            messages = [message for message in messages if message.error() is None]
        if not messages:
            return None
        # The messages themselves are let go: they hold what was read a second time.
        values = [message.value() for message in messages]
        return Read(values, behind(self._broker.events, messages), self.consumer.consumer_group_metadata())

    def send(self, topic: str, out: Sequence[Out], read: Read) -> None:
        """All of it and the position behind what was read, or nothing: `settle` says which."""
        self._aside.begin(partial(self._sent, topic, out, read.behind, read.membership), self._patience)

    def settle(self) -> float:
        """Wait for what is under way; how long a transaction took. Raises KafkaException, or Stuck."""
        self._aside.settle()
        return self._lasted

    def rewind(self) -> None:
        """Back to where the group's position is: what was read since is read again. Raises KafkaException."""
        assigned = self.consumer.assignment()
        if not assigned:
            return
        for place in self.consumer.committed(assigned, ANSWER_SECONDS):
            if place.error is not None:
                raise KafkaException(place.error)
            try:
                self.consumer.seek(TopicPartition(place.topic, place.partition, max(place.offset, 0)))
            except KafkaException as error:
                if error.args[0].code() != KafkaError._STATE:  # noqa: SLF001 - its only name
                    raise  # but what nothing was fetched of yet begins there by itself

    def _sent(self, topic: str, out: Sequence[Out], behind: Sequence[TopicPartition], membership: Any) -> None:
        producer, began = self.producer, time.monotonic()
        producer.begin_transaction()
        try:
            produce = producer.produce
            for partition, value in out:
                while True:
                    try:
                        produce(topic, value, None, partition)
                        break
                    except BufferError:
                        producer.poll(0.05)
            producer.send_offsets_to_transaction(list(behind), membership, ANSWER_SECONDS)
            producer.commit_transaction(max(ANSWER_SECONDS - (time.monotonic() - began), 1.0))
        except BaseException:
            producer.abort_transaction(ANSWER_SECONDS)
            raise
        self._lasted = time.monotonic() - began

    def _close(self) -> None:
        self._aside.wait()
        # Without a word of good-bye the group would wait for the session's end.
        self.consumer.close()
        self._aside.close()

    def _failed(self, error: KafkaError) -> None:
        if error.fatal():
            self._fatal.append(error)

    def _dealt(self, partitions: frozenset[int], kind: Rebalance) -> None:
        self._deal += 1
        # What is on its way is better true than refused, as long as the partitions are still ours.
        self._aside.wait()
        self._rebalanced(partitions, kind)

    def _assigned(self, _: Consumer, partitions: list[TopicPartition]) -> None:
        self._dealt(frozenset(place.partition for place in partitions), Rebalance.ASSIGNED)

    def _revoked(self, _: Consumer, _partitions: list[TopicPartition]) -> None:
        self._dealt(frozenset(), Rebalance.REVOKED)

    def _lost(self, _: Consumer, _partitions: list[TopicPartition]) -> None:
        self._dealt(frozenset(), Rebalance.LOST)
