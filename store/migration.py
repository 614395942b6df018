"""Alembic, driven from inside: which revision a database has, and how it gets to ours."""

from functools import lru_cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from store import dialect
from store.errors import SchemaMismatch

FOLDER = Path(__file__).parent / "migrations"


def configuration(conn: Connection | None = None) -> Config:
    """Alembic's settings, without a file."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = conn
    return config


@lru_cache(maxsize=1)
def known() -> tuple[str, frozenset[str]]:
    """The newest revision of this code, and all that it knows."""
    scripts = ScriptDirectory.from_config(configuration())
    head = scripts.get_current_head()
    return head or "", frozenset(script.revision for script in scripts.walk_revisions())


def present(conn: Connection) -> str | None:
    """The database's revision; None before the first. Raises SchemaMismatch for one this code does not know."""
    revision = MigrationContext.configure(conn).get_current_revision()
    if revision is not None and revision not in known()[1]:
        raise SchemaMismatch("database_newer_than_code")
    return revision


def upgrade(conn: Connection, to: str = "head") -> None:
    """Run what is missing inside the open transaction; a second process waits and then finds nothing to do."""
    dialect.lock_schema(conn)
    if present(conn) != known()[0] or to != "head":
        command.upgrade(configuration(conn), to)


def downgrade(conn: Connection, to: str) -> None:
    """Back to an older revision, inside the open transaction."""
    dialect.lock_schema(conn)
    command.downgrade(configuration(conn), to)
