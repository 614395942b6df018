"""The schema goes up, comes down, and is what the code believes it is."""

from functools import partial

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from mapping.words import Verdict
from store import decisions, migration
from store.database import Database
from store.schema import metadata
from tests.store.stories import KEK, LINK, TENANT, Story


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


def test_what_was_decided_before_outcomes_were_shared_is_explained_as_before(empty_url: str) -> None:
    database = Database.open(empty_url, kek=KEK)
    database.migrate()
    story = Story(database)
    seqs = [story.receive(f"contact/{number}") for number in range(4)]
    story.decide(seqs[:3])
    story.decide(seqs[3:], Verdict.WITHHOLD)

    def kept() -> list[decisions.Kept]:
        records = [f"contact/{number}" for number in range(4)]
        return [
            story.see(partial(decisions.of_record, tenant=TENANT, link=LINK, record=r, limit=9))[0] for r in records
        ]

    def shared() -> int:
        return int(story.see(lambda conn: conn.execute(text("SELECT count(*) FROM outcomes")).scalar_one()))

    before = kept()
    assert shared() == 2
    database.writer.write_now(partial(migration.downgrade, to="0001"))
    fields = story.see(lambda conn: conn.execute(text("SELECT DISTINCT fields FROM decisions")).scalars().all())
    assert "/contact/phone" in "".join(fields)
    database.writer.write_now(migration.upgrade)
    assert kept() == before
    assert shared() == 2
    story.decide([story.receive("contact/9")])  # what is decided now comes to the same outcome as what was carried over
    assert shared() == 2
    assert story.balance().imbalance == 0
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
