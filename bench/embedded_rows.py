"""The rows that the embedded runtime wrote, written once more by a loop that does nothing else.

Between the bare loop, which writes one row for an event, and the runtime stand the log, the decisions and the
outbox with their indexes: this is what they cost, without anybody who seals, decides or reads. The least of it, a
pair of bodies with nothing but a number each, says what any program pays that logs an event before it answers, and
keeps the command before it sends it.
"""

import re
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Connection, LargeBinary, MetaData, Table, text

from store import dialect, schema
from store.database import Database

TABLES: Final = {
    table.name: table.to_metadata(MetaData(), name=f"bare_{table.name}")
    for table in (schema.events, schema.decisions, schema.outbox)
}
PAIR: Final = {
    table: Table(f"pair_{table}", MetaData(), Column("seq", BigInteger), Column("body", LargeBinary))
    for table in ("events", "outbox")
}
_ROWS: Final = "SELECT {wanted} FROM {table} WHERE side = 'crm' AND seq > :after ORDER BY seq LIMIT :limit"
_MADE: Final = text("SELECT sql FROM sqlite_master WHERE tbl_name = :table AND sql IS NOT NULL ORDER BY type DESC")

Columns = dict[str, Any]
#: What one commit holds.
Insert = list[tuple[Table, Columns]]


def _renamed(found: re.Match[str]) -> str:
    """`CREATE INDEX one ON two` and `CREATE TABLE two`, up to the name of the table."""
    return f"{found[1]}{'bare_' + found[2] if found[2] else ''}bare_"


def make_tables(conn: Connection) -> None:
    """Tables like those of the store, with the same indexes and nothing in them; and the pair."""
    whole, kind = ("INTEGER", "BLOB") if conn.dialect.name == "sqlite" else ("BIGINT", "BYTEA")
    for bare in PAIR.values():
        conn.execute(text(f"CREATE TABLE {bare.name} (seq {whole} PRIMARY KEY, body {kind} NOT NULL)"))
    for table in TABLES:
        if conn.dialect.name == "postgresql":
            conn.execute(text(f"CREATE TABLE bare_{table} (LIKE {table} INCLUDING ALL)"))
            continue
        for made in conn.execute(_MADE, {"table": table}).scalars().all():
            conn.exec_driver_sql(re.sub(r"^(CREATE (?:TABLE|INDEX) )(?:(\w+ ON ))?", _renamed, made))


def again(database: Database, after: int, events: int, batch: int, settle: Callable[[Database], None]) -> float:
    """Events a second when what was written of those after a seq is written once more, a commit each batch."""
    parts = [
        [[(copy, _columns(conn, table, at, batch)) for table, copy in TABLES.items()]]
        for conn, at in _batches(database, after, events, batch)
    ]
    return events / _written(database, parts, batch, settle)


def pair(database: Database, after: int, events: int, batch: int, settle: Callable[[Database], None]) -> float:
    """As `again`, but only the two sealed bodies, under their number: a commit each for events and for commands."""
    parts = [
        [[(copy, _columns(conn, table, at, batch, "seq, body"))] for table, copy in PAIR.items()]
        for conn, at in _batches(database, after, events, batch)
    ]
    return events / _written(database, parts, batch, settle)


def _batches(database: Database, after: int, events: int, batch: int) -> Iterator[tuple[Connection, int]]:
    with database.read() as conn:
        for at in range(after, after + events, batch):
            yield conn, at


def _written(database: Database, parts: list[list[Insert]], batch: int, settle: Callable[[Database], None]) -> float:
    """Seconds to write all of it, a commit each."""
    began = time.perf_counter()
    for commits in parts:
        for inserts in commits:
            database.writer.write_now(partial(_insert, inserts, batch))
    settle(database)
    return time.perf_counter() - began


def _columns(conn: Connection, table: str, after: int, limit: int, wanted: str = "*") -> Columns:
    """By column: a list, or the one value that all rows have."""
    rows = conn.execute(text(_ROWS.format(wanted=wanted, table=table)), {"after": after, "limit": limit})
    names, columns = list(rows.keys()), zip(*rows.all(), strict=True)
    found = dict(zip(names, map(list, columns), strict=True))
    return {name: values[0] if values.count(values[0]) == len(values) else values for name, values in found.items()}


def _insert(part: Insert, rows: int, conn: Connection) -> None:
    for table, columns in part:
        dialect.insert(conn, table, rows, **columns)
