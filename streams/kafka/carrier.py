"""The carrier: events in, decisions out, and the position of what was read, in one transaction of the broker.

A thread of its own, for librdkafka blocks. It holds nothing between two batches: what a transaction
did not commit is read again. A batch is decided under the rulings in force when it was read; a
roll-out that comes in between is for the next one.
"""

import threading
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple, Self

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition

from mapping.decisions import Decision
from mapping.reasons import Reason
from store.errors import StoreError, Undecipherable
from store.events import bound_to
from store.keys import Purpose
from streams.counted import Rebalance, RestartCause, Stage, Topic, TransactionResult
from streams.decider import carefully, undecided
from streams.kafka import wire
from streams.kafka.payload import pack
from streams.kafka.settings import TRANSACTION_MILLISECONDS, Broker
from streams.kafka.told import code_of
from streams.link import Gear, Incident, Word
from streams.ruling import Ruling

GROUP = "carriers"
#: How long a carrier sleeps at most when there is nothing, and so how soon it hears that it shall stop.
IDLE_SECONDS = 0.25
#: A little patience makes batches out of a stream that arrives message by message.
GATHER_SECONDS = 0.005
LONGEST_BACKOFF_SECONDS = 10.0
ANSWER_SECONDS = 30.0
FENCING = frozenset({KafkaError._FENCED, KafkaError.PRODUCER_FENCED, KafkaError.INVALID_PRODUCER_EPOCH})  # noqa: SLF001 - its only name

Rulings = Callable[[str, str], Ruling | None]


class Out(NamedTuple):
    """A decision, ready to leave."""

    partition: int
    key: bytes | None
    value: bytes


