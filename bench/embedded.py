"""Event in to command out, on disk, beside a bare insert loop of the same bytes on the same database.

As a runtime does it: a door logs events and waits for each acknowledgement, while the link's own decider
reads, decides and keeps what is in the log, both at work at once. On SQLite each run ends with the WAL copied into
the database, so that none leaves its work to the next.
"""

import asyncio
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple, cast

from sqlalchemy import Connection, text

from bench import embedded_rows
from bench.sample import events, policy
from mapping.words import Origin, Side
from store import events as event_store
from store import leases, outbox
from store.database import Database
from store.events import Bodies, NewEvent
from store.leases import Lease
from streams.decider import Decider
from streams.inbound import Inbound
from streams.link import Endpoint, Gear, LinkRuntime
from streams.metrics import Metrics
from streams.outbound import Outbound
from streams.rhythm import keep_pace
from streams.ruling import Ruling
from tests.services.postgres import MISSING, Postgres, programs

BATCH = 1_000
BATCHES = 20
ROUNDS = 5
#: What a door has under way: a page that is being written, and the next one.
PAGES = 2
#: What sealing adds to a body: nonce and tag.
SEAL_BYTES = 28
_LINK = "banc"


class Embedded(NamedTuple):
    """Medians of rounds taken in turn, in events a second."""

    store: str
    settings: str
    events: int
    events_per_s: float
    #: The faster of the ways in which the bare loop was written.
    bare_per_s: float
    bare: str
    #: The same loop, with both bodies that an event leaves behind: its own and its command's.
    pair_per_s: float
    #: The same loop, with all the rows and indexes that an event leaves behind.
    rows_per_s: float
    #: Processor time of this process for one event, in microseconds; a server's own comes on top.
    cpu_us: float


def measure() -> Iterator[Embedded]:
    """SQLite, and PostgreSQL where its server programs are installed or ECLUSE_BENCH_POSTGRESQL names an empty one."""
    with tempfile.TemporaryDirectory() as folder:
        yield _measure("sqlite", f"sqlite:///{Path(folder) / 'bench.db'}", "WAL, synchronous=FULL")
    if "ECLUSE_BENCH_POSTGRESQL" not in os.environ and programs() is None:
        print(f"\n{MISSING}")
        return
    with _postgresql() as url:
        yield _measure("postgresql", url, "fsync, synchronous_commit and full_page_writes on")


@contextmanager
def _postgresql() -> Iterator[str]:
    url, found = os.environ.get("ECLUSE_BENCH_POSTGRESQL"), programs()
    if url or found is None:
        yield url or ""
        return
    with tempfile.TemporaryDirectory(prefix="ecluse-bench-", ignore_cleanup_errors=True) as folder:
        server = Postgres(found, Path(folder))
        server.create()
        server.start(shared_buffers="128MB")  # PostgreSQL's own default
        try:
            yield server.url()
        finally:
            server.stop()


def _measure(store: str, url: str, settings: str) -> Embedded:
    keep_pace()
    database = Database.open(url, kek=bytes(range(32)))
    try:
        database.migrate()
        lease = database.writer.write_now(lambda conn: leases.take(conn, _LINK, _LINK, "bench", 3600))
        if lease is None:
            raise RuntimeError("another bench holds this database")
        ways = _ways(database)
        database.writer.write_now(partial(_bare_tables, database.dialect, tuple(ways)))
        database.writer.write_now(embedded_rows.make_tables)
        rows: list[float] = []
        pairs: list[float] = []
        through: list[tuple[float, float]] = []
        bare: dict[str, list[float]] = {way: [] for way in ways}
        _settle(database)
        bodies = list(events(BATCH * BATCHES * (ROUNDS + 1)))
        for number in range(ROUNDS + 1):
            part = bodies[number * BATCH * BATCHES : (number + 1) * BATCH * BATCHES]
            for way, insert in ways.items():
                bare[way].append(_bare(database, part, partial(insert, way), number))
            through.append(asyncio.run(_through(database, part, lease, number)))
            pairs.append(embedded_rows.pair(database, number * len(part), len(part), BATCH, _settle))
            rows.append(embedded_rows.again(database, number * len(part), len(part), BATCH, _settle))
        _all_accounted_for(database, len(bodies))
        # The first round of each warms up.
        rates = {way: statistics.median(found[1:]) for way, found in bare.items()}
        best = max(rates, key=lambda way: rates[way])
        rate, cpu = (statistics.median(column) for column in zip(*through[1:], strict=True))
        pair, all_rows = statistics.median(pairs[1:]), statistics.median(rows[1:])
        return Embedded(store, settings, BATCH * BATCHES, rate, rates[best], best, pair, all_rows, cpu)
    finally:
        database.close()


