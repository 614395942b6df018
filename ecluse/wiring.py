"""The one place where the parts are joined: settings, database, connectors, policies, processors, runtime, web."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click
from fastapi import FastAPI

from connectors import registry
from connectors.http import seam_for
from connectors.port import Session
from ecluse.command import Failure
from ecluse.connections import Connections, read_connections
from ecluse.folder import InForce, read_folder
from ecluse.i18n import _
from ecluse.links import Read, find, read
from ecluse.rulings import from_register, keyed, ruling_of
from ecluse.secret import SecretError
from ecluse.standing import compared
from mapping.perimeter import Person
from mapping.policy import Policy
from mapping.words import Object, Side
from store import people as people_store
from store.database import Database
from store.errors import StoreError
from streams import factreader
from streams.crew import Crew
from streams.embedded import EmbeddedRuntime
from streams.link import Clock, Endpoint, Gear, Incident, LinkRuntime, Pace, utc_now
from streams.metrics import Metrics
from streams.unit import Unit
from web.app import create
from web.desk import LinkDesk

if TYPE_CHECKING:
    from streams.kafka.settings import Broker


class Known(NamedTuple):
    """A record as the database knows it: whole."""

    record: str
    data: Mapping[str, Any]


class Link(NamedTuple):
    """One link of an installation, and its part of the database."""

    read: Read
    policy: Policy
    database: Database

    @contextmanager
    def unit(self) -> Iterator[Unit]:
        with self.database.read() as conn:
            yield Unit(conn, self.database.keys, self.policy.tenant, self.policy.link)

    def whole(self, record: str) -> Known | None:
        """A contact with its account, opportunity and owner; `42` and `contact/42` are the same record."""
        item, _slash, key = record.rpartition("/")
        if item not in ("", Object.CONTACT.value):
            raise Failure(_("{record}: events are about contacts; write contact/ID.", record=record))
        with self.unit() as unit:
            found = factreader.whole_data(unit, [key])
        return Known(f"contact/{key}", found[key][0]) if key in found else None

    def person(self, identity: str) -> Person | None:
        with self.unit() as unit:
            found = people_store.find(unit.conn, unit.keys, unit.tenant, unit.link, [identity])
        row = found.get(identity)
        if row is None:
            return None
        return Person(row.id, row.profile, row.team, row.territory, row.campaigns, row.crm_user)


class Installation(NamedTuple):
    """A working folder with its database open."""

    state: InForce
    database: Database
    links: Mapping[str, Link]

    def link(self, name: str | None = None) -> Link:
        """The link of that name; without one, the only one there is."""
        if name is None:
            if len(self.links) != 1:
                raise click.UsageError(_("there are several links here: say which with --link."))
            return next(iter(self.links.values()))
        if name not in self.links:
            known = ", ".join(self.links)
            raise click.BadParameter(
                _('no link "{name}". There are: {known}.', name=name, known=known), param_hint="--link"
            )
        return self.links[name]


def database_of(state: InForce) -> Database:
    """Open the database of the settings; what is wrong with it is said by its code."""
    try:
        return Database.open(state.database(), kek=state.key())
    except StoreError as error:
        raise Failure(_("the database cannot be used: {code}. `ecluse doctor` says more.", code=error.code)) from None
    except SecretError as error:
        raise Failure(
            _("{reference}: {code}. `ecluse doctor` says more.", reference=error.reference, code=error.code)
        ) from None


def begun(state: InForce) -> bool:
    """Whether there is a database; one that cannot be reached counts."""
    state.key()  # without its key a database says nothing, so this is said first
    address = state.database()
    return not address.startswith("sqlite:///") or Path(address.removeprefix("sqlite:///")).exists()


def current(database: Database) -> Database:
    """For verbs that decide: a database whose tables are those of this version. Raises Failure."""
    if not database.current:
        raise Failure(_("the database is of an older version: a start of `ecluse run` brings it up to date."))
    return database


@contextmanager
def stored() -> Iterator[None]:
    """What the store will not do, said as a failure of the verb: by its code, never by a driver's words."""
    try:
        yield
    except StoreError as error:
        raise Failure(_("the store refused: {code}.", code=error.code)) from None