class Carrier:
    """`start` it, `stop` it; in between it decides whatever partitions the group gives it."""

    def __init__(self, broker: Broker, rulings: Rulings, gear: Gear) -> None:
        self._broker = broker
        self._rulings = rulings
        self._gear = gear
        self._counts = gear.metrics.log
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        #: When the loop last turned, in the gear's seconds: it stops growing when the thread hangs.
        self.turned_at = gear.monotonic()
        #: Partitions of the events' topic that are this worker's now.
        self.assigned: frozenset[int] = frozenset()
        self.ready = threading.Event()
        self.failure: BaseException | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="carrier", daemon=True)
        self._thread.start()

    def stop(self, seconds: float) -> bool:
        """Ask it to end after its batch; whether it did in time."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(seconds)
        return self._thread is None or not self._thread.is_alive()

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            self.turned_at = self._gear.monotonic()
            try:
                with _Clients(self._broker, self._rebalanced) as clients:
                    while not self._stopping.is_set():
                        self.turned_at = self._gear.monotonic()
                        failures = self._turn(clients, failures)
            except KafkaException as error:
                failures += 1
                fenced = error.args[0].code() in FENCING
                self._counts.restarts[Stage.CARRY, RestartCause.FENCED if fenced else RestartCause.BROKER].inc()
                self._gear.report(Incident(Word.BROKER_UNAVAILABLE, where=GROUP, code=code_of(error.args[0])))
                self._pause(failures)
            except Exception as error:  # noqa: BLE001 - the thread's one broad catch: the next clients start from the broker's word
                failures += 1
                self.failure = error
                self._counts.restarts[Stage.CARRY, RestartCause.FAILED].inc()
                self._gear.report(Incident(Word.WORKER_FAILED, where=GROUP, code=type(error).__name__))
                self._pause(failures)

    def _turn(self, clients: "_Clients", failures: int) -> int:
        """One batch; how often in a row it has failed."""
        messages = clients.batch(self._broker.batch)
        if not messages:
            return failures
        try:
            self._carry(clients, messages)
        except StoreError as error:  # the keys are in the database: without it nothing can be opened
            self._gear.report(Incident(Word.DATABASE_UNAVAILABLE, where=GROUP, code=error.code))
        except KafkaException as error:
            if not error.args[0].txn_requires_abort():
                raise
            self._gear.report(Incident(Word.TRANSACTION_ABORTED, where=GROUP, code=code_of(error.args[0])))
        else:
            return 0
        self._counts.transactions[TransactionResult.ABORTED].inc()
        clients.rewind()
        self._pause(failures + 1)
        return failures + 1

    def _carry(self, clients: "_Clients", messages: Sequence[Message]) -> None:
        began = time.perf_counter()
        out = self.decided(messages)
        clients.send(self._broker.decisions, out, messages)
        self._counts.transactions[TransactionResult.COMMITTED].inc()
        self._counts.transaction_seconds.observe(time.perf_counter() - began)
        self._counts.batch[Stage.CARRY].observe(len(messages))
        self._counts.published_bytes[Topic.DECISIONS].inc(sum(len(one.value) for one in out))

    def decided(self, messages: Sequence[Message]) -> list[Out]:
        """What is decided of a batch, link by link, each link's in the order of its log."""
        by_link: dict[tuple[str, str], list[tuple[wire.Carried, bytes | None]]] = {}
        for message in messages:
            try:
                carried = wire.read(wire.EVENT, message.value())
            except wire.Garbled:
                self._gear.report(Incident(Word.GARBLED_MESSAGE, where=GROUP))
                continue
            by_link.setdefault((carried.tenant, carried.link), []).append((carried, message.key()))
        out: list[Out] = []
        for (tenant, link), items in by_link.items():
            out += self._of_link(tenant, link, items)
        return out

    def _of_link(self, tenant: str, link: str, items: list[tuple[wire.Carried, bytes | None]]) -> list[Out]:
        ruling = self._rulings(tenant, link)
        decisions = self._decide(ruling, tenant, link, [carried for carried, _ in items])
        partition = wire.partition_of_link(tenant, link, self._broker.partitions)
        sealer = self._gear.database.keys.sealer(tenant, Purpose.EVENT)
        bound = f"{tenant}|{link}|decision|"
        made = []
        for (carried, key), decision in zip(items, decisions, strict=True):
            body = pack(carried.key, decision)
            sealed = sealer.seal(body, f"{bound}{carried.seq}".encode()) if self._broker.sealed else body
            made.append(Out(partition, key, wire.decision(tenant, link, carried.seq, sealer.key_id, sealed)))
        return made

    def _decide(self, ruling: Ruling | None, tenant: str, link: str, items: list[wire.Carried]) -> list[Decision]:
        if ruling is None:
            self._gear.report(Incident(Word.UNKNOWN_LINK, link, GROUP))
            return [undecided("", Reason.UNKNOWN_LINK)] * len(items)
        revision, now = ruling.policy.revision, self._gear.clock()
        bodies = [self._opened(tenant, link, item) for item in items]
        readable = [body for body in bodies if body is not None]
        decided = iter(carefully(lambda part: ruling.outbound.decide(part, now), readable, revision))
        lost = undecided(revision, Reason.UNDECIPHERABLE)
        return [lost if body is None else next(decided) for body in bodies]

    def _opened(self, tenant: str, link: str, item: wire.Carried) -> bytes | None:
        if not self._broker.sealed:
            return item.sealed
        try:
            return self._gear.database.keys.open(tenant, item.key_id, item.sealed, bound_to(tenant, link, item.key))
        except Undecipherable:
            return None

    def _rebalanced(self, partitions: frozenset[int], kind: Rebalance) -> None:
        self.assigned = partitions
        self._counts.rebalances[Topic.EVENTS, kind].inc()
        self._counts.partitions[Topic.EVENTS].set(len(partitions))
        if partitions:
            self.ready.set()

    def _pause(self, failures: int) -> None:
        self._stopping.wait(min(0.1 * 2.0**failures, LONGEST_BACKOFF_SECONDS))


class _Clients:
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
        if any(message.error() is not None for message in messages):
            flawed = next(message.error() for message in messages if message.error() is not None)
            if flawed is not None and flawed.fatal():
                raise KafkaException(flawed)
            messages = [message for message in messages if message.error() is None]
        return messages

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
