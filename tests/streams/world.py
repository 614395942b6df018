"""A link between two doubles, on a real database: what the runtimes' tests live in."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from connectors.port import Happening, PersonRow
from mapping.link import Link
from mapping.policy import compile_link
from mapping.words import Object, Side
from store import conservation, people
from store.conservation import Balance
from store.database import Database
from streams.embedded import EmbeddedRuntime
from streams.failpoints import INERT, Failpoints
from streams.inbound import Inbound
from streams.link import Endpoint, Gear, Incident, LinkRuntime, Pace
from streams.metrics import Metrics
from streams.ruling import Ruling
from tests.streams.doubles import CrmDouble, DialerDouble, Sends, session

KEK = bytes(range(32))
TENANT = LINK = "nord"

LINK_FILE: dict[str, Any] = {
    "link": LINK,
    "revision": {"reason": "Campagne T4", "date": date(2026, 11, 20), "decided_by": "direction"},
    "crm": {"connector": "crm_double", "connection": "crm-nord"},
    "dialer": {"connector": "dialer_double", "connection": "dialer-nord"},
    "labels": {
        "contact": {"phone": "reachability", "name": "identity", "status": "progress"},
        "account": {"name": "identity", "industry": "context"},
        "opportunity": {"stage": "progress", "margin": "margin"},
    },
    "roles": {
        "contributor": {
            "read": {"contact": ["identity", "reachability", "progress"], "account": ["identity", "context"]},
            "write": ["call_result", "comment", "next_action", "propose_lead_status", "propose_appointment"],
        },
        "validator": {"extends": "contributor", "write": ["set_lead_status", "validate_appointment"]},
    },
    "profiles": {
        "teleoperator": {"role": "contributor", "perimeter": "all"},
        "mission_lead": {"role": "validator", "perimeter": "all"},
    },
    "perimeter": {
        "model": "open",
        "projects": {
            "retail": {"where": {"account.industry": ["retail"]}, "ends": date(2026, 12, 31)},
        },
    },
    "fields": [
        {"from": "contact.phone", "to": "phone", "as": "e164"},
        {"from": "contact.name", "to": "name"},
        {"from": "contact.status", "to": "status"},
        {"from": "account.name", "to": "company"},
        {"from": "account.industry", "to": "industry"},
        {"from": "opportunity.stage", "to": "stage"},
    ],
    "dispositions": {"NRP": {"is": "no_answer"}, "RDV": {"is": "appointment_proposed"}},
    "statuses": {"chaud": "qualified", "froid": "lost"},
}

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@dataclass
class Clockwork:
    """A wall clock and a clock that only grows, both moved by hand."""

    now: datetime = NOON
    seconds: float = 1_000.0

    def tick(self) -> float:
        """Seconds that only grow: a little with each look, so that whoever waits for them gets there."""
        self.seconds += 0.01
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        self.pass_by(timedelta(seconds=seconds))
        await asyncio.sleep(0.001)

    def pass_by(self, span: timedelta) -> None:
        self.now += span
        self.seconds += span.total_seconds()


#: Of runtimes that are started and stopped within a test: they look often, and wait for nobody.
BRISK = Pace(idle_seconds=0.05, renew_seconds=0.05, echo_seconds=0.0, disk_floor_bytes=0)

#: Makes a runtime of a world: what it is to strike at, and who is to hold the leases.
Lead = Callable[["World", Failpoints, str | None], Any]


def embedded(world: "World", failpoints: Failpoints, holder: str | None) -> EmbeddedRuntime:
    return EmbeddedRuntime(world.links(), world.gear(failpoints), folder=world.folder, holder=holder)


@dataclass
class World:
    """Both systems, the database, and as many runtimes on it as a test needs."""

    database: Database
    folder: Path
    address: str = ""
    name: str = LINK
    lead: Lead = embedded
    #: Other links that the same runtimes run, with systems of their own.
    neighbours: list["World"] = field(default_factory=list)
    #: Databases of further workers: the same one, opened as another process would.
    others: list[Database] = field(default_factory=list)
    crm: CrmDouble = field(default_factory=CrmDouble)
    dialer: DialerDouble = field(default_factory=DialerDouble)
    clock: Clockwork = field(default_factory=Clockwork)
    batch: int = 1
    pace: Pace = field(default_factory=lambda: Pace(lease_seconds=30, echo_seconds=0.5, disk_floor_bytes=0))
    incidents: list[Incident] = field(default_factory=list)
    metrics: Metrics = field(default_factory=Metrics)
    outbound: Any = None
    changed: dict[str, Any] = field(default_factory=dict)
    #: What its broker is told otherwise than usual; nothing to an embedded runtime.
    log: dict[str, Any] = field(default_factory=dict)
    #: How a revision of the register becomes a ruling; nothing is rolled out where nobody says.
    read: Any = None
    runtimes: list[Any] = field(default_factory=list)

    def neighbour(self, name: str) -> "World":
        """Another tenant's link, to be run beside this one."""
        crm, dialer = CrmDouble(), DialerDouble()
        beside = replace(self, name=name, crm=crm, dialer=dialer, outbound=None, changed={}, neighbours=[], others=[])
        self.neighbours.append(beside)
        return beside

    def links(self) -> list[LinkRuntime]:
        return [each.link() for each in (self, *self.neighbours)]

    def link(self) -> LinkRuntime:
        policy = compile_link(Link.model_validate(LINK_FILE | {"link": self.name} | self.changed), views=False)
        return LinkRuntime(
            Ruling(policy, self.outbound or Sends(policy.revision), Inbound(policy)),
            Endpoint(self.crm.connector(self.batch), session(), f"crm-{self.name}"),
            Endpoint(self.dialer.connector(self.batch), session(), f"dialer-{self.name}"),
        )

    def gear(self, failpoints: Failpoints = INERT, database: Database | None = None) -> Gear:
        return Gear(
            database or self.database,
            self.metrics,
            self.pace,
            failpoints,
            clock=lambda: self.clock.now,
            monotonic=self.clock.tick,
            sleep=self.clock.sleep,
            chance=lambda: 0.0,
            read=self.read,
            report=self.incidents.append,
        )

    def runtime(self, failpoints: Failpoints = INERT, holder: str | None = None) -> Any:
        """One runtime of the kind that this world is about; or several workers that look like one."""
        made = self.lead(self, failpoints, holder)
        self.runtimes.append(made)
        return made

    async def dismiss(self) -> None:
        """Stop what a test that failed left running: its threads would keep the whole session from ending."""
        for runtime in self.runtimes:
            if any(member.pulse.started and not member.pulse.stopping for member in members(runtime)):
                await runtime.stop()

    def open(self) -> None:
        """Begin anew on the same database, as a process does that was started again."""
        self.close()
        self.database = Database.open(self.address, kek=KEK)

    def vacate(self) -> None:
        """Whoever held a lease is gone."""
        self.database.writer.write_now(lambda conn: conn.exec_driver_sql("UPDATE leases SET expires_at = 0").close())

    def other(self, number: int) -> Database:
        """The same database, opened by another worker."""
        while len(self.others) <= number:
            self.others.append(Database.open(self.address, kek=KEK))
        return self.others[number]

    def close(self) -> None:
        for each in (self.database, *self.others):
            each.close()
        self.others.clear()

    def balance(self, side: Side) -> Balance:
        with self.database.read() as conn:
            return conservation.balance(conn, self.name, self.name, side)

    def imbalance(self) -> int:
        return sum(abs(self.balance(side).imbalance) for side in Side)

    def hire(self) -> None:
        """A telemarketer and a mission lead."""
        rows = [PersonRow("tp-1", "teleoperator", crm_user="u1"), PersonRow("ml-1", "mission_lead", crm_user="u2")]
        self.database.writer.write_now(lambda conn: people.save(conn, self.database.keys, self.name, self.name, rows))

    def prospects(self, count: int, industry: str = "retail") -> None:
        self.crm.put(Object.ACCOUNT, "7", {"name": "Usine", "industry": industry})
        for number in range(count):
            fields = {"phone": f"+331234{56_700 + number}", "name": "Ana"}
            self.crm.put(Object.CONTACT, str(number), fields, {"account": "7"})

    def later(self) -> None:
        """Let every postponed command's time come, by the database's clock too."""
        self.clock.pass_by(timedelta(hours=1))
        self.database.writer.write_now(lambda conn: conn.exec_driver_sql("UPDATE outbox SET not_before = 0").close())

    async def until(self, holds: Callable[[], bool], seconds: float = 90.0) -> None:
        """Let the loop turn until something holds."""
        async with asyncio.timeout(seconds):
            while not holds():  # noqa: ASYNC110 - what is waited for happens in a database and in doubles
                await asyncio.sleep(0.005)


def members(runtime: Any) -> Sequence[Any]:
    """The workers that a runtime is made of: itself, where it is no team."""
    found: Sequence[Any] = getattr(runtime, "members", [runtime])
    return found


def called(number: int, contact: str = "0", **data: Any) -> Happening:
    """A call that ended."""
    call = {"id": f"c-{number}", "disposition": "NRP", "started_at": "2026-11-22T10:00:00+01:00", "duration": 12}
    shared = {"prospect": {"id": f"contact/{contact}"}, "agent": {"id": "tp-1"}, "campaign": "retail"}
    return Happening(
        f"call-{number}", "phoning.call.ended", "2026-11-22T10:02:00+01:00", {**shared, "call": call, **data}
    )


def said(event: str, kind: str, agent: str = "tp-1", contact: str = "0", **data: Any) -> Happening:
    """Anything else that happened."""
    shared = {"prospect": {"id": f"contact/{contact}"}, "agent": {"id": agent}}
    return Happening(event, kind, "2026-11-22T10:03:00+01:00", {**shared, **data})
