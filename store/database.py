"""A database that keeps its word, opened: readers, the one writer, and the keys."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, QueuePool, create_engine, event, inspect, make_url
from sqlalchemy.exc import ArgumentError

from store import dialect, migration, safety
from store.errors import SchemaMismatch, StoreError, Unavailable, Unsafe, is_driver_error, translated
from store.keys import Keyring
from store.tail import Tail
from store.writer import PATIENCE_SECONDS, Writer

Dialect = Literal["sqlite", "postgresql"]

READERS_KEPT: Final = 4
#: So that a burst of readers never waits for one another; what is above READERS_KEPT is closed after use.
READERS_MORE: Final = 28
#: A server that is cut off without a word is noticed within half a minute; a kernel's own patience is a quarter of an
#: hour. In libpq's names: seconds, but for the last, which is milliseconds.
_NOTICING: Final = {
    "connect_timeout": 10,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}


class Database:
    """SQLite (`sqlite:////path/ecluse.db`) or PostgreSQL (`postgresql+psycopg://…`), opened by `Database.open`."""

    def __init__(self, url: URL, *, kek: bytes, patience: float = PATIENCE_SECONDS) -> None:
        self.dialect: Dialect = "sqlite" if url.get_backend_name() == "sqlite" else "postgresql"
        self._path = Path(url.database or "").absolute() if self.dialect == "sqlite" else None
        self._writing = self._engine(url, writer=True)
        self._reading = self._engine(url, writer=False)
        self.writer = Writer(self._writing, tend=self._tend, patience=patience)
        #: For events and for nothing else: on PostgreSQL a door then waits for no batch of decisions.
        self.door = self.writer
        self.keys = Keyring(kek, self.read, self.writer.write_now, self._scrub)
        #: What was logged here a moment ago.
        self.tail = Tail()
        engines = [self._writing]
        if self.dialect == "postgresql":
            engines.append(self._engine(url, writer=True))
            self.door = Writer(engines[1], tend=self._tend, patience=patience)
        self._engines = [*engines, self._reading]
        for engine in engines:
            self.keys.follow(engine)
            self.tail.follow(engine)

    @classmethod
    def open(cls, url: str, *, kek: bytes, patience: float = PATIENCE_SECONDS) -> "Database":
        """Check and open; makes no file and no table. Raises Unsafe, SchemaMismatch, WrongKey, Unavailable.

        `patience`: how long a write waits for a database that went away, in seconds.
        """
        database = cls(_checked(url), kek=kek, patience=patience)
        try:
            if database._path is None or database._path.exists():
                database._inspect()
        except BaseException:
            database.close()
            raise
        return database

    def migrate(self) -> None:
        """Bring the tables to this code's revision; nothing is written where they are there."""
        # Never opened by hand once SQLite has it open: closing that would drop this process's POSIX locks on it, and
        # another process would then take itself for the last one and delete the log under our feet.
        if self._path is not None and not self._path.exists():
            _create(self._path)
        if not self.current:
            self.writer.write_now(self._upgrade)

    @property
    def empty(self) -> bool:
        """Whether there are no tables yet."""
        return self._present() is None

    @property
    def current(self) -> bool:
        """Whether the tables are those of this code."""
        return self._present() == migration.known()[0]

    def _present(self) -> str | None:
        with self.read() as conn:
            return migration.present(conn)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A reader on one snapshot; never waits for the writer. Driver errors come out translated."""
        try:
            with self._reading.connect() as conn, conn.begin():
                yield conn
        except Exception as error:
            if is_driver_error(error):
                raise translated(error) from None
            raise

    def close(self) -> None:
        """Finish accepted writes, then let go of every connection."""
        self.door.close()
        self.writer.close()
        for engine in self._engines:
            engine.dispose()

    def _inspect(self) -> None:
        if self._path is not None:
            _keep_private(self._path)
        self.writer.write_now(lambda _: None)  # the writer's own connection passes its checks, or says why not
        with self.read() as conn:
            revision = migration.present(conn)
            if revision is None and inspect(conn).get_table_names():
                raise SchemaMismatch("database_of_something_else")
            if revision is not None:
                self.keys.check(conn)

    def _upgrade(self, conn: Connection) -> None:
        migration.upgrade(conn)
        self.keys.check(conn, create=True)

    def _engine(self, url: URL, *, writer: bool) -> Engine:
        pool = {"pool_size": 1, "max_overflow": 0} if writer else {}
        if not writer:
            pool = {"pool_size": READERS_KEPT, "max_overflow": READERS_MORE}
        options: dict[str, Any] = {"hide_parameters": True, "poolclass": QueuePool, **pool}
        if self._path is None:
            noticing = {name: value for name, value in _NOTICING.items() if name not in url.query}
            options |= {"isolation_level": "READ COMMITTED", "connect_args": noticing}
            engine = create_engine(url, pool_pre_ping=not writer, **options)
            if not writer:
                engine = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            event.listen(engine, "connect", lambda driver, _: safety.prepare_postgres(driver, writer=writer))
            return engine
        path = self._path
        engine = create_engine("sqlite://", creator=lambda: _connect(path), **options)
        event.listen(engine, "connect", lambda driver, _: safety.prepare_sqlite(driver, writer=writer))
        begin = "BEGIN IMMEDIATE" if writer else "BEGIN"
        event.listen(engine, "begin", lambda conn: conn.exec_driver_sql(begin))
        return engine

    def _tend(self, conn: Connection) -> None:
        self.keys.committed(conn)
        self.tail.committed(conn)
        if self._path is None:
            dialect.look_at_what_grew(conn)
        else:
            safety.checkpoint(conn.connection.driver_connection, Path(f"{self._path}-wal"))

    def _scrub(self) -> None:
        """Overwritten bytes still stand in the WAL: empty it."""
        if self._path is not None:
            with _closing(_connect(self._path)) as driver:
                driver.execute(f"PRAGMA busy_timeout = {safety.BUSY_MILLISECONDS}")
                driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


@contextmanager
def _closing(driver: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    try:
        yield driver
    except sqlite3.Error as error:
        raise translated(error) from None
    finally:
        driver.close()


def _checked(text: str) -> URL:
    url = None
    with suppress(ArgumentError, ValueError):
        url = make_url(text)
    if url is None:
        raise Unsafe("database_url_unreadable")
    if url.drivername in {"sqlite", "sqlite+pysqlite"}:
        if url.database in {None, "", ":memory:"} or str(url.database).startswith("file:"):
            raise Unsafe("sqlite_in_memory")
        safety.refuse_network(Path(str(url.database)).absolute())
        return url
    if url.drivername in {"postgresql", "postgresql+psycopg"}:
        return url.set(drivername="postgresql+psycopg")
    raise Unsafe("database_not_supported")


def _connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path))}?mode=rw", uri=True, isolation_level=None, check_same_thread=False)


def _create(path: Path) -> None:
    """The file, empty and only ours, before SQLite opens it: its WAL takes the same rights."""
    failure: StoreError | None = None
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        _keep_private(path)
        folder = os.open(path.parent, os.O_RDONLY | os.O_CLOEXEC)
        os.fsync(folder)
        os.close(folder)
    except OSError:
        failure = Unavailable("database_folder_not_writable")
    if failure is not None:
        raise failure


def _keep_private(path: Path) -> None:
    for each in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        try:
            if stat.S_IMODE(each.stat().st_mode) & 0o077:
                each.chmod(0o600)
        except FileNotFoundError:
            continue
        except OSError:
            raise Unsafe("database_file_not_ours") from None
