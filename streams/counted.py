"""The closed words that metrics are counted by: every label that is not a name from the configuration."""

import itertools
from enum import StrEnum

from mapping.reasons import Reason
from mapping.words import CommandKind


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
    """Where a recall can be. Unconfirmed: it lies in the feed of a dialer that fetches, and that has not said done."""

    PENDING = "pending"
    UNCONFIRMED = "unconfirmed"


class Level(StrEnum):
    """Levels of a log message."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"


class Topic(StrEnum):
    """The topics that events travel through."""

    EVENTS = "events"
    DECISIONS = "decisions"


class TenantClass(StrEnum):
    """Whether a link has more waiting than the share of the log that it may have in flight."""

    WITHIN_SHARE = "within_share"
    OVER_SHARE = "over_share"


class Rebalance(StrEnum):
    """What a rebalance does to a worker's partitions. Lost: the group had gone on without it."""

    ASSIGNED = "assigned"
    REVOKED = "revoked"
    LOST = "lost"


class TransactionResult(StrEnum):
    """How a transaction of the producer ended. Fenced: another producer has taken its name."""

    COMMITTED = "committed"
    ABORTED = "aborted"
    FENCED = "fenced"


class Stage(StrEnum):
    """Who works on a batch: relay into the log, carry (decide), keep (into the database)."""

    RELAY = "relay"
    CARRY = "carry"
    KEEP = "keep"


class RestartCause(StrEnum):
    """Why a stage was taken down and started anew."""

    STALLED = "stalled"
    FENCED = "fenced"
    BROKER = "broker"
    DATABASE = "database"
    FAILED = "failed"


class RolloutResult(StrEnum):
    """What became of a revision that a worker saw in the register."""

    APPLIED = "applied"
    REFUSED = "refused"
    FAILED = "failed"


class Due(StrEnum):
    """How near the deadline of an appointment is that nobody has decided."""

    SOON = "soon"
    PAST = "past"


#: Reasons that end an event; those after BAD_SIGNATURE refuse a request at the door instead.
ENDING = tuple(itertools.takewhile(lambda reason: reason is not Reason.BAD_SIGNATURE, Reason))
CRM_OPERATIONS = (Operation.PULL, Operation.ACCESS, Operation.WRITE)
DIALER_OPERATIONS = (Operation.ACCESS, Operation.UPSERT, Operation.RECALL)
OPERATION_OF = dict.fromkeys(CommandKind, Operation.WRITE) | {
    CommandKind.UPSERT_PROSPECT: Operation.UPSERT,
    CommandKind.RECALL_PROSPECT: Operation.RECALL,
}
