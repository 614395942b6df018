"""What can go wrong below, told without a value: code, constraint name and SQLSTATE only.

    StoreError
    ├── Unsafe            this database would not keep its word (settings, file system): nothing was opened
    ├── SchemaMismatch    the database is newer than this code, or was never migrated
    ├── WrongKey          the key-encryption key is not the one this database was made with
    ├── Undecipherable    sealed bytes that no longer open: their key was shredded, or they were changed
    ├── Fenced            the lease went to another holder: nothing was changed, stop working
    ├── Violated          a rule of the schema, or of an event's life, forbids it: asking again will not help
    ├── TooLarge          a payload above MAX_BODY_BYTES
    ├── Unavailable       the database did not answer, or not in time: nothing was committed, ask again
    ├── CommitInDoubt     the connection went while COMMIT was under way: look before you ask again
    └── Closed            the writer was closed

Drivers quote parameters, rows and addresses in their errors, so `translated` is the only way out for them.
"""

import sqlite3

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError


class StoreError(Exception):
    """Something the store could not do. `code` is stable snake_case; the rest are names, never values."""

    def __init__(self, code: str, *, constraint: str = "", sqlstate: str = "") -> None:
        self.code = code
        self.constraint = constraint
        self.sqlstate = sqlstate
        super().__init__(" ".join(part for part in (code, constraint, sqlstate) if part))


class Unsafe(StoreError):
    """The database would not keep what it acknowledges."""


class SchemaMismatch(StoreError):
    """The tables are not those this code was written for."""


class WrongKey(StoreError):
    """The key-encryption key does not open this database's keys."""


class Undecipherable(StoreError):
    """Sealed bytes that do not open: shredded, altered, or moved from another row."""


class Fenced(StoreError):
    """The lease is no longer held: nothing of this unit was kept."""


class Violated(StoreError):
    """A constraint of the schema or of an event's life forbids it."""


class TooLarge(StoreError):
    """A payload above the limit of one row."""


class Unavailable(StoreError):
    """Nothing was committed; the same may succeed later."""


class CommitInDoubt(StoreError):
    """It may or may not have been committed."""


class Closed(StoreError):
    """The writer takes no more work."""


#: SQLSTATE classes and codes after which the same unit may succeed: rollback, resources, operator, connection, lock.
RETRYABLE_STATES = ("40", "53", "57P", "08", "55P03")


def translated(error: BaseException) -> StoreError:
    """The error of ours that stands for a driver's. Raise it `from None`."""
    if isinstance(error, StoreError):
        return error
    if isinstance(error, PoolTimeoutError):
        return Unavailable("no_connection_free")
    driver = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(driver, sqlite3.Error):
        return _of_sqlite(driver)
    sqlstate = getattr(driver, "sqlstate", None)
    if sqlstate or type(driver).__module__.startswith("psycopg"):
        return _of_postgres(driver, str(sqlstate or ""))
    return StoreError("database_error" if isinstance(error, SQLAlchemyError) else "unexpected_error")


def is_driver_error(error: BaseException) -> bool:
    """Whether an error comes from SQLAlchemy or a driver and may thus quote values."""
    return isinstance(error, SQLAlchemyError | sqlite3.Error) or type(error).__module__.startswith("psycopg")


def _of_sqlite(error: sqlite3.Error) -> StoreError:
    name = getattr(error, "sqlite_errorname", "") or ""
    if name.startswith("SQLITE_CONSTRAINT"):
        # "UNIQUE constraint failed: events.tenant, events.link": names of the schema, no values.
        told = str(error).partition(": ")[2] if name != "SQLITE_CONSTRAINT_TRIGGER" else ""
        return Violated("constraint", constraint=told, sqlstate=name)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return Unavailable("database_busy", sqlstate=name)
    if name.startswith(("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_READONLY")):
        return Unavailable("disk", sqlstate=name)
    return StoreError("database_error", sqlstate=name)


def _of_postgres(error: BaseException | None, sqlstate: str) -> StoreError:
    constraint = getattr(getattr(error, "diag", None), "constraint_name", None) or ""
    if sqlstate.startswith("23"):
        return Violated("constraint", constraint=constraint, sqlstate=sqlstate)
    if not sqlstate or sqlstate.startswith(RETRYABLE_STATES):
        return Unavailable("database_unavailable", sqlstate=sqlstate)
    return StoreError("database_error", constraint=constraint, sqlstate=sqlstate)
