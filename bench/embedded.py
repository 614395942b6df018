"""Event in to command out, on disk, beside a bare insert loop of the same number of bytes on the same database."""

import os
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import Connection, text

from bench.sample import events, policy
from mapping.words import Origin, Side
from store import events as event_store
from store import leases, outbox, positions
from store.database import Database
from store.events import NewEvent
from store.leases import Lease
from streams.commit import Batch, commit
from streams.inbound import Inbound
from streams.outbound import Outbound
from streams.ruling import Ruling
from streams.unit import Leased

BATCH = 500
BATCHES = 12
ROUNDS = 5
_LINK = "banc"


class Embedded(NamedTuple):
    """Medians of rounds taken in turn, in events a second."""

    store: str
    settings: str
    events: int
    events_per_s: float
    bare_per_s: float


def measure() -> Iterator[Embedded]:
    """SQLite, and PostgreSQL where ECLUSE_BENCH_POSTGRESQL names a database that may be filled."""
    with tempfile.TemporaryDirectory() as folder:
        yield _measure("sqlite", f"sqlite:///{Path(folder) / 'bench.db'}", "WAL, synchronous=FULL")
    url = os.environ.get("ECLUSE_BENCH_POSTGRESQL")
    if url:
        yield _measure("postgresql", url, "fsync and synchronous_commit on")


def _measure(store: str, url: str, settings: str) -> Embedded:
    database = Database.open(url, kek=bytes(range(32)))
    try:
        database.migrate()
        bodies = list(events(BATCH * BATCHES * (ROUNDS + 1)))
        lease = database.writer.write_now(lambda conn: leases.take(conn, _LINK, _LINK, "bench", 3600))
        if lease is None:
            raise RuntimeError("another bench holds this database")
        database.writer.write_now(partial(_bare_table, database.dialect))
        through, bare = [], []
        for number in range(ROUNDS + 1):
            part = bodies[number * BATCH * BATCHES : (number + 1) * BATCH * BATCHES]
            bare.append(_bare(database, part, number))
            through.append(_through(database, part, lease))
        _all_accounted_for(database, len(bodies))
        # The first round of each warms up.
        return Embedded(store, settings, BATCH * BATCHES, statistics.median(through[1:]), statistics.median(bare[1:]))
    finally:
        database.close()


def _through(database: Database, bodies: list[bytes], lease: Lease) -> float:
    """Logged and acknowledged, read back, decided, and its command and position kept: three steps a batch."""
    link = policy()
    ruling = Ruling(link, Outbound(link), Inbound(link))
    now = datetime.now(UTC)
    started = time.perf_counter()
    for batch in _batches(bodies):
        new = [
            NewEvent(f"e{hash(body)}", Side.CRM, "crm.contact.changed", f"contact/{index}", Origin.LIVE, body)
            for index, body in enumerate(batch)
        ]
        database.writer.write_now(partial(_append, database, new))
        with database.read() as conn:
            position = positions.read(conn, link.tenant, _LINK, Side.CRM)
            logged = event_store.read_after(conn, database.keys, link.tenant, _LINK, Side.CRM, position, BATCH)
        decided = Batch(Side.CRM, logged, ruling.outbound.decide([event.body for event in logged], now), ruling)
        database.writer.write_now(partial(_keep, database, decided, lease))
    return len(bodies) / (time.perf_counter() - started)


def _append(database: Database, new: list[NewEvent], conn: Connection) -> None:
    event_store.append(conn, database.keys, _LINK, _LINK, new)


def _keep(database: Database, batch: Batch, lease: Lease, conn: Connection) -> None:
    commit(Leased(conn, database.keys, _LINK, _LINK, lease), batch)


def _bare(database: Database, bodies: list[bytes], number: int) -> float:
    """What any program pays to put as many rows of as many bytes on disk, one commit a batch."""
    first = number * BATCH * BATCHES
    mark = "?" if database.dialect == "sqlite" else "%s"
    statement = f"INSERT INTO bare (id, body) VALUES ({mark}, {mark})"  # noqa: S608 - a placeholder, no value
    started = time.perf_counter()
    for index, batch in enumerate(_batches(bodies)):
        rows = [(first + index * BATCH + place, body) for place, body in enumerate(batch)]
        database.writer.write_now(partial(_insert, statement, rows))
    return len(bodies) / (time.perf_counter() - started)


def _insert(statement: str, rows: list[tuple[int, bytes]], conn: Connection) -> None:
    conn.exec_driver_sql(statement, rows)


def _bare_table(dialect: str, conn: Connection) -> None:
    kind = "BLOB" if dialect == "sqlite" else "BYTEA"
    conn.execute(text(f"CREATE TABLE bare (id INTEGER PRIMARY KEY, body {kind} NOT NULL)"))


def _all_accounted_for(database: Database, expected: int) -> None:
    """A figure counts only if every event became a command."""
    with database.read() as conn:
        found = outbox.backlog(conn, _LINK, _LINK, Side.CRM).pending
    if found != expected:
        message = f"{expected} events went in, {found} commands came out"
        raise RuntimeError(message)


def _batches(bodies: list[bytes]) -> Iterator[list[bytes]]:
    for start in range(0, len(bodies), BATCH):
        yield bodies[start : start + BATCH]