async def _through(database: Database, bodies: list[bytes], lease: Lease, number: int) -> tuple[float, float]:
    """Events a second, and the processor time of one."""
    ruled = policy()
    nobody = cast("Endpoint", None)  # a decider asks no system for anything
    link = LinkRuntime(Ruling(ruled, Outbound(ruled), Inbound(ruled)), nobody, nobody)
    decider = Decider(link, Side.CRM, Gear(database, Metrics()))
    woken = asyncio.Event()
    began, cpu = time.perf_counter(), time.process_time()
    door = asyncio.create_task(_door(database, bodies, number * len(bodies), woken))
    decided = 0
    while decided < len(bodies):
        await woken.wait()
        woken.clear()
        while (turned := (await decider.turn(lease))[0]) > 0:
            decided += turned
        if door.done():
            door.result()
    await asyncio.to_thread(_settle, database)
    seconds = time.perf_counter() - began
    return len(bodies) / seconds, (time.process_time() - cpu) / len(bodies) * 1e6


async def _door(database: Database, bodies: list[bytes], first: int, woken: asyncio.Event) -> None:
    """Log all of it, page by page; an event counts as in once its COMMIT is on disk."""
    under_way: list[asyncio.Task[None]] = []
    for page in range(0, len(bodies), BATCH):
        new = [
            NewEvent(f"01JD8Q7Z2M{at:012d}", Side.CRM, "crm.contact.changed", f"contact/{at}", Origin.LIVE, body)
            for at, body in enumerate(bodies[page : page + BATCH], first + page)
        ]
        sealed = await asyncio.to_thread(event_store.seal, database.keys, _LINK, _LINK, new)
        under_way.append(asyncio.create_task(database.door.write(partial(_append, database, new, sealed))))
        if len(under_way) >= PAGES:
            await under_way.pop(0)
            woken.set()
    for task in under_way:
        await task
    woken.set()


def _append(database: Database, new: list[NewEvent], sealed: Bodies, conn: Connection) -> None:
    event_store.append(conn, database.keys, _LINK, _LINK, new, sealed)


def _bare(
    database: Database, bodies: list[bytes], insert: Callable[[list[tuple[int, bytes]], Connection], None], number: int
) -> float:
    """What any program pays to put as many rows of as many bytes on disk, one commit a batch."""
    rows = [(place, body + bytes(SEAL_BYTES)) for place, body in enumerate(bodies, number * len(bodies))]
    began = time.perf_counter()
    for page in range(0, len(rows), BATCH):
        database.writer.write_now(partial(insert, rows[page : page + BATCH]))
    _settle(database)
    return len(rows) / (time.perf_counter() - began)


def _settle(database: Database) -> None:
    """PostgreSQL copies when it sees fit."""
    if database.dialect != "sqlite":
        return
    with database.read() as conn:
        file = conn.execute(text("SELECT file FROM pragma_database_list WHERE name = 'main'")).scalar_one()
    with closing(sqlite3.connect(file)) as driver:
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _ways(database: Database) -> dict[str, Callable[[str, list[tuple[int, bytes]], Connection], None]]:
    if database.dialect == "sqlite":
        return {"executemany": _executemany}
    return {"executemany": _executemany, "copy": _copy}


def _executemany(way: str, rows: list[tuple[int, bytes]], conn: Connection) -> None:
    mark = "?" if conn.dialect.name == "sqlite" else "%s"
    conn.exec_driver_sql(f"INSERT INTO bare_{way} (id, body) VALUES ({mark}, {mark})", rows)  # noqa: S608 - no value


def _copy(way: str, rows: list[tuple[int, bytes]], conn: Connection) -> None:
    driver = conn.connection.driver_connection
    assert driver is not None
    with driver.cursor() as cursor, cursor.copy(f"COPY bare_{way} (id, body) FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(["int8", "bytea"])
        for row in rows:
            copy.write_row(row)


def _bare_tables(dialect: str, ways: tuple[str, ...], conn: Connection) -> None:
    whole, kind = ("INTEGER", "BLOB") if dialect == "sqlite" else ("BIGINT", "BYTEA")
    for way in ways:
        conn.execute(text(f"CREATE TABLE bare_{way} (id {whole} PRIMARY KEY, body {kind} NOT NULL)"))
        if dialect == "postgresql":  # as our own: sealed bytes do not shrink, so nobody tries
            conn.execute(text(f"ALTER TABLE bare_{way} ALTER COLUMN body SET STORAGE EXTERNAL"))


def _all_accounted_for(database: Database, expected: int) -> None:
    """A figure counts only if every event became a command."""
    with database.read() as conn:
        found = outbox.backlog(conn, _LINK, _LINK, Side.CRM).pending
    if found != expected:
        message = f"{expected} events went in, {found} commands came out"
        raise RuntimeError(message)
