"""Every metric of Écluse: its name, its labels, its help. There is no other place that names one.

Labels are enums of `streams.counted` (or, where it is said, names from the configuration, bounded),
and every child is made when the registry is: a series that is 0 is there before the first event.
Loops add once per batch; nothing here is called per event. `docs/operations/metrics.md` is checked
against this file.
"""

import itertools
import os
import platform
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.registry import Collector

from mapping.words import Origin, Side
from streams.counted import (
    CRM_OPERATIONS,
    DIALER_OPERATIONS,
    ENDING,
    OPERATION_OF,
    AnswerClass,
    AppointmentState,
    Due,
    End,
    Gate,
    Level,
    Operation,
    Rebalance,
    RecallState,
    RestartCause,
    Result,
    RolloutResult,
    Stage,
    State,
    TenantClass,
    Topic,
    TransactionResult,
    Waiting,
)
from streams.series import OTHER, PREFIX, Labels, Named, Sheet

__all__ = [
    "CRM_OPERATIONS",
    "DIALER_OPERATIONS",
    "ENDING",
    "OPERATION_OF",
    "OTHER",
    "PREFIX",
    "AnswerClass",
    "AppointmentState",
    "Due",
    "End",
    "Gate",
    "Level",
    "LogMetrics",
    "Metrics",
    "Operation",
    "Rebalance",
    "RecallState",
    "RestartCause",
    "Result",
    "RolloutResult",
    "Stage",
    "State",
    "TenantClass",
    "Topic",
    "TransactionResult",
    "Waiting",
]

LABEL_CAP = 50
CONNECTION_CAP = 20

LATENCY = (0.05, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 900, 3600)
DECISION = (2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 1e-2)
ACK = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5)
REQUEST = (0.05, 0.25, 1, 2.5, 10, 30)
COMMIT = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 2.5)
GROUP = (1, 2, 5, 10, 20, 50, 100, 200, 500)
TRANSACTION = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30)
BATCH = (1, 10, 50, 100, 250, 500, 1000, 2500, 5000, 10000)


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
        ProcessCollector(registry=self.registry)  # memory, CPU, open files, and when the process began
        self._sheet = Sheet(self.registry)
        self._events()
        self._edges(dict(itertools.islice((connections or {}).items(), CONNECTION_CAP)))
        self._policy(list(dict.fromkeys(labels))[:LABEL_CAP])
        self._governance()
        self._database()
        self._process(version, runtime)
        #: The Kafka runtime's own; all 0 where that is not what runs.
        self.log = LogMetrics(self._sheet)

    def render(self) -> bytes:
        """The page that Prometheus reads. Takes milliseconds: call it off the event loop."""
        return generate_latest(self.registry)

    def register(self, collector: Collector) -> None:
        """Add a collector that reads its figures when the page is asked for."""
        self.registry.register(collector)

    def count_log(self, _logger: Any, method: str, entry: Any) -> Any:
        """A structlog processor: one counter beside every line."""
        level = Level.WARNING if method == "warn" else Level.ERROR if method == "exception" else method
        if level in Level.__members__.values():
            self.log_messages[Level(level)].inc()
        return entry

    def _events(self) -> None:
        sheet = self._sheet
        sides: Labels = {"side": Side}
        origins: Labels = {**sides, "origin": Origin}
        self.received = sheet.counter("events_received", "Events on disk, by side and origin.", origins)
        self.ended = sheet.counter(
            "events_ended", "Events that ended, by outcome and reason.", {**sides, "outcome": End, "reason": ENDING}
        )
        self.ledger = sheet.gauge("ledger_events", "Events by state, in one snapshot.", {**sides, "state": State})
        self.imbalance = sheet.gauge(
            "conservation_imbalance_events", "Events received minus events accounted for, in one snapshot.", sides
        )
        self.latency = sheet.histogram(
            "event_latency_seconds", "From received to effect acknowledged.", origins, LATENCY
        )
        self.decision = sheet.histogram("decision_seconds", "Time to decide one event.", sides, DECISION)
        self.fell_back = sheet.one_counter(
            "decisions_fell_back", "Events decided by pure Python although the compiled core is loaded."
        )
        self.oldest = sheet.gauge(
            "event_oldest_age_seconds", "Age of the oldest event in a state.", {**sides, "state": Waiting}
        )
        classes: Labels = {"class": TenantClass}
        self.backlog = sheet.gauge(
            "backlog_events", "Events not yet decided, by whether their link is over its share.", classes
        )
        self.backlog_oldest = sheet.gauge(
            "backlog_oldest_age_seconds", "Age of the oldest event not yet decided, by class of link.", classes
        )
        self.intake = sheet.counter("intake_requests", "Requests to the intake, by result.", {"result": Result})
        self.ack = sheet.one_histogram("intake_ack_seconds", "From request to durable acknowledgement.", ACK)

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
        named = self._sheet.named
        self.breaker_open = named("breaker_open", "1 while a connection is left alone.", "connection", alone)
        self.poll_success = named(
            "poll_last_success_timestamp_seconds", "When a connection was last read to the end.", "connection", alone
        )
        self.poll_interval = named("poll_interval_seconds", "How often a connection is read.", "connection", alone)

    def _policy(self, labels: list[str]) -> None:
        sheet = self._sheet
        self.gate_blocked = sheet.counter("gate_blocked", "Payloads blocked by a gate.", {"gate": Gate})
        self.stripped = Named(
            Counter(
                f"{PREFIX}fields_stripped",
                "Fields that were read and did not leave, by label.",
                ["label"],
                registry=self.registry,
            ),
            {name: [()] for name in dict.fromkeys([*labels, "unlabelled", OTHER])},
        )
        self.unmapped = sheet.one_counter("profiles_unmapped", "Events from a profile that the link does not name.")
        self.quarantined = sheet.counter("events_quarantined", "Events quarantined, by reason.", {"reason": ENDING})
        self.policies = sheet.one_gauge("policies_in_force", "Links that this worker has a live revision of.")
        self.policies_digest = sheet.one_gauge(
            "policies_digest", "A number that is the same on two workers only if all their revisions are."
        )
        self.rollouts = sheet.counter(
            "rollouts", "Revisions seen in the register, by what became of them.", {"result": RolloutResult}
        )
        self.register_read = sheet.one_gauge(
            "register_last_read_timestamp_seconds", "When the register of revisions was last read."
        )
        self.rollout_seen = sheet.one_gauge(
            "rollout_last_seen_timestamp_seconds", "When a new revision was last put in force here."
        )

    def _governance(self) -> None:
        sheet = self._sheet
        states: Labels = {"state": AppointmentState}
        recalls: Labels = {"state": RecallState}
        self.quarantine = sheet.one_gauge("quarantine_events", "Events in quarantine.")
        self.quarantine_oldest = sheet.one_gauge("quarantine_oldest_age_seconds", "Age of the oldest one there.")
        self.appointments = sheet.gauge("appointments", "Appointments by state.", states)
        self.appointment_oldest = sheet.gauge(
            "appointment_oldest_age_seconds", "Age of the oldest appointment by state.", states
        )
        self.appointments_due = sheet.gauge(
            "appointments_due", "Appointments that nobody has decided, near or past their deadline.", {"when": Due}
        )
        self.recalls = sheet.gauge("recalls", "Recalls by state.", recalls)
        self.recall_oldest = sheet.gauge("recall_oldest_age_seconds", "Age of the oldest recall by state.", recalls)

    def _database(self) -> None:
        sheet = self._sheet
        self.database_up = sheet.one_gauge("database_up", "1 while the database answers.")
        self.observed = sheet.one_gauge(
            "observed_timestamp_seconds", "When the figures that come from the database were last read."
        )
        self.commit_seconds = sheet.one_histogram("db_commit_seconds", "Time of a group's commit.", COMMIT)
        self.group_events = sheet.one_histogram("group_commit_events", "Units of work in a group.", GROUP)
        self.wal_bytes = sheet.one_gauge("sqlite_wal_bytes", "Size of SQLite's write-ahead log.")
        self.disk_free = sheet.one_gauge("disk_free_bytes", "Free bytes where the database is.")
        self.disk_size = sheet.one_gauge("disk_size_bytes", "Size of the disk where the database is.")
        self.disk_floor = sheet.one_gauge("disk_floor_bytes", "Free bytes below which nothing is accepted any more.")

    def _process(self, version: str, runtime: str) -> None:
        build = Gauge(
            f"{PREFIX}build_info", "What runs here.", ["version", "python", "runtime"], registry=self.registry
        )
        build.labels(version, platform.python_version(), runtime).set(1)
        sheet = self._sheet
        self.heartbeat = sheet.one_gauge("heartbeat_timestamp_seconds", "When the event loop last turned.")
        self.loop_lag = sheet.one_gauge("event_loop_lag_seconds", "How late the event loop last was.")
        self.live = sheet.one_gauge("live", "1 while this worker says of itself that it is live.")
        self.links_configured = sheet.one_gauge("links_configured", "Links that this worker knows.")
        self.links_held = sheet.one_gauge("links_held", "Links whose lease this worker holds.")
        self.log_messages = sheet.counter("log_messages", "Log messages, by level.", {"level": Level})


