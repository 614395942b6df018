"""How far each partition was committed and reaches, as a real broker says: markers, open transactions and all."""

import time

import pytest
from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition

from streams.counted import Topic
from streams.health import Place, Sight
from streams.kafka import topics
from streams.kafka.faults import LogError
from streams.kafka.settings import CARRIERS, KEEPERS, Broker
from streams.kafka.watch import Watch
from tests.services.kafka import Kafka

pytestmark = pytest.mark.kafka

SECONDS = 30.0
DECISIONS = Place(Topic.DECISIONS.value, 0)
EVENTS = Place(Topic.EVENTS.value, 0)


class Log:
    """Both topics of a broker, with one partition each, and who writes and reads there."""

    def __init__(self, kafka: Kafka, prefix: str) -> None:
        self.kafka = kafka
        self.broker = Broker(kafka.bootstrap, prefix=prefix, partitions=1, replication=1, development=True)
        topics.settle(self.broker)
        self.watch = Watch(self.broker)

    def writer(self, name: str) -> Producer:
        producer = Producer({**self.kafka.client(), "transactional.id": f"{self.broker.prefix}.{name}"})
        producer.init_transactions(SECONDS)
        return producer

    def write(self, producer: Producer, count: int = 3) -> None:
        producer.begin_transaction()
        for number in range(count):
            producer.produce(self.broker.decisions, str(number).encode(), partition=0)
        producer.flush(SECONDS)

    def read_all(self) -> int:
        """Read and commit as a keeper does; the offset at which it was told that nothing is left."""
        reader = Consumer({
            **self.broker.consumer(KEEPERS, lambda _: None), "enable.partition.eof": True,
        })  # fmt: skip
        reader.assign([TopicPartition(self.broker.decisions, 0, 0)])
        behind = 0
        while True:
            message = reader.poll(SECONDS)
            assert message is not None, "the broker does not answer"
            error = message.error()
            if error is not None:
                assert error.code() == KafkaError._PARTITION_EOF
                break
            behind = int(message.offset() or 0) + 1
        if behind:
            reader.commit(offsets=[TopicPartition(self.broker.decisions, 0, behind)], asynchronous=False)
        reader.close()
        return int(message.offset() or 0)

    def settled(self, end: int) -> None:
        """A transaction is committed once its coordinator knows; its marker is in the log a moment later."""
        deadline = time.monotonic() + SECONDS
        while self.sight().end != end:
            assert time.monotonic() < deadline, "the marker never came"

    def sight(self, met_end: int = -1) -> Sight:
        return self.look({} if met_end < 0 else {0: met_end})[DECISIONS]

    def look(self, met_ends: dict[int, int]) -> dict[Place, Sight]:
        """Of both topics. A partition that was just made has no leader for a moment: then nothing can be seen."""
        deadline = time.monotonic() + SECONDS
        while True:
            try:
                return self.watch.look(frozenset({0}), frozenset({0}), met_ends)
            except LogError:
                if time.monotonic() > deadline:
                    raise


@pytest.fixture
def log(kafka: Kafka, kafka_prefix: str) -> Log:
    return Log(kafka, kafka_prefix)


def test_what_was_never_written_or_read_is_no_lag(log: Log) -> None:
    assert log.look({}) == {DECISIONS: Sight(0, 0), EVENTS: Sight(0, 0)}


def test_what_waits_is_a_lag_and_the_marker_behind_it_none_once_all_is_read(log: Log) -> None:
    writer = log.writer("one")
    log.write(writer, 3)
    writer.commit_transaction(SECONDS)
    log.settled(4)
    assert log.sight().lag == 4, "three decisions and a marker: before it is read, nobody can tell them apart"
    met = log.read_all()
    seen = log.sight(met)
    assert (seen.position, seen.end) == (3, 4), "the position stays before the marker for ever"
    assert seen.lag == 0
    assert log.sight().lag == 1, "this is what would be a false alarm"


def test_what_an_open_transaction_has_written_is_nobodys_lag_yet(log: Log) -> None:
    writer = log.writer("one")
    log.write(writer, 5)
    assert log.sight() == Sight(0, 0)
    writer.abort_transaction(SECONDS)
    log.settled(6)
    met = log.read_all()
    seen = log.sight(met)
    assert seen.end == 6, "aborted, the five and the marker are in the log and are told to nobody"
    assert seen.position == 0
    assert seen.lag == 0


def test_what_the_broker_has_forgotten_is_not_waited_for(log: Log) -> None:
    """Workers that were down for longer than the log is kept come back to a position before its beginning."""
    writer = log.writer("one")
    log.write(writer, 4)
    writer.commit_transaction(SECONDS)
    log.settled(5)
    admin = log.kafka.admin()
    for done in admin.delete_records([TopicPartition(log.broker.decisions, 0, 5)]).values():
        done.result(SECONDS)
    assert log.sight() == Sight(5, 5)


def test_the_two_groups_are_asked_apart(log: Log) -> None:
    writer = log.writer("one")
    log.write(writer, 2)
    writer.commit_transaction(SECONDS)
    log.settled(3)
    log.read_all()
    seen = log.look({})
    assert seen[DECISIONS].position == 2
    assert seen[EVENTS].position == 0
    assert CARRIERS != KEEPERS


@pytest.mark.parametrize("hard", [True, False])
def test_a_broker_that_restarts_is_seen_again(log: Log, *, hard: bool) -> None:
    """Its partitions have a new epoch of their leader then, of which an admin client hears nothing by itself."""
    log.write(producer := log.writer("carrier"))
    producer.commit_transaction(SECONDS)
    log.settled(4)
    log.kafka.stop(hard=hard)
    log.kafka.start()
    # A coordinator that was killed before it noted the marker down writes it once more.
    assert log.look({})[DECISIONS].end in ({4, 5} if hard else {4})
