"""A carrier's two clients: what the consumer read and the producer wrote becomes true together, or not at all."""

from collections.abc import Callable, Sequence
from functools import partial
from queue import Empty, SimpleQueue
from threading import Thread
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
#: A transaction takes milliseconds; a broker that comes back needs a while to know its own.
ANSWER_SECONDS = 15.0
GRACE_SECONDS = 5.0


class Stuck(KafkaException):
    """A client that does not come back from what it was asked, long after its time."""

    def __init__(self) -> None:
        super().__init__(KafkaError(KafkaError._TIMED_OUT))  # noqa: SLF001 - its only name


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
            _in_time(partial(self.producer.init_transactions, ANSWER_SECONDS))
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
            group = self.consumer.consumer_group_metadata()
            _in_time(partial(producer.send_offsets_to_transaction, _behind(read), group, ANSWER_SECONDS))
            _in_time(partial(producer.commit_transaction, ANSWER_SECONDS))
        except Stuck:
            raise  # nothing can be asked of this producer any more: the next one of its name ends its transaction
        except BaseException:
            _in_time(partial(producer.abort_transaction, ANSWER_SECONDS))
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


def _in_time(call: Callable[[], object]) -> None:
    """Have a client do something, in a thread that can be given up.

    librdkafka 2.16 forgets the time it was given when the broker it waits for comes back under the same number:
    the offsets of a transaction were seen to wait until that broker went away again.
    """
    ended: SimpleQueue[BaseException | None] = SimpleQueue()

    def run() -> None:
        try:
            call()
        except BaseException as error:  # noqa: BLE001 - it is raised where it was asked for
            ended.put(error)
        else:
            ended.put(None)

    Thread(target=run, name="transaction", daemon=True).start()
    try:
        error = ended.get(timeout=ANSWER_SECONDS + GRACE_SECONDS)
    except Empty:
        raise Stuck from None
    if error is not None:
        raise error


def _behind(messages: Sequence[Message]) -> list[TopicPartition]:
    """The position after a batch, for each partition in it."""
    last: dict[tuple[str, int], int] = {}
    for message in messages:
        last[str(message.topic()), int(message.partition() or 0)] = int(message.offset() or 0)
    return [TopicPartition(topic, partition, offset + 1) for (topic, partition), offset in last.items()]