@contextmanager
def opened(folder: Path) -> Iterator[Installation]:
    """An installation, for as long as a verb needs it."""
    state = read_folder(folder)
    readings = [read(path, folder, around=False) for path in find((), folder)]
    if not begun(state):
        raise Failure(_("nothing ran here yet, so there is no database: `ecluse run` makes it."))
    database = database_of(state)
    try:
        links = {
            reading.policy.link: Link(reading, keyed(reading.policy, database), database)
            for reading in readings
            if reading.policy is not None
        }
        yield Installation(state, database, links)
    except StoreError as error:
        raise Failure(_("the store refused: {code}.", code=error.code)) from None
    finally:
        database.close()


def endpoint(connector_name: str, connection: str, connections: Connections, folder: Path) -> Endpoint:
    """A side of a link: its connector, and a session with its system."""
    connector = registry.connector(connector_name)
    settings = connections.settings(connection, connector.settings, folder)
    seam = seam_for(settings)
    return Endpoint(connector, Session(settings, seam), connection, connections.by_name[connection].rate)


def link_runtime(
    policy: Policy, number: int, database: Database, state: InForce, connections: Connections
) -> LinkRuntime:
    """A link, ready to run. `number` is its revision's in the register."""
    source = policy.source
    return LinkRuntime(
        ruling_of(policy, database, number),
        endpoint(source.crm.connector, source.crm.connection, connections, state.folder),
        endpoint(source.dialer.connector, source.dialer.connection, connections, state.folder),
        state.settings.intervals.poll.total_seconds(),
    )


@dataclass(frozen=True)
class Works:
    """Everything that runs, joined."""

    links: Mapping[str, LinkRuntime]
    gear: Gear
    runtime: Crew
    desk: LinkDesk
    app: FastAPI


def works(
    policies: Sequence[Policy], database: Database, state: InForce, *, pace: Pace | None = None, clock: Clock = utc_now,
    report: Callable[[Incident], None] = lambda _: None, broker: "Broker | None" = None,
) -> Works:  # fmt: skip
    """Join the links of an installation into one runtime and its web application. With a broker, Kafka's runtime."""
    connections = read_connections(state.folder)
    links = {
        policy.link: link_runtime(policy, _number(policy, database), database, state, connections)
        for policy in policies
    }
    sides = {link.crm.connection: Side.CRM for link in links.values()}
    sides |= {link.dialer.connection: Side.DIALER for link in links.values()}
    labels = [label for policy in policies for label in policy.labels.values()]
    kind = "embedded" if broker is None else "kafka"
    metrics = Metrics(version=version("ecluse"), runtime=kind, connections=sides, labels=labels)
    sweep = state.settings.intervals.deadlines.total_seconds()
    stop = state.settings.intervals.stop.total_seconds()
    gear = Gear(database, metrics, pace or Pace(sweep_seconds=sweep, stop_seconds=stop), clock=clock, report=report,
                read=partial(from_register, database))  # fmt: skip
    runtime = _runtime(list(links.values()), gear, _disk(database, state), broker)
    desk = LinkDesk(runtime, gear, links)
    return Works(links, gear, runtime, desk, create(desk))


def _runtime(links: Sequence[LinkRuntime], gear: Gear, disk: Path | None, broker: "Broker | None") -> Crew:
    if broker is None:
        return EmbeddedRuntime(links, gear, folder=disk)
    from streams.kafka.runtime import KafkaRuntime  # an extra: it is not there for those who have no broker

    return KafkaRuntime(links, gear, broker, folder=disk)


async def unplug(built: Works) -> None:
    """Close what `works` opened toward other systems."""
    for link in built.links.values():
        for end in (link.crm, link.dialer):
            closing = getattr(end.session.http, "aclose", None)
            if closing is not None:
                await closing()


def _number(policy: Policy, database: Database) -> int:
    """The place of a revision in the register; 0 where it is not the live one."""
    live = compared(policy, database).live
    return live.number if live is not None and live.revision == policy.revision else 0


def _disk(database: Database, state: InForce) -> Path | None:
    """The folder whose disk fills up, where the database is a file."""
    return Path(state.database().removeprefix("sqlite:///")).parent if database.dialect == "sqlite" else None


def now() -> datetime:
    return datetime.now(UTC)
