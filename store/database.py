"""A database that keeps its word, opened: readers, the one writer, and the keys."""

from contextlib import AbstractContextManager
from typing import Literal

from sqlalchemy import Connection

from store.keys import Keyring
from store.writer import Writer

Dialect = Literal["sqlite", "postgresql"]


class Database:
    """SQLite (`sqlite:////path/ecluse.db`) or PostgreSQL (`postgresql+psycopg://…`)."""

    dialect: Dialect
    writer: Writer
    keys: Keyring

    @classmethod
    def open(cls, url: str, *, kek: bytes) -> "Database":
        """Check and open; makes no file and no table. Raises Unsafe, SchemaMismatch, WrongKey, Unavailable."""
        raise NotImplementedError

    def migrate(self) -> None:
        """Bring the tables to this code's revision; nothing happens where they are there."""
        raise NotImplementedError

    def read(self) -> AbstractContextManager[Connection]:
        """A reader on one snapshot; never waits for the writer. Driver errors come out translated."""
        raise NotImplementedError

    def close(self) -> None:
        raise NotImplementedError
