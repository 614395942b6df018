"""Every metric of Écluse: its name, its labels, its help. There is no other place that names one.

Labels are enums (or, where it is said, names from the configuration, bounded), and every child is
made when the registry is: a series that is 0 is there before the first event. Loops add once per
batch; nothing here is called per event.
"""

import itertools
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum, StrEnum
from typing import Any, Generic, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.registry import Collector

from mapping.reasons import Reason
from mapping.words import CommandKind, Origin, Side

PREFIX = "ecluse_"
LABEL_CAP = 50
CONNECTION_CAP = 20
OTHER = "other"

LATENCY = (0.05, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600)
DECISION = (2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 1e-2)
ACK = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)
REQUEST = (0.05, 0.25, 1, 2.5, 10, 30)
COMMIT = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5)
GROUP = (1, 2, 5, 10, 20, 50, 100, 200, 500)


class End(StrEnum):
    """How an event can end."""

    DELIVERED = "delivered"
    WITHHELD = "withheld"
    REFUSED = "refused"
    QUARANTINED = "quarantined"


class State(StrEnum):
    """Where an event can be."""

    IN_FLIGHT = "in_flight"
    HELD = "held"
    DELIVERED = "delivered"
    WITHHELD = "withheld"
    REFUSED = "refused"
    QUARANTINED = "quarantined"


class Waiting(StrEnum):
    """The states that an event can grow old in."""

    IN_FLIGHT = "in_flight"
    HELD = "held"
    QUARANTINED = "quarantined"


class Result(StrEnum):
    """What an intake request was answered."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    BAD_SIGNATURE = "bad_signature"
    STALE = "stale"
    MALFORMED = "malformed"
    TOO_LARGE = "too_large"
    SHED = "shed"
    FAILED = "failed"


class Operation(StrEnum):
    """What a system is asked, coarsely."""

    PULL = "pull"
    ACCESS = "access"
    WRITE = "write"
    UPSERT = "upsert"
    RECALL = "recall"


class AnswerClass(StrEnum):
    """How a request to a system ended."""

    OK = "2xx"
    REDIRECT = "3xx"
    CLIENT = "4xx"
    THROTTLED = "429"
    SERVER = "5xx"
    TIMEOUT = "timeout"
    NETWORK = "network"


class Gate(StrEnum):
    """A gate that can block."""

    EGRESS = "egress"
    WRITE = "write"


class AppointmentState(StrEnum):
    """Where a proposal can be."""

    PROPOSED = "proposed"
    VALIDATED = "validated"
    REJECTED = "rejected"
    EXPIRED = "expired"
    WRITTEN = "written"
    REFUSED = "refused"


class RecallState(StrEnum):
    """Where a recall can be."""

    PENDING = "pending"


class Level(StrEnum):
    """Levels of a log message."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"


#: Reasons that end an event; those after BAD_SIGNATURE refuse a request at the door instead.
ENDING = tuple(itertools.takewhile(lambda reason: reason is not Reason.BAD_SIGNATURE, Reason))
CRM_OPERATIONS = (Operation.PULL, Operation.ACCESS, Operation.WRITE)
DIALER_OPERATIONS = (Operation.ACCESS, Operation.UPSERT, Operation.RECALL)
OPERATION_OF = dict.fromkeys(CommandKind, Operation.WRITE) | {
    CommandKind.UPSERT_PROSPECT: Operation.UPSERT,
    CommandKind.RECALL_PROSPECT: Operation.RECALL,
}

M = TypeVar("M", bound=MetricWrapperBase)
Labels = Mapping[str, Iterable[Enum]]


class Family(Generic[M]):
    """A metric with all its children, one for each combination of its enums."""

    def __init__(self, metric: M, labels: Labels) -> None:
        self.metric = metric
        self._children: dict[tuple[Enum, ...], M] = {
            values: metric.labels(*(value.value for value in values)) for values in itertools.product(*labels.values())
        }

    def __getitem__(self, values: Enum | tuple[Enum, ...]) -> M:
        return self._children[values if isinstance(values, tuple) else (values,)]

    def __len__(self) -> int:
        return len(self._children)


