"""One link, as a runtime holds it: its policy, its two systems, its processors, and its pace."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

from connectors.port import Connector, Session
from mapping.words import Side
from store.database import Database
from store.register import Live
from streams.failpoints import INERT, Failpoints
from streams.metrics import Metrics
from streams.ruling import Ruling


@dataclass(frozen=True)
class Endpoint:
    """One side of a link: a connector, and a session with its system."""

    connector: Connector
    session: Session[Any]
    #: The connection's name: what limiter, breaker and metrics go by. Links may share one.
    connection: str
    #: Requests a second, where the connection says otherwise than its connector.
    rate: float | None = None


@dataclass(frozen=True)
class Pace:
    """How often, how many, how long. The defaults are those of production."""

    #: Events decided and kept together; where more wait than that, up to `most`.
    batch: int = 500
    most: int = 2_000
    #: How often the database is asked which links have something to do: what another process left for them, or
    #: what has come due.
    idle_seconds: float = 1.0
    #: How long a role sleeps that nobody wakes.
    rest_seconds: float = 30.0
    lease_seconds: int = 30
    renew_seconds: float = 10.0
    sweep_seconds: float = 60.0
    observe_seconds: float = 10.0
    #: How often the register of revisions is asked: half of it is how long two processes disagree, on average.
    register_seconds: float = 0.5
    #: Pushes in flight at once, for each connection.
    concurrency: int = 8
    push_seconds: float = 60.0
    pull_seconds: float = 600.0
    stop_seconds: float = 25.0
    #: How long a page waits for our own writes to the same records, so that their echo is known.
    echo_seconds: float = 10.0
    #: Below so many free bytes nothing is accepted any more.
    disk_floor_bytes: int = 256 * 1024 * 1024


@dataclass
class LinkRuntime:
    """A link to run. Everything but its ruling stays as it is for as long as the process lives."""

    #: The only attribute that is ever replaced, and always whole: read it once for what belongs together.
    ruling: Ruling
    crm: Endpoint
    dialer: Endpoint
    poll_seconds: float = 60.0

    @property
    def name(self) -> str:
        return self.ruling.policy.link

    @property
    def tenant(self) -> str:
        return self.ruling.policy.tenant

    @property
    def source(self) -> str:
        """The CloudEvents source of what the CRM says: `crm/tryton/nord`."""
        return f"{Side.CRM.value}/{self.crm.connector.name}/{self.name}"

    def endpoint(self, side: Side) -> Endpoint:
        """The system on a side."""
        return self.crm if side is Side.CRM else self.dialer


class Word(StrEnum):
    """What a runtime has to say."""

    STARTED = "started"
    STOPPED = "stopped"
    LEASE_TAKEN = "lease_taken"
    LEASE_LOST = "lease_lost"
    POLL_FAILED = "poll_failed"
    CONNECTION_LEFT_ALONE = "connection_left_alone"
    CONNECTION_BACK = "connection_back"
    WORKER_FAILED = "worker_failed"
    DATABASE_UNAVAILABLE = "database_unavailable"
    STOPPED_LATE = "stopped_late"
    REVISION_IN_FORCE = "revision_in_force"
    REVISION_NOT_IN_FORCE = "revision_not_in_force"
    BROKER_UNAVAILABLE = "broker_unavailable"
    TRANSACTION_ABORTED = "transaction_aborted"
    GARBLED_MESSAGE = "garbled_message"
    UNKNOWN_LINK = "unknown_link"
    POSITION_STALLED = "position_stalled"
    STREAM_STALLED = "stream_stalled"


class Incident(NamedTuple):
    """Something to log: a word, where it happened, and a code. Never a value."""

    word: Word
    link: str = ""
    #: A worker (`crm/decide`), a connection, or empty.
    where: str = ""
    code: str = ""


Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The wall clock: for the day of a campaign and the time of an event, never for order or leases."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Gear:
    """What all workers of a runtime share. Clocks and chance come in here, so that tests bring their own."""

    database: Database
    metrics: Metrics
    pace: Pace = Pace()
    failpoints: Failpoints = INERT
    clock: Clock = utc_now
    #: Seconds that only grow.
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    #: From [0, 1): the jitter of retries.
    chance: Callable[[], float] = random.random
    #: Makes a ruling of a revision of the register; None: what a link is started with stays in force.
    read: Callable[[LinkRuntime, Live], Ruling] | None = None
    #: Told of what a person may have to know; the command line logs it.
    report: Callable[[Incident], None] = lambda _: None
