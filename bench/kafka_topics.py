"""The broker of the bench, and its topics seen from outside: filled, watched, counted, dropped."""

import os
import shutil
import socket
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import wait
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from confluent_kafka import (
    Consumer,
    ConsumerGroupState,
    IsolationLevel,
    KafkaException,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import (
    AdminClient,
    NewTopic,
    OffsetSpec,
)

from deploy.kafka import jars
from deploy.kafka.cluster import Cluster
from deploy.kafka.nodes import Ports, Shape

CACHE = Path(__file__).resolve().parents[1] / ".cache" / "bench"
PARTITIONS = 2
ANSWER_SECONDS = 20.0
#: A broker that gets no CPU for a while is not to be taken for dead by its own controller. In a file of properties,
#: what is said last holds.
PATIENT = "broker.session.timeout.ms=30000\n"


class Item(NamedTuple):
    """A message to be put into a topic."""

    partition: int
    key: bytes
    value: bytes


@contextmanager
def broker() -> Iterator[str]:
    """The address of a broker of our own, gone afterwards with all its data; or of the one BENCH_KAFKA names."""
    given = os.environ.get("BENCH_KAFKA")
    if given:
        yield given
        return
    libs = jars.fetch()
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="broker-", dir=CACHE, ignore_cleanup_errors=True) as folder:
        shape = Shape([Ports(free_port(), free_port(), free_port())], java=("-Xms1g", "-Xmx1g"), before=dies_with_us())
        cluster = Cluster(libs, Path(folder), shape)
        try:
            cluster.create()
            for node in cluster.nodes:
                with node.properties.open("a", encoding="utf-8") as settings:
                    settings.write(PATIENT)
            cluster.start()
            yield cluster.bootstrap
        finally:
            cluster.stop(hard=True)


def dies_with_us() -> list[str]:
    """Words before a command: should the bench be killed, so is what it started."""
    return ["setpriv", "--pdeathsig=KILL"] if shutil.which("setpriv") else []


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Topics:
    """What the bench does with a broker. Everything here ends, or raises, in bounded time."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap
        self._admin = AdminClient(self._client())
        self._askers: dict[str, Consumer] = {}

    def _client(self, **more: Any) -> dict[str, Any]:
        return {"bootstrap.servers": self.bootstrap, "log_level": 0, **more}

    def make(self, name: str, partitions: int = PARTITIONS) -> str:
        """A topic that has a leader for each partition when this returns. Raises KafkaException."""
        config = {"max.message.bytes": str(4 << 20), "retention.ms": "-1"}
        new = NewTopic(name, partitions, 1, config=config)
        self._admin.create_topics([new])[name].result(ANSWER_SECONDS)
        self.ends(name, partitions)
        return name

    def names(self) -> set[str]:
        return set(self._admin.list_topics(timeout=ANSWER_SECONDS).topics)

    def drop(self, *names: str) -> None:
        """Topics, and whatever was kept of the groups that read them."""
        while self._askers:
            self._askers.popitem()[1].close()
        wait(self._admin.delete_topics(list(names), operation_timeout=ANSWER_SECONDS).values(), ANSWER_SECONDS)

    def ends(self, name: str, partitions: int = PARTITIONS) -> dict[int, int]:
        """Up to where each partition can be read by whoever reads what was committed only; waits for their leaders."""
        until = time.monotonic() + ANSWER_SECONDS
        while True:
            try:
                return self._ends(name, partitions)
            except KafkaException:
                if time.monotonic() > until:
                    raise
                time.sleep(0.05)
                # The client remembers that it did not know a topic until it is made to look again.
                with suppress(KafkaException):
                    self._admin.list_topics(name, timeout=ANSWER_SECONDS)

    def _ends(self, name: str, partitions: int) -> dict[int, int]:
        asked = {TopicPartition(name, partition): OffsetSpec.latest() for partition in range(partitions)}  # type: ignore[no-untyped-call]
        told = self._admin.list_offsets(asked, isolation_level=IsolationLevel.READ_COMMITTED)
        return {place.partition: answer.result(ANSWER_SECONDS).offset for place, answer in told.items()}

    def committed(self, group: str, name: str) -> int:
        """How many records of a topic a group has said to be done with."""
        # A consumer that never joins: the admin client's own way of asking crashes where there is no such group yet.
        if group not in self._askers:
            self._askers[group] = Consumer(self._client(**{"group.id": group, "enable.auto.commit": False}))
        asked = [TopicPartition(name, partition) for partition in range(PARTITIONS)]
        told = self._askers[group].committed(asked, ANSWER_SECONDS)
        return sum(max(place.offset, 0) for place in told)

    def members(self, group: str) -> int:
        """How many members of a group have been dealt partitions; 0 while it is dealing."""
        try:
            told = self._admin.describe_consumer_groups([group])[group].result(ANSWER_SECONDS)
        except KafkaException:
            return 0
        if told.state != ConsumerGroupState.STABLE:
            return 0
        return sum(bool(member.assignment and member.assignment.topic_partitions) for member in told.members)

    def fill(self, name: str, items: Iterable[Item]) -> int:
        """Put all of it in; how many there were. Raises when one of them was not taken."""
        refused: list[Any] = []
        settings = {"linger.ms": 20, "batch.size": 1_000_000, "queue.buffering.max.messages": 200_000}
        producer = Producer(self._client(**settings, acks="all"))
        count = 0
        for count, (partition, key, value) in enumerate(items, 1):
            while True:
                try:
                    producer.produce(name, value, key, partition, on_delivery=_noting(refused))
                    break
                except BufferError:
                    producer.poll(0.05)
            if not count % 1_000:
                producer.poll(0)
        if producer.flush(60.0) or refused:
            raise RuntimeError("the broker did not take all records")
        return count

    def read(self, name: str, seconds: float) -> Iterator[Any]:
        """All that is committed in a topic, in the order of each partition. Raises when it takes too long."""
        ends = {partition: end for partition, end in self.ends(name).items() if end}
        settings = {
            "group.id": f"bench-{time.monotonic_ns()}",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
        }
        consumer = Consumer(self._client(**settings, **{"isolation.level": "read_committed"}))
        until = time.monotonic() + seconds
        try:
            consumer.assign([TopicPartition(name, partition, 0) for partition in ends])
            open_ones = set(ends)
            while open_ones:
                if time.monotonic() > until:
                    raise TimeoutError(f"{name} could not be read in {seconds:.0f} s")
                for message in consumer.consume(5_000, 0.2):
                    if message.error() is None:
                        yield message
                    else:  # the end of a partition: nobody writes any more
                        open_ones.discard(message.partition())
        finally:
            consumer.close()


def _noting(refused: list[Any]) -> Callable[[Any, Any], None]:
    def note(error: Any, _: Any) -> None:
        if error is not None:
            refused.append(error)

    return note
