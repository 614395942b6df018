"""No error of a driver gets out with a value in it."""

import sqlite3
import traceback
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import ArgumentError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from store import dialect, errors
from store.database import Database
from store.errors import StoreError, Unavailable, Violated, translated
from store.schema import leases

CANARY = "canary-81f3"


def unique(conn: Connection) -> None:
    for _ in range(2):
        values = {"t": CANARY}
        conn.execute(
            text("INSERT INTO leases (tenant, name, holder, epoch, expires_at) VALUES (:t, 'n', :t, 1, 1)"), values
        )


def unique_in_bulk(conn: Connection) -> None:
    dialect.insert(conn, leases, 2, tenant=CANARY, name=["n", "n"], holder=CANARY, epoch=1, expires_at=1)


def missing(conn: Connection) -> None:
    conn.execute(text("INSERT INTO leases (tenant, name) VALUES (:t, 'n')"), {"t": CANARY})


def foreign(conn: Connection) -> None:
    conn.execute(
        text(
            "INSERT INTO record_refs (tenant, link, object, key, ref_object, ref_key) VALUES (:t, :t, :t, :t, :t, :t)"
        ),
        {"t": CANARY},
    )


def bad_cast(conn: Connection) -> None:
    conn.execute(text("SELECT CAST(:t AS integer) / CAST('0' AS integer) FROM nowhere"), {"t": CANARY})


def cast_failure(conn: Connection) -> None:
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT CAST(CAST(:t AS text) AS integer)"), {"t": CANARY}).all()
    conn.execute(text("SELECT json_extract(:t, 'x')"), {"t": CANARY}).all()


def unbindable(conn: Connection) -> None:
    conn.execute(text("SELECT :t"), {"t": {CANARY}})


def closed(conn: Connection) -> None:
    driver: Any = conn.connection.driver_connection
    driver.close()
    conn.execute(text("SELECT :t"), {"t": CANARY})


FAILING = [unique, unique_in_bulk, missing, foreign, bad_cast, cast_failure, unbindable]


@pytest.mark.parametrize("work", FAILING)
@pytest.mark.parametrize("through", ["writer", "reader"])
def test_no_value_gets_out(database: Database, work: Callable[[Connection], None], through: str) -> None:
    def in_a_reader() -> None:
        with database.read() as conn:
            work(conn)

    with pytest.raises(StoreError) as caught:
        database.writer.write_now(work) if through == "writer" else in_a_reader()
    _clean(caught.value)


def test_no_value_gets_out_of_a_closed_connection(database: Database) -> None:
    with pytest.raises(StoreError) as caught, database.read() as conn:
        closed(conn)
    _clean(caught.value)


def _clean(error: StoreError) -> None:
    told = "".join(traceback.format_exception(error)) + repr(error) + str(error) + str(error.__dict__)
    source = "".join(line for line in told.splitlines() if "CANARY" not in line)
    assert CANARY not in source
    assert error.code


def test_a_violation_names_its_constraint(database: Database) -> None:
    with pytest.raises(Violated) as caught:
        database.writer.write_now(unique)
    assert "leases" in caught.value.constraint
    assert caught.value.sqlstate


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (psycopg.errors.SerializationFailure(CANARY), Unavailable),
        (psycopg.errors.DeadlockDetected(CANARY), Unavailable),
        (psycopg.errors.AdminShutdown(CANARY), Unavailable),
        (psycopg.errors.LockNotAvailable(CANARY), Unavailable),
        (psycopg.OperationalError(CANARY), Unavailable),
        (psycopg.errors.UniqueViolation(CANARY), Violated),
        (psycopg.errors.UndefinedTable(CANARY), StoreError),
        (sqlite3.OperationalError(CANARY), StoreError),
        (PoolTimeoutError(CANARY), Unavailable),
        (ArgumentError(CANARY), StoreError),
    ],
)
def test_errors_are_sorted_by_what_happens_next(error: Exception, kind: type[StoreError]) -> None:
    told = translated(error)
    assert type(told) is kind
    _clean(told)


def test_every_error_is_drawn() -> None:
    drawn = errors.__doc__ or ""
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, StoreError)]
    assert len(kinds) == 11
    assert all(f"{kind.__name__} " in drawn or kind is StoreError for kind in kinds)
