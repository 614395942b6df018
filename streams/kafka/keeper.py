"""The keeper: reads decisions from the broker and has them kept in the database, each once.

Its part of the decisions' topic says which links this worker works for: it polls them, publishes
their events and delivers their commands, all under the link's lease. The position at the broker is
committed after the database has kept; what is read twice is known by its seq.
"""

import asyncio
import threading
from collections import Counter
from collections.abc import Coroutine, Sequence
from typing import Any, Protocol

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from store.errors import Closed, CommitInDoubt, Fenced, Unavailable
from streams.counted import Rebalance, RestartCause, Stage, Topic
from streams.kafka import wire
from streams.kafka.places import behind
from streams.kafka.settings import KEEPERS, Broker
from streams.kafka.told import code_of
from streams.link import Gear, Incident, Word

MOST = 2_000
IDLE_SECONDS = 0.25
GATHER_SECONDS = 0.002
#: A link whose lease another still holds is asked for again so often.
RETRY_SECONDS = 0.2
LONGEST_BACKOFF_SECONDS = 10.0
#: So often it begins again at the broker's word before it goes on without one link's decisions.
MOST_TRIPS = 3
ANSWER_SECONDS = 30.0


class Household(Protocol):
    """What a keeper serves. All of it runs in the event loop."""

    async def own(self, partitions: frozenset[int]) -> None:
        """Work for the links of these partitions, and leave all others: when it returns, they are left."""
        ...

    async def keep_decided(self, tenant: str, link: str, carried: Sequence[wire.Carried]) -> None:
        """Keep decisions of one link, in order, or pass them over: what is not kept is published again.

        Raises Fenced where the lease was lost meanwhile, StoreError.
        """
        ...


