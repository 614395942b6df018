"""What a runtime has to be told about its broker, and what of it is never weakened."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import KafkaError

#: The groups: who decides, and who keeps what was decided.
CARRIERS, KEEPERS = "carriers", "keepers"
#: The largest message: a whole event, or a decision, is at most half as large. A topic counts what wraps it too.
MESSAGE_BYTES = 4_000_000
TOPIC_MESSAGE_BYTES = 4 * 1024 * 1024
#: So many beats are missed before a worker is taken for dead; within one of them it hears of a new deal.
HEARTBEATS = 20
#: How long one transaction may last before the broker ends it.
#: Where a worker is killed in the midst of one, all who read what was committed wait for that.
TRANSACTION_MILLISECONDS = 40_000
#: Memory that fetched and unread messages may take, for each consumer.
FETCHED_KILOBYTES = 16_384
#: Memory that messages may take which the broker has not acknowledged, for each producer; more waits in the database.
UNSENT_KILOBYTES = 32_768


@dataclass(frozen=True, slots=True)
class Access:
    """How the broker is reached. The secrets are here already resolved, and are in no `repr`."""

    protocol: str = "PLAINTEXT"
    mechanism: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    #: Paths of PEM files.
    authority: str = ""
    certificate: str = ""
    key: str = ""

    def properties(self) -> dict[str, Any]:
        """In librdkafka's names."""
        said = {
            "security.protocol": self.protocol,
            "sasl.mechanisms": self.mechanism,
            "sasl.username": self.username,
            "sasl.password": self.password,
            "ssl.ca.location": self.authority,
            "ssl.certificate.location": self.certificate,
            "ssl.key.location": self.key,
        }
        return {name: value for name, value in said.items() if value}


@dataclass(frozen=True, slots=True)
class Broker:
    """A broker, and the part of it that is ours."""

    bootstrap: str
    #: Topics, groups and transactional ids begin with this.
    prefix: str = "ecluse"
    #: The name of this worker, unlike that of any other: a second one of the same name fences the first.
    worker: str = "worker-1"
    #: Keep this worker's share for it while it restarts (KIP-345), and have nobody else take it up meanwhile.
    reserved: bool = False
    access: Access = Access()
    #: As many workers as there are partitions can share the work; not to be changed while events wait.
    partitions: int = 12
    replication: int = 3
    #: A worker that says nothing for so long is taken for dead, and its part goes to the others.
    session_seconds: float = 30.0
    #: Accept fewer replicas than are safe: for development, and for nothing else.
    development: bool = False
    #: Events of one link that may be with the broker at once: what lies above waits in the database.
    share: int = 5_000
    #: Events decided in one transaction at most.
    batch: int = 10_000
    #: Whether payloads are sealed before they leave the process. Only the bench turns this off, to print its price.
    sealed: bool = True

    @property
    def events(self) -> str:
        return f"{self.prefix}.events"

    @property
    def decisions(self) -> str:
        return f"{self.prefix}.decisions"

    @property
    def rollouts(self) -> str:
        return f"{self.prefix}.rollouts"

    def client(self, **more: Any) -> dict[str, Any]:
        """The properties of any client. librdkafka's own log lines quote addresses and go nowhere."""
        return {
            "bootstrap.servers": self.bootstrap,
            "client.id": f"{self.prefix}.{self.worker}",
            "log_level": 0,
            "socket.keepalive.enable": True,
            "reconnect.backoff.max.ms": 2_000,
            **self.access.properties(),
            **more,
        }

    def consumer(self, group: str, on_error: Callable[[KafkaError], None]) -> dict[str, Any]:
        """A consumer that reads what was committed only, and whose position only we commit."""
        reserved = {"group.instance.id": f"{self.prefix}.{group}.{self.worker}"} if self.reserved else {}
        return self.client(
            **reserved,
            **{
                "group.id": f"{self.prefix}.{group}",
                "enable.auto.commit": False,
                "enable.auto.offset.store": False,
                "auto.offset.reset": "earliest",
                "isolation.level": "read_committed",
                "session.timeout.ms": round(self.session_seconds * 1_000),
                "heartbeat.interval.ms": round(self.session_seconds * 1_000 / HEARTBEATS),
                "queued.max.messages.kbytes": FETCHED_KILOBYTES,
                "fetch.wait.max.ms": 100,
                # A client that has enough looks again so soon whether it still has; a second, by default.
                "fetch.queue.backoff.ms": 5,
                "error_cb": on_error,
            },
        )

    def producer(self, on_error: Callable[[KafkaError], None], **more: Any) -> dict[str, Any]:
        """A producer that neither loses, repeats nor reorders."""
        return self.client(
            **{
                "enable.idempotence": True,
                "enable.gapless.guarantee": True,
                "acks": "all",
                "message.max.bytes": MESSAGE_BYTES,
                "compression.type": "none",  # sealed bytes do not compress
                "queue.buffering.max.messages": 200_000,
                "queue.buffering.max.kbytes": UNSENT_KILOBYTES,
                "error_cb": on_error,
                **more,
            }
        )