class Named(Generic[M]):
    """A metric whose first label is a name from the configuration: those given at the start, and `other`."""

    def __init__(self, metric: M, names: Mapping[str, Sequence[tuple[Enum, ...]]]) -> None:
        self.metric = metric
        self._known = frozenset(names)
        self._children = {
            (name, *values): metric.labels(name, *(value.value for value in values))
            for name, combinations in names.items()
            for values in combinations
        }

    def of(self, name: str, *values: Enum) -> M:
        return self._children[(name if name in self._known else OTHER, *values)]

    def __len__(self) -> int:
        return len(self._children)


class Metrics:
    """The registry. `connections` says for each connection which side it is; `labels` are the links' own."""

    def __init__(
        self,
        *,
        version: str = "",
        runtime: str = "embedded",
        connections: Mapping[str, Side] | None = None,
        labels: Iterable[str] = (),
    ) -> None:
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            raise RuntimeError("multiprocess_metrics_refused")
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry(auto_describe=True)
        self._events()
        self._edges(dict(itertools.islice((connections or {}).items(), CONNECTION_CAP)))
        self._policy(list(dict.fromkeys(labels))[:LABEL_CAP])
        self._state()
        self._process(version, runtime)

    def render(self) -> bytes:
        """The page that Prometheus reads. Takes milliseconds: call it off the event loop."""
        return generate_latest(self.registry)

    def register(self, collector: Collector) -> None:
        """Add a collector that reads its figures when the page is asked for."""
        self.registry.register(collector)

    def _events(self) -> None:
        sides: Labels = {"side": Side}
        origins: Labels = {"origin": Origin}
        self.received = self._counter("events_received", "Events on disk, by side and origin.", {**sides, **origins})
        self.ended = self._counter(
            "events_ended", "Events that ended, by outcome and reason.", {**sides, "outcome": End, "reason": ENDING}
        )
        self.ledger = self._gauge("ledger_events", "Events by state, in one snapshot.", {**sides, "state": State})
        self.imbalance = self._gauge(
            "conservation_imbalance_events", "Events received minus events accounted for, in one snapshot.", sides
        )
        self.latency = self._histogram(
            "event_latency_seconds", "From received to effect acknowledged.", {**sides, **origins}, LATENCY
        )
        self.decision = self._histogram("decision_seconds", "Time to decide one event.", sides, DECISION)
        self.oldest = self._gauge(
            "event_oldest_age_seconds", "Age of the oldest event in a state.", {**sides, "state": Waiting}
        )
        self.intake = self._counter("intake_requests", "Requests to the intake, by result.", {"result": Result})
        self.ack = self._plain_histogram("intake_ack_seconds", "From request to durable acknowledgement.", ACK)

    def _edges(self, connections: dict[str, Side]) -> None:
        operations: dict[str, tuple[Operation, ...]] = {
            name: CRM_OPERATIONS if side is Side.CRM else DIALER_OPERATIONS for name, side in connections.items()
        }
        operations[OTHER] = tuple(Operation)
        pairs = {name: list(itertools.product(found, AnswerClass)) for name, found in operations.items()}
        alone: dict[str, Sequence[tuple[Enum, ...]]] = {name: [()] for name in operations}
        self.requests = Named(
            Counter(
                f"{PREFIX}target_requests",
                "Requests to a connection.",
                ["connection", "operation", "class"],
                registry=self.registry,
            ),
            pairs,
        )
        self.request_seconds = Named(
            Histogram(
                f"{PREFIX}target_request_seconds",
                "Time of a request to a connection.",
                ["connection"],
                buckets=REQUEST,
                registry=self.registry,
            ),
            alone,
        )
        self.breaker_open = self._connection("breaker_open", "1 while a connection is left alone.", alone)
        self.poll_success = self._connection(
            "poll_last_success_timestamp_seconds", "When a connection was last read to the end.", alone
        )
        self.poll_interval = self._connection("poll_interval_seconds", "How often a connection is read.", alone)

    def _policy(self, labels: list[str]) -> None:
        self.gate_blocked = self._counter("gate_blocked", "Payloads blocked by a gate.", {"gate": Gate})
        self.stripped = Named(
            Counter(
                f"{PREFIX}fields_stripped",
                "Fields that were read and did not leave, by label.",
                ["label"],
                registry=self.registry,
            ),
            {name: [()] for name in dict.fromkeys([*labels, "unlabelled", OTHER])},
        )
        self.unmapped = Counter(
            f"{PREFIX}profiles_unmapped", "Events from a profile that the link does not name.", registry=self.registry
        )
        self.quarantined = self._counter("events_quarantined", "Events quarantined, by reason.", {"reason": ENDING})

    def _state(self) -> None:
        states = {"state": AppointmentState}
        self.quarantine = self._one("quarantine_events", "Events in quarantine.")
        self.quarantine_oldest = self._one("quarantine_oldest_age_seconds", "Age of the oldest one in quarantine.")
        self.appointments = self._gauge("appointments", "Appointments by state.", states)
        self.appointment_oldest = self._gauge(
            "appointment_oldest_age_seconds", "Age of the oldest appointment by state.", states
        )
        self.recalls = self._gauge("recalls", "Recalls by state.", {"state": RecallState})
        self.recall_oldest = self._gauge(
            "recall_oldest_age_seconds", "Age of the oldest recall by state.", {"state": RecallState}
        )
        self.commit_seconds = self._plain_histogram("db_commit_seconds", "Time of a group's commit.", COMMIT)
        self.group_events = self._plain_histogram("group_commit_events", "Units of work in a group.", GROUP)
        self.wal_bytes = self._one("sqlite_wal_bytes", "Size of SQLite's write-ahead log.")
        self.disk_free = self._one("disk_free_bytes", "Free bytes where the database is.")
        self.disk_size = self._one("disk_size_bytes", "Size of the disk where the database is.")

    def _process(self, version: str, runtime: str) -> None:
        build = Gauge(
            f"{PREFIX}build_info", "What runs here.", ["version", "python", "runtime"], registry=self.registry
        )
        build.labels(version, platform.python_version(), runtime).set(1)
        self.loop_lag = self._one("event_loop_lag_seconds", "How late the event loop last was.")
        self.log_messages = self._counter("log_messages", "Log messages, by level.", {"level": Level})

    def _counter(self, name: str, text: str, labels: Labels) -> Family[Counter]:
        return Family(Counter(PREFIX + name, text, list(labels), registry=self.registry), labels)

    def _gauge(self, name: str, text: str, labels: Labels) -> Family[Gauge]:
        return Family(Gauge(PREFIX + name, text, list(labels), registry=self.registry), labels)

    def _histogram(self, name: str, text: str, labels: Labels, buckets: Sequence[float]) -> Family[Histogram]:
        return Family(Histogram(PREFIX + name, text, list(labels), buckets=buckets, registry=self.registry), labels)

    def _plain_histogram(self, name: str, text: str, buckets: Sequence[float]) -> Histogram:
        return Histogram(PREFIX + name, text, buckets=buckets, registry=self.registry)

    def _one(self, name: str, text: str) -> Gauge:
        return Gauge(PREFIX + name, text, registry=self.registry)

    def _connection(self, name: str, text: str, names: Mapping[str, Sequence[tuple[Enum, ...]]]) -> Named[Gauge]:
        return Named(Gauge(PREFIX + name, text, ["connection"], registry=self.registry), names)

    def count_log(self, _logger: Any, method: str, entry: Any) -> Any:
        """A structlog processor: one counter beside every line."""
        level = Level.WARNING if method == "warn" else Level.ERROR if method == "exception" else method
        if level in Level.__members__.values():
            self.log_messages[Level(level)].inc()
        return entry