class Keeper:
    """A thread for librdkafka; everything else is done in the event loop that it was started in."""

    def __init__(self, broker: Broker, gear: Gear, household: Household) -> None:
        self._broker = broker
        self._gear = gear
        self._household = household
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._rebalances = 0
        #: How often in a row it ended over a link's decisions, by tenant and name.
        self._tripped: Counter[tuple[str, str]] = Counter()
        self.turned_at = gear.monotonic()
        self.assigned: frozenset[int] = frozenset()
        #: Where the reader was last told that nothing is left: markers of transactions take offsets too.
        self.met_ends: dict[int, int] = {}
        self.ready = threading.Event()
        self.failure: BaseException | None = None

    def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)
        self._thread.start()

    def ask_to_stop(self) -> None:
        self._stopping.set()

    def stopped(self, seconds: float) -> bool:
        """Whether it ended in time. Not to be called in the event loop, which it may be waiting for."""
        if self._thread is not None:
            self._thread.join(seconds)
        return self._thread is None or not self._thread.is_alive()

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            consumer = None
            try:
                consumer = Consumer({**self._broker.consumer(KEEPERS, lambda _: None), "enable.partition.eof": True})
                consumer.subscribe(
                    [self._broker.decisions], on_assign=self._assign, on_revoke=self._revoke, on_lost=self._lost
                )
                while not self._stopping.is_set():
                    self.turned_at = self._gear.monotonic()
                    self._turn(consumer)
                    failures = 0
            except KafkaException as error:
                failures += 1
                self._gear.report(Incident(Word.BROKER_UNAVAILABLE, where=KEEPERS, code=code_of(error.args[0])))
                self._gear.metrics.log.restarts[Stage.KEEP, RestartCause.BROKER].inc()
            except Exception as error:  # noqa: BLE001 - the thread's one broad catch: the next consumer starts from the broker's word
                failures += 1
                self.failure = error
                self._gear.report(Incident(Word.WORKER_FAILED, where=KEEPERS, code=type(error).__name__))
                self._gear.metrics.log.restarts[Stage.KEEP, RestartCause.FAILED].inc()
            finally:
                # Tells the group that we go: it would wait for the session's end otherwise.
                if consumer is not None:
                    consumer.close()
            if failures:
                self._stopping.wait(min(0.1 * 2.0**failures, LONGEST_BACKOFF_SECONDS))

    def _turn(self, consumer: Consumer) -> None:
        first = consumer.poll(IDLE_SECONDS)
        if first is None:
            return
        messages = [first, *consumer.consume(MOST - 1, GATHER_SECONDS)]
        for flaw in (message.error() for message in messages):
            if flaw is not None and flaw.fatal():
                raise KafkaException(flaw)
            if flaw is not None and flaw.code() != KafkaError._PARTITION_EOF:  # noqa: SLF001 - its only name
                self._gear.report(Incident(Word.BROKER_UNAVAILABLE, where=KEEPERS, code=code_of(flaw)))
        # The group may have been dealt anew between the two calls: what is another's now is that one's to keep.
        messages = [
            message for message in messages if not self._is_end(message) and message.partition() in self.assigned
        ]
        if messages and self._kept(consumer, messages):
            consumer.commit(offsets=behind(self._broker.decisions, messages), asynchronous=False)
            self._gear.metrics.log.consumed_bytes[Topic.DECISIONS].inc(sum(map(len, messages)))

    def _is_end(self, message: Message) -> bool:
        """Whether this is no message but the word that there is none left, or a passing trouble."""
        error = message.error()
        if error is not None and error.code() == KafkaError._PARTITION_EOF:  # noqa: SLF001 - its only name
            self.met_ends[int(message.partition() or 0)] = int(message.offset() or 0)
        return error is not None

    def _kept(self, consumer: Consumer, messages: Sequence[Message]) -> bool:
        """Have all of it kept, however long that takes; False where the group has been dealt anew meanwhile."""
        waiting = self._by_link(messages)
        begun = self._rebalances
        failures = 0
        while waiting and not self._stopping.is_set():
            away = self._keep_each(waiting)
            failures += away
            if waiting:
                self._linger(consumer, min(2.0**failures, LONGEST_BACKOFF_SECONDS) if away else RETRY_SECONDS)
            if self._rebalances != begun:
                return False
        return not waiting

    def _keep_each(self, waiting: dict[tuple[str, str], list[wire.Carried]]) -> bool:
        """Take out what is kept, link by link; whether the database is away, and nobody else needs to be asked."""
        for name in list(waiting):
            if self._stopping.is_set():
                break
            self.turned_at = self._gear.monotonic()  # many links take many times as long as one
            try:
                self._ask(self._household.keep_decided(*name, waiting[name]))
            except Fenced:
                continue  # its lease was lost: it ends by itself
            except (Unavailable, CommitInDoubt, Closed) as error:
                self._gear.report(Incident(Word.DATABASE_UNAVAILABLE, name[1], KEEPERS, error.code))
                return True
            except Exception as error:
                self._tripped[name] += 1
                if self._tripped[name] < MOST_TRIPS:
                    raise
                # What one link trips over must not stop all others. Not lost: its events are published again,
                # and their age is seen.
                self._gear.report(Incident(Word.WORKER_FAILED, name[1], KEEPERS, type(error).__name__))
            del waiting[name]
            self._tripped.pop(name, None)
        return False

    def _linger(self, consumer: Consumer, seconds: float) -> None:
        """Stay a member of the group, and read nothing."""
        assigned = consumer.assignment()
        consumer.pause(assigned)
        try:
            self.turned_at = self._gear.monotonic()
            stray = consumer.poll(seconds)
            if stray is not None and not self._is_end(stray):
                # It had left the broker before the pause: it must not be passed over.
                consumer.seek(TopicPartition(str(stray.topic()), int(stray.partition() or 0), int(stray.offset() or 0)))
        finally:
            # All of it, whoever has it now: what was taken away meanwhile would stay set aside when it comes back.
            consumer.resume(assigned)

    def _by_link(self, messages: Sequence[Message]) -> dict[tuple[str, str], list[wire.Carried]]:
        by_link: dict[tuple[str, str], list[wire.Carried]] = {}
        for message in messages:
            try:
                carried = wire.read(wire.DECISION, message.value())
            except wire.Garbled:
                self._gear.report(Incident(Word.GARBLED_MESSAGE, where=KEEPERS))
                continue
            by_link.setdefault((carried.tenant, carried.link), []).append(carried)
        return by_link

    def _assign(self, _: Consumer, partitions: list[TopicPartition]) -> None:
        self._dealt(frozenset(place.partition for place in partitions), Rebalance.ASSIGNED)

    def _revoke(self, _: Consumer, _partitions: list[TopicPartition]) -> None:
        self._dealt(frozenset(), Rebalance.REVOKED)

    def _lost(self, _: Consumer, _partitions: list[TopicPartition]) -> None:
        self._dealt(frozenset(), Rebalance.LOST)

    def _dealt(self, partitions: frozenset[int], kind: Rebalance) -> None:
        self._rebalances += 1
        self.assigned = partitions
        self._gear.metrics.log.rebalances[Topic.DECISIONS, kind].inc()
        self._gear.metrics.log.partitions[Topic.DECISIONS].set(len(partitions))
        self._ask(self._household.own(partitions))
        if partitions:
            self.ready.set()

    def _ask(self, work: Coroutine[Any, Any, None]) -> None:
        if self._loop is None:
            raise RuntimeError("keeper_not_started")
        asyncio.run_coroutine_threadsafe(work, self._loop).result()