class LogMetrics:
    """What the Kafka runtime counts: per batch, per transaction, per look at the watermarks."""

    def __init__(self, sheet: Sheet) -> None:
        topics: Labels = {"topic": Topic}
        self.lag = sheet.gauge(
            "kafka_lag_events",
            "Events in the log that this worker's partitions have not read, by class of link.",
            {**topics, "class": TenantClass},
        )
        self.still = sheet.one_gauge(
            "kafka_position_still_seconds", "How long the stillest partition that lags has not moved."
        )
        self.in_flight = sheet.one_gauge("relay_in_flight_events", "Events published and not yet kept.")
        self.partitions = sheet.gauge("kafka_partitions_assigned", "Partitions that this worker has.", topics)
        self.declared = sheet.gauge("kafka_partitions_declared", "Partitions that the topic has.", topics)
        self.rebalances = sheet.counter(
            "kafka_rebalances", "Times that partitions came or went.", {**topics, "kind": Rebalance}
        )
        self.transactions = sheet.counter(
            "kafka_transactions", "Transactions, by how they ended.", {"result": TransactionResult}
        )
        self.transaction_seconds = sheet.one_histogram(
            "kafka_transaction_seconds", "Time of a transaction, from its first decision to its commit.", TRANSACTION
        )
        self.batch = sheet.histogram("kafka_batch_events", "Events in a batch.", {"stage": Stage}, BATCH)
        self.published_bytes = sheet.counter("kafka_published_bytes", "Bytes of payload published.", topics)
        self.consumed_bytes = sheet.counter("kafka_consumed_bytes", "Bytes of payload read.", topics)
        self.restarts = sheet.counter(
            "kafka_restarts",
            "Times that a stage was taken down and started anew.",
            {"stage": Stage, "cause": RestartCause},
        )
