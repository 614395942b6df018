"""The few places where SQLite and PostgreSQL differ."""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import chain, repeat
from typing import Any, Final

import orjson
from sqlalchemy import BigInteger, Connection, CursorResult, Integer, LargeBinary, Table, Text, TextClause, text

#: Advisory locks of PostgreSQL: one number for the schema, a class of numbers for appending to each link.
SCHEMA_LOCK: Final = 0x45434C55
APPEND_LOCKS: Final = 0x45434C

#: Rows in one INSERT of SQLite: as many as there are, in the fewest statements of these sizes.
ROWS_AT_ONCE: Final = (500, 100, 20, 1)

#: Rows after which a table of PostgreSQL is first looked at.
FIRST_LOOK: Final = 500

#: What holds a row that was read as it is until the transaction ends. SQLite's write lock does so by itself.
HOLDS: Final = {"sqlite": "", "postgresql": " FOR SHARE"}

#: Tables in which a few rows among many matter: those that are due, among those that wait.
_RARE: Final = frozenset({"outbox"})

_TAKEN: Final = frozenset({"23505", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"})
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


def insert(conn: Connection, table: Table, rows: int, **columns: Any) -> None:
    """Insert many rows: the hot path. A list holds a value for each row, anything else is the same in all."""
    if not rows:
        return
    same = {name: value for name, value in columns.items() if type(value) is not list}
    each = {name: value for name, value in columns.items() if type(value) is list}
    if conn.dialect.name == "sqlite":
        _insert_sqlite(conn, table.name, rows, same, each)
        return
    statement, types = _postgres_copy(table, (*same, *each))
    driver: Any = conn.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types(types)
        write_row = copy.write_row
        for row in zip(*(repeat(value, rows) for value in same.values()), *each.values(), strict=True):
            write_row(row)
    grown = conn.info.setdefault("grown", Counter())
    grown[table.name] += rows


def unless_taken(conn: Connection, insert: Callable[[], None]) -> bool:
    """Insert, all of it or nothing; False where a row of such a key is there already."""
    driver: Any = conn.connection.driver_connection
    driver.execute("SAVEPOINT unless_taken")
    try:
        insert()
    except Exception as error:
        told = getattr(error, "sqlstate", None) or getattr(error, "sqlite_errorname", None)
        if told not in _TAKEN:
            raise
        driver.execute("ROLLBACK TO unless_taken")
        driver.execute("RELEASE unless_taken")
        return False
    driver.execute("RELEASE unless_taken")
    return True


def look_at_what_grew(conn: Connection) -> None:
    """Between transactions: have PostgreSQL look at tables that have grown tenfold since it was last asked here.

    It looks by itself, but after a minute. Until then it takes any tenant for one of two hundred, and reads
    a link's whole index for each batch.
    """
    grown, seen = conn.info.get("grown", {}), conn.info.setdefault("seen", {})
    due = [table for table, rows in grown.items() if rows >= seen.get(table, 0) * 10 + FIRST_LOOK]
    if not due:
        return
    with conn.begin():
        for table in due:
            # That keys differ is seen in a tenth of what it usually looks at: a tenth of the time, measured.
            rows = "DEFAULT" if table in _RARE else "10"
            conn.exec_driver_sql(f"SET LOCAL default_statistics_target TO {rows}")
            conn.exec_driver_sql(f"ANALYZE {table}")
            seen[table] = grown[table]


def _insert_sqlite(conn: Connection, table: str, rows: int, same: dict[str, Any], each: dict[str, list[Any]]) -> None:
    """Many rows in a statement: less work than one by one, more so where another thread wants the interpreter."""
    flat = tuple(chain.from_iterable(zip(*each.values(), strict=True)))
    shared, width, at = tuple(same.values()), len(each), 0
    execute = conn.connection.driver_connection.execute  # type: ignore[union-attr]
    for rows_at_once in ROWS_AT_ONCE:
        statement = _sqlite_insert(table, tuple(same), tuple(each), rows_at_once)
        while rows - at >= rows_at_once:
            values = shared + flat[at * width : (at + rows_at_once) * width]
            execute(statement, values)
            at += rows_at_once


@lru_cache(maxsize=64)
def _sqlite_insert(table: str, same: tuple[str, ...], each: tuple[str, ...], rows: int) -> str:
    """What is the same in all rows is bound once."""
    shared = "".join(f"?{place + 1}," for place in range(len(same)))
    numbers = iter(range(len(same) + 1, len(same) + 1 + rows * len(each)))
    values = ",".join(f"({shared}{','.join(f'?{next(numbers)}' for _ in each)})" for _ in range(rows))
    return f"INSERT INTO {table} ({','.join(same + each)}) VALUES {values}"


@lru_cache(maxsize=64)
def _postgres_copy(table: Table, names: tuple[str, ...]) -> tuple[str, list[str]]:
    types = [_POSTGRES_TYPES[type(table.columns[name].type)] for name in names]
    return f"COPY {table.name} ({', '.join(names)}) FROM STDIN (FORMAT BINARY)", types


def rows(conn: Connection, statement: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    """All rows of a query with `:name` marks, as the driver gives them: the hot path of reading."""
    driver: Any = conn.connection.driver_connection
    found: list[tuple[Any, ...]]
    if conn.dialect.name == "sqlite":
        found = driver.execute(statement, values).fetchall()
    else:
        with driver.cursor(binary=True) as cursor:
            found = cursor.execute(_pyformat(statement), values).fetchall()
    return found


@lru_cache(maxsize=64)
def _pyformat(statement: str) -> str:
    return re.sub(r"(?<![:\w]):(\w+)", r"%(\1)s", statement)
