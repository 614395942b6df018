"""The few places where SQLite and PostgreSQL differ."""

import time
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import chain
from typing import Any, Final

import orjson
from sqlalchemy import BigInteger, Connection, CursorResult, Integer, LargeBinary, Table, Text, TextClause, text

#: Advisory locks of PostgreSQL: one number for the schema, a class of numbers for appending to each link.
SCHEMA_LOCK: Final = 0x45434C55
APPEND_LOCKS: Final = 0x45434C

#: Rows in one INSERT of SQLite: less work than one by one, more so where another thread wants the interpreter.
ROWS_AT_ONCE: Final = 50

_POSTGRES_TYPES: Final = {Text: "text", BigInteger: "int8", Integer: "int4", LargeBinary: "bytea"}
_NOW: Final = text("SELECT CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS bigint)")
_LOCK_SCHEMA: Final = text("SELECT pg_advisory_xact_lock(CAST(:number AS bigint))")
_LOCK_APPEND: Final = text("SELECT pg_advisory_xact_lock(CAST(:number AS int), hashtext(:name))")
_LISTED: Final = {
    "sqlite": {
        "{in_texts}": "IN (SELECT value FROM json_each(:listed))",
        "{in_numbers}": "IN (SELECT value FROM json_each(:listed))",
    },
    "postgresql": {
        "{in_texts}": "= ANY(CAST(:listed AS text[]))",
        "{in_numbers}": "= ANY(CAST(:listed AS bigint[]))",
    },
}


def now(conn: Connection) -> int:
    """UTC microseconds by the database's clock. SQLite lives in this process: its clock is this machine's."""
    if conn.dialect.name == "sqlite":
        return time.time_ns() // 1000
    return int(conn.execute(_NOW).scalar_one())


def lock_append(conn: Connection, tenant: str, link: str) -> None:
    """Until this transaction ends nobody else appends to this link, so that seqs appear in order."""
    if conn.dialect.name == "postgresql":
        conn.execute(_LOCK_APPEND, {"number": APPEND_LOCKS, "name": f"{tenant}|{link}"})


def lock_schema(conn: Connection) -> None:
    """Until this transaction ends nobody else migrates. SQLite's one write lock is held already."""
    if conn.dialect.name == "postgresql":
        conn.execute(_LOCK_SCHEMA, {"number": SCHEMA_LOCK})


def for_share(conn: Connection) -> str:
    """What holds a row that was read as it is until the transaction ends. SQLite's write lock does so by itself."""
    return " FOR SHARE" if conn.dialect.name == "postgresql" else ""


def among(conn: Connection, statement: str, listed: Iterable[Any], **values: Any) -> CursorResult[Any]:
    """Execute SQL that has `{in_texts}` or `{in_numbers}` once, for any number of listed values."""
    packed: Any = list(listed)
    if conn.dialect.name == "sqlite":
        packed = orjson.dumps(packed).decode()
    return conn.execute(_among(conn.dialect.name, statement), {"listed": packed, **values})


@lru_cache(maxsize=256)
def _among(dialect: str, statement: str) -> TextClause:
    for mark, meant in _LISTED[dialect].items():
        statement = statement.replace(mark, meant)
    return text(statement)


def insert_rows(conn: Connection, table: Table, rows: Sequence[tuple[Any, ...]]) -> None:
    """Insert many rows, values in the order of the table's columns: the hot path of both engines."""
    if not rows:
        return
    if conn.dialect.name == "sqlite":
        whole = len(rows) - len(rows) % ROWS_AT_ONCE
        for at in range(0, whole, ROWS_AT_ONCE):
            flat = tuple(chain.from_iterable(rows[at : at + ROWS_AT_ONCE]))
            conn.exec_driver_sql(_sqlite_insert(table, ROWS_AT_ONCE), flat)
        if whole < len(rows):
            conn.exec_driver_sql(_sqlite_insert(table), list(rows[whole:]))
        return
    statement, types = _postgres_copy(table)
    driver: Any = conn.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(types)
        for row in rows:
            copy.write_row(row)


@lru_cache(maxsize=32)
def _sqlite_insert(table: Table, rows: int = 1) -> str:
    row = f"({','.join('?' * len(table.columns))})"
    return f"INSERT INTO {table.name} VALUES {','.join([row] * rows)}"


@lru_cache(maxsize=32)
def _postgres_copy(table: Table) -> tuple[str, list[str]]:
    names = ", ".join(column.name for column in table.columns)
    types = [_POSTGRES_TYPES[type(column.type)] for column in table.columns]
    return f"COPY {table.name} ({names}) FROM STDIN (FORMAT BINARY)", types
