"""A real Apache Kafka for the tests: brokers of our own per test process, topics of its own per test."""

import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from deploy.kafka import jars
from deploy.kafka.cluster import Cluster, quiet_ports
from deploy.kafka.nodes import Ports, Shape
from tests.canary import sightings

#: Quick to start, and slower once warm: no figure is measured on these.
JAVA = ("-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")
#: Ends the broker when the thread that started it ends: start brokers in the main thread.
WATCH = ("setpriv", "--pdeathsig=KILL") if shutil.which("setpriv") else ()
SECONDS = 30
USERS = {"admin": "a-test-admin", "ecluse": "a-test-password"}


class Kafka(Cluster):
    """A cluster, and what arranging a test takes. Whatever is under test makes its own clients of `client()`."""

    def admin(self) -> AdminClient:
        return AdminClient(self.client())

    def create(self) -> None:
        super().create()
        self.folder.chmod(0o700)

    def create_topics(self, *names: str, partitions: int = 4, config: Mapping[str, str] | None = None) -> None:
        """Make topics with the cluster's own number of copies, and wait until they are there."""
        admin = self.admin()  # it must outlive what it was asked for
        made = admin.create_topics(
            [NewTopic(name, partitions, config=dict(config or {})) for name in names], operation_timeout=SECONDS
        )
        for done in made.values():
            done.result(SECONDS)

    def topics(self, prefix: str) -> list[TopicPartition]:
        """Every partition of the topics whose names begin so."""
        told = self.admin().list_topics(timeout=SECONDS).topics
        return [TopicPartition(name, n, 0) for name in told if name.startswith(prefix) for n in told[name].partitions]

    def delete_topics(self, prefix: str) -> None:
        names = sorted({place.topic for place in self.topics(prefix)})
        if names:
            admin = self.admin()
            for done in admin.delete_topics(names, operation_timeout=SECONDS).values():
                done.result(SECONDS)

    def search(self, prefix: str) -> None:
        """Fail the test that left a canary in a topic."""
        found = {seen for where, part in self.read(prefix) for seen in sightings(part, where)}
        if found:
            pytest.fail("canaries seen: " + ", ".join(sorted(found)), pytrace=False)

    def read(self, prefix: str) -> Iterator[tuple[str, bytes]]:
        """Every key, value and header in the topics whose names begin so, of broken-off transactions too."""
        places = self.topics(prefix)
        waiting = {(place.topic, place.partition) for place in places}
        settings = {"group.id": f"{prefix}-reader", "enable.auto.commit": False, "enable.partition.eof": True}
        consumer = Consumer({**self.client(), **settings, "isolation.level": "read_uncommitted"})
        consumer.assign(places)
        deadline = time.monotonic() + SECONDS
        while waiting and time.monotonic() < deadline:
            if (message := consumer.poll(1)) is None:
                continue
            where = (message.topic() or "", message.partition() or 0)
            if (problem := message.error()) is None:
                yield from _parts(where[0], message.key(), message.value(), message.headers())
            elif problem.code() == KafkaError._PARTITION_EOF:
                waiting.discard(where)
            else:
                raise KafkaException(problem)
        assert not waiting
        consumer.close()


def _parts(topic: str, key: object, value: object, headers: object) -> Iterator[tuple[str, bytes]]:
    named = [(f"header {name}", text) for name, text in (headers if isinstance(headers, list) else [])]
    for where, part in [("key", key), ("value", value), *named]:
        if part is not None:
            yield f"topic {topic}, {where}", part if isinstance(part, bytes) else str(part).encode()


@contextmanager
def running(brokers: int = 1, *, secured: bool = False) -> Iterator[Kafka]:
    """A cluster in a temporary folder, for as long as the block runs; skips where this machine cannot have one."""
    try:
        libs = jars.ready()
    except jars.Unavailable as problem:
        pytest.skip(str(problem))
    free = list(quiet_ports(3 * brokers))
    ports = [Ports(*free[n : n + 3]) for n in range(0, len(free), 3)]
    shape = Shape(ports, tls=secured, users=USERS if secured else {}, java=(*JAVA, *jars.shared()), before=WATCH)
    with tempfile.TemporaryDirectory(prefix="ecluse-kafka-", ignore_cleanup_errors=True) as folder:
        cluster = Kafka(libs, Path(folder), shape)
        try:
            cluster.create()
            cluster.start()
            yield cluster
        finally:
            cluster.stop(hard=True)


@pytest.fixture(scope="session")
def kafka() -> Iterator[Kafka]:
    """One broker. A test that stops it, or takes topics of its own, asks for `kafka_prefix` too."""
    with running() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def kafka_three() -> Iterator[Kafka]:
    """Three brokers as production has them: each record on three, acknowledged by two."""
    with running(brokers=3) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def kafka_secured() -> Iterator[Kafka]:
    """One broker that speaks TLS only and wants a password. `admin` may do everything, `ecluse` what ACLs allow."""
    with running(secured=True) as cluster:
        yield cluster


@pytest.fixture
def kafka_prefix(request: pytest.FixtureRequest) -> Iterator[str]:
    """What the names of this test's topics begin with. Looks for canaries in them, and removes them."""
    prefix = f"t{uuid.uuid4().hex[:12]}"
    asked = [name for name in ("kafka", "kafka_three", "kafka_secured") if name in request.fixturenames]
    clusters: Sequence[Kafka] = [request.getfixturevalue(name) for name in asked or ["kafka"]]
    yield prefix
    for cluster in clusters:
        cluster.start()
        try:
            if request.node.get_closest_marker("plants_canaries") is None:
                cluster.search(prefix)
        finally:
            cluster.delete_topics(prefix)
