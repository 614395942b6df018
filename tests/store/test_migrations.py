"""The schema goes up, comes down, and is what the code believes it is."""

from functools import partial

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect

from store import migration
from store.database import Database
from store.schema import metadata
from tests.store.stories import KEK


def tables(conn: Connection) -> set[str]:
    return set(inspect(conn).get_table_names()) - {"alembic_version"}


def differences(conn: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(conn, opts={"compare_type": True}), metadata))


def test_there_is_one_head() -> None:
    assert len(ScriptDirectory.from_config(migration.configuration()).get_heads()) == 1


def test_the_tables_are_those_of_the_code(database: Database) -> None:
    with database.read() as conn:
        assert differences(conn) == []
        assert tables(conn) == set(metadata.tables)


def test_going_down_leaves_nothing_and_going_up_again_makes_the_same(database: Database) -> None:
    database.writer.write_now(lambda conn: migration.downgrade(conn, "base"))
    with database.read() as conn:
        assert tables(conn) == set()
        assert inspect(conn).get_indexes("alembic_version") == []
    database.writer.write_now(migration.upgrade)
    with database.read() as conn:
        assert differences(conn) == []


def test_every_step_goes_up_down_and_up(empty_url: str) -> None:
    database = Database.open(empty_url, kek=KEK)
    database.migrate()
    scripts = list(ScriptDirectory.from_config(migration.configuration()).walk_revisions())
    for script in scripts:
        below = str(script.down_revision or "base")
        database.writer.write_now(partial(migration.downgrade, to=below))
        database.writer.write_now(partial(migration.upgrade, to=script.revision))
        database.writer.write_now(partial(migration.downgrade, to=below))
    database.migrate()
    with database.read() as conn:
        assert differences(conn) == []
    database.close()


def test_the_tenant_comes_first_in_every_primary_key() -> None:
    assert {table.primary_key.columns[0].name for table in metadata.tables.values()} == {"tenant"}


def test_a_migration_that_breaks_off_leaves_nothing(empty_url: str) -> None:
    database = Database.open(empty_url, kek=KEK)
    if database.dialect == "sqlite":
        database.migrate()
        database.writer.write_now(lambda conn: migration.downgrade(conn, "base"))

    def broken(conn: Connection) -> None:
        migration.upgrade(conn)
        raise InterruptedError

    try:
        database.writer.write_now(broken)
    except InterruptedError:
        with database.read() as conn:
            assert tables(conn) == set()
    database.migrate()
    with database.read() as conn:
        assert differences(conn) == []
    database.close()
