"""All nodes of one cluster together, and what a client is told to reach them."""

import random
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

from deploy.kafka.nodes import HOST, MECHANISM, Node, Ports, Shape, new_cluster_id


class Cluster:
    """Nodes 1 to n, of one shape, in one folder."""

    def __init__(self, libs: Path, folder: Path, shape: Shape) -> None:
        self.folder, self.shape = folder, shape
        self.nodes = [Node(libs, folder / str(n), shape, n) for n in range(1, len(shape.ports) + 1)]
        self.bootstrap = shape.bootstrap
        self.authority = folder / "ca.pem"

    def create(self) -> None:
        """Lay down what each node starts with; a folder that has been used keeps its data."""
        if self.shape.tls:
            from deploy.kafka.certificates import make  # noqa: PLC0415 - a broker without TLS needs no package

            make(self.folder)
        cluster = new_cluster_id()
        begun = [(node, node.create(cluster)) for node in self.nodes]  # side by side: each waits for its Java
        for node, process in begun:
            if process is not None and process.wait():
                raise RuntimeError(node.said())

    def start(self, *, own_session: bool = False) -> None:
        """Start what does not run, and wait until all see each other."""
        for node in self.nodes:
            if not node.runs:
                node.start(own_session=own_session)
        self.wait_ready()

    def wait_ready(self) -> None:
        for node in self.nodes:
            node.wait_ready(brokers=len(self.nodes))

    def stop(self, *, hard: bool = False) -> None:
        for node in self.nodes:  # all at once: the last two would wait in vain for a majority of controllers
            node.ask_to_stop(hard=hard)
        for node in self.nodes:
            node.wait_stopped()

    def client(self, user: str = "") -> dict[str, str | int | float | bool]:
        """Settings of a client, in librdkafka's words; without a name, those of the first user."""
        told: dict[str, str | int | float | bool] = {"bootstrap.servers": self.bootstrap}
        told["security.protocol"] = self.shape.protocol.lower()
        if self.shape.tls:
            told["ssl.ca.location"] = str(self.authority)
        if self.shape.users:
            name = user or next(iter(self.shape.users))
            login = {"sasl.username": name, "sasl.password": self.shape.users[name]}
            told |= {"sasl.mechanism": MECHANISM, **login}
        return told


def quiet_ports(number: int) -> Iterator[int]:
    """Free ports below those that the system hands out by itself: a broker that was killed gets its own again."""
    for port in random.SystemRandom().sample(range(12_000, 32_000), 1_000):
        with socket.socket() as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
        yield port
        if not (number := number - 1):
            return
    raise OSError("no port is free")


def share_classes(libs: Path, archive: Path) -> None:
    """Let a broker run once and leave behind, at its end, the classes it loaded: later starts take half the work."""
    with tempfile.TemporaryDirectory(dir=archive.parent) as folder:
        made, ports = Path(folder) / "classes", [Ports(*quiet_ports(3))]
        Cluster(libs, Path(folder), Shape(ports)).create()
        once = Cluster(libs, Path(folder), Shape(ports, java=(f"-XX:ArchiveClassesAtExit={made}",)))
        once.start()
        once.stop()
        made.rename(archive)
