"""A Kafka cluster on this machine: one to three nodes, each broker and controller, each with a folder of its own."""

import signal
import socket
import struct
import subprocess
import time
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).resolve().parent
HOST = "127.0.0.1"
START_SECONDS = 90  # of a machine that does much else; alone it takes four
STOP_SECONDS = 60
MECHANISM = "SCRAM-SHA-512"
METADATA = struct.pack(">hhihi", 3, 1, 1, -1, 0)  # the request Metadata, version 1, of no client, for no topic


class Ports(NamedTuple):
    """Of one node: for clients, for the other nodes' brokers, for the controllers."""

    client: int
    internal: int
    controller: int


class Shape(NamedTuple):
    """What a cluster is to be like.

    `users` may log in, each with a password; the first may do everything. `before` are words that run the server.
    """

    ports: Sequence[Ports]
    tls: bool = False
    users: Mapping[str, str] = {}
    java: Sequence[str] = ("-Xmx512m",)
    before: Sequence[str] = ()

    @property
    def protocol(self) -> str:
        kinds = {(False, False): "PLAINTEXT", (True, False): "SSL", (False, True): "SASL_PLAINTEXT"}
        return kinds.get((self.tls, bool(self.users)), "SASL_SSL")

    @property
    def bootstrap(self) -> str:
        return ",".join(f"{HOST}:{ports.client}" for ports in self.ports)


class Node:
    """One server, in its folder. Its process is a child of whoever called `start`."""

    def __init__(self, libs: Path, folder: Path, shape: Shape, number: int) -> None:
        self.folder, self.shape, self.number = folder, shape, number
        self.ports = shape.ports[number - 1]
        self.bootstrap = f"{HOST}:{self.ports.client}"
        self.properties = folder / "server.properties"
        self.process: subprocess.Popen[bytes] | None = None
        self._java = ["java", *shape.java, "-cp", f"{libs}/*", f"-Dkafka.logs.dir={folder}"]

    def create(self, cluster: str) -> subprocess.Popen[bytes] | None:
        """Write the settings, and begin to lay down what the data folder starts with where it is not there yet."""
        self.folder.mkdir(parents=True, exist_ok=True)
        lines = [f"{name}={value}" for name, value in settings(self).items()]
        self.properties.write_text("\n".join([*lines, ""]), "utf-8")
        if (self.folder / "data" / "meta.properties").exists():
            return None
        scram = [
            word
            for name, password in self.shape.users.items()
            for word in ("--add-scram", f"{MECHANISM}=[name={name},password={password}]")
        ]
        words = ["kafka.tools.StorageTool", "format", "-t", cluster, "-c", str(self.properties), *scram]
        return self._run(words)

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def start(self, *, own_session: bool = False) -> None:
        """Start the process. `wait_ready` tells when it serves."""
        log4j = (HERE / "log4j2.properties").as_uri()
        words = [f"-Dlog4j2.configurationFile={log4j}", "kafka.Kafka", str(self.properties)]
        self.process = self._run(words, own_session=own_session)
        (self.folder / "pid").write_text(str(self.process.pid), "utf-8")

    def _run(self, words: Sequence[str], *, own_session: bool = False) -> subprocess.Popen[bytes]:
        with (self.folder / "console.log").open("ab") as log:
            command = [*self.shape.before, *self._java, *words]
            return subprocess.Popen(command, stdout=log, stderr=log, start_new_session=own_session)

    def stop(self, *, hard: bool = False) -> None:
        """End the process: in good order, or with no warning and nothing written on the way out."""
        self.ask_to_stop(hard=hard)
        self.wait_stopped()

    def ask_to_stop(self, *, hard: bool = False) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL if hard else signal.SIGTERM)

    def wait_stopped(self) -> None:
        if self.process is not None:
            self.process.wait(STOP_SECONDS)
            self.process = None

    def wait_ready(self, brokers: int = 1) -> None:
        """Return when the node serves clients and sees this many brokers, itself included."""
        deadline = time.monotonic() + START_SECONDS
        while brokers_seen(self.ports.internal) < brokers:
            if (self.process and not self.runs) or time.monotonic() > deadline:
                raise TimeoutError(self.said())
            time.sleep(0.05)

    def said(self) -> str:
        """The end of what it logged."""
        logs = [self.folder / name for name in ("server.log", "console.log")]
        return "".join(log.read_text("utf-8", "replace")[-2000:] for log in logs if log.exists())


def settings(node: Node) -> dict[str, str]:
    """The node's server.properties: small, for one machine, and as strict as production where it shows."""
    shape, ports, copies = node.shape, node.ports, str(min(3, len(node.shape.ports)))
    written = "2" if len(shape.ports) > 2 else "1"
    told = {
        "process.roles": "broker,controller",
        "node.id": str(node.number),
        "controller.quorum.voters": ",".join(f"{n}@{HOST}:{p.controller}" for n, p in enumerate(shape.ports, 1)),
        "listeners": f"CLIENT://{HOST}:{ports.client},INTERNAL://{HOST}:{ports.internal},"
        f"CONTROLLER://{HOST}:{ports.controller}",
        "advertised.listeners": f"CLIENT://{HOST}:{ports.client},INTERNAL://{HOST}:{ports.internal}",
        "listener.security.protocol.map": f"CLIENT:{shape.protocol},INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "INTERNAL",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": str(node.folder / "data"),
        "auto.create.topics.enable": "false",
        "unclean.leader.election.enable": "false",
        "default.replication.factor": copies,
        "min.insync.replicas": written,
        "offsets.topic.replication.factor": copies,
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.replication.factor": copies,
        "transaction.state.log.min.isr": written,
        "transaction.state.log.num.partitions": "4",
        "group.initial.rebalance.delay.ms": "0",
        "group.min.session.timeout.ms": "500",
        "broker.heartbeat.interval.ms": "500",
        "broker.session.timeout.ms": "6000",
        "num.network.threads": "2",
        "num.io.threads": "2",
        "log.cleaner.dedupe.buffer.size": str(4 << 20),
    }
    return told | secured(node)


def secured(node: Node) -> dict[str, str]:
    """What TLS and logins add. The nodes among themselves, all on the loopback, have neither."""
    told: dict[str, str] = {}
    if node.shape.tls:
        told |= {"ssl.keystore.type": "PEM", "ssl.keystore.location": str(node.folder.parent / "server.pem")}
    if node.shape.users:
        first = next(iter(node.shape.users))
        told |= {
            "sasl.enabled.mechanisms": MECHANISM,
            f"listener.name.client.{MECHANISM.lower()}.sasl.jaas.config": "org.apache.kafka.common.security.scram."
            "ScramLoginModule required;",
            "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
            "allow.everyone.if.no.acl.found": "false",
            "super.users": f"User:{first};User:ANONYMOUS",
        }
    return told


def new_cluster_id() -> str:
    """As StorageTool's random-uuid makes one, without waiting for Java; a leading dash it would take for an option."""
    return "E" + urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")[1:]


def brokers_seen(port: int) -> int:
    """How many brokers the one at this port knows to be alive; 0 while it does not answer."""
    try:
        with socket.create_connection((HOST, port), timeout=2) as server:
            server.sendall(struct.pack(">i", len(METADATA)) + METADATA)
            answer = server.recv(12, socket.MSG_WAITALL)  # length, correlation, number of brokers
    except OSError:
        return 0
    return int(struct.unpack(">iii", answer)[2]) if len(answer) == 12 else 0
