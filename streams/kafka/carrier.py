"""The carrier: events in, decisions out, and the position of what was read, in one transaction of the broker.

A thread of its own, for librdkafka blocks. While one batch is committed the next one is read and decided,
and thrown away if the first does not succeed: what a transaction did not commit is read again. A batch is
decided under the rulings in force when it was read; a roll-out that comes in between is for the next one.
"""

import threading
import time
from collections.abc import Sequence
from typing import NamedTuple

from confluent_kafka import KafkaError, KafkaException

from mapping.words import Side
from store.errors import StoreError
from streams.counted import Rebalance, RestartCause, Stage, Topic, TransactionResult
from streams.failpoints import Point
from streams.kafka.clients import Clients, Read
from streams.kafka.deciding import Deciding
from streams.kafka.settings import CARRIERS, Broker
from streams.kafka.stepwise import Out, Rulings
from streams.kafka.told import code_of
from streams.link import Gear, Incident, Word

LONGEST_BACKOFF_SECONDS = 10.0
#: A transaction takes milliseconds. After a bounce of the broker its producer often does not come back at all, and
#: another one is ready within two seconds; but where the broker is only slow, giving up sooner makes nothing faster.
PATIENCE_SECONDS, LONGEST_PATIENCE_SECONDS = 10.0, 35.0
#: Another producer has taken our name.
FENCING = frozenset({
    KafkaError._FENCED,  # noqa: SLF001 - librdkafka's own codes have no public name
    KafkaError.PRODUCER_FENCED,
    KafkaError.INVALID_PRODUCER_EPOCH,
})  # fmt: skip


class _Batch(NamedTuple):
    """How much is being committed: events, and bytes in and out."""

    events: int
    read: int
    written: int


class Carrier:
    """`start` it, `stop` it; in between it decides whatever partitions the group gives it."""

    def __init__(self, broker: Broker, rulings: Rulings, gear: Gear) -> None:
        self._broker = broker
        self._deciding = Deciding(broker, rulings, gear)
        self._gear = gear
        self._counts = gear.metrics.log
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        #: Of what is being committed.
        self._under_way: _Batch | None = None
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
            self._under_way = None
            try:
                patience = min(PATIENCE_SECONDS * 2.0**failures, LONGEST_PATIENCE_SECONDS)
                with Clients(self._broker, self._rebalanced, self._troubled, patience) as clients:
                    while not self._stopping.is_set():
                        failures = self._turn(clients, failures)
                    self._settled(clients)
            except KafkaException as error:
                failures += 1
                fenced = error.args[0].code() in FENCING
                if fenced:
                    self._counts.transactions[TransactionResult.FENCED].inc()
                self._counts.restarts[Stage.CARRY, RestartCause.FENCED if fenced else RestartCause.BROKER].inc()
                self._troubled(error.args[0])
                self._pause(failures)
            except Exception as error:  # noqa: BLE001 - the thread's one broad catch: the next clients start from the broker's word
                failures += 1
                self.failure = error
                self._counts.restarts[Stage.CARRY, RestartCause.FAILED].inc()
                self._gear.report(Incident(Word.WORKER_FAILED, where=CARRIERS, code=type(error).__name__))
                self._pause(failures)

    def _turn(self, clients: Clients, failures: int) -> int:
        """One batch, decided while the one before it is committed; how often in a row it has failed."""
        self.turned_at = self._gear.monotonic()
        self._deciding.idle()
        read, again = clients.batch(self._broker.batch), False
        out: Sequence[Out] = ()
        if read is not None:
            try:
                out = self._decided(read)
            except StoreError as error:  # the keys are in the database: without it nothing can be opened
                again = True
                self._gear.report(Incident(Word.DATABASE_UNAVAILABLE, where=CARRIERS, code=error.code))
        committed = self._settled(clients)
        self.turned_at = self._gear.monotonic()
        if again or committed is False:
            clients.rewind()
            self._pause(failures + 1)
            return failures + 1
        if read is not None:
            clients.send(self._broker.decisions, out, read)
            written = sum([len(one.value) for one in out])
            self._under_way = _Batch(len(read.values), sum([len(value or b"") for value in read.values]), written)
        return 0 if committed else failures

    def _decided(self, read: Read) -> Sequence[Out]:
        began = time.perf_counter()
        out = self._deciding.decided(read.values)
        self._gear.metrics.decision[Side.CRM].observe((time.perf_counter() - began) / len(read.values))
        self._gear.failpoints.reach(Point.AFTER_DECIDE)
        return out

    def _settled(self, clients: Clients) -> bool | None:
        """Wait for the transaction that is under way: whether it was committed; None where none was."""
        batch, self._under_way = self._under_way, None
        if batch is None:
            return None
        try:
            seconds = clients.settle()
        except KafkaException as error:
            if not error.args[0].txn_requires_abort():
                raise
            self._gear.report(Incident(Word.TRANSACTION_ABORTED, where=CARRIERS, code=code_of(error.args[0])))
            self._counts.transactions[TransactionResult.ABORTED].inc()
            return False
        self._counts.transactions[TransactionResult.COMMITTED].inc()
        self._counts.transaction_seconds.observe(seconds)
        self._counts.batch[Stage.CARRY].observe(batch.events)
        self._counts.consumed_bytes[Topic.EVENTS].inc(batch.read)
        self._counts.published_bytes[Topic.DECISIONS].inc(batch.written)
        return True

    def _troubled(self, flaw: KafkaError) -> None:
        self._gear.report(Incident(Word.BROKER_UNAVAILABLE, where=CARRIERS, code=code_of(flaw)))

    def _rebalanced(self, partitions: frozenset[int], kind: Rebalance) -> None:
        self.assigned = partitions
        self._counts.rebalances[Topic.EVENTS, kind].inc()
        self._counts.partitions[Topic.EVENTS].set(len(partitions))
        if partitions:
            self.ready.set()

    def _pause(self, failures: int) -> None:
        self._stopping.wait(min(0.1 * 2.0**failures, LONGEST_BACKOFF_SECONDS))
