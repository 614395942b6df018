"""What is opened, what is refused, and why."""

import os
import sqlite3
import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, inspect, text

from store import events, safety
from store.database import Database
from store.errors import SchemaMismatch, Unavailable, Unsafe, WrongKey
from tests.store.stories import KEK, LINK, TENANT, Story, event


def test_opening_makes_no_file(tmp_path: Path) -> None:
    Database.open(f"sqlite:///{tmp_path}/ecluse.db", kek=KEK).close()
    assert list(tmp_path.iterdir()) == []


def test_opening_makes_no_table(empty_url: str) -> None:
    database = Database.open(empty_url, kek=KEK)
    if database.dialect == "postgresql":
        with database.read() as conn:
            assert inspect(conn).get_table_names() == []
    database.close()


def test_migrating_twice_changes_nothing(empty_url: str) -> None:
    database = Database.open(empty_url, kek=KEK)
    database.migrate()
    with database.read() as conn:
        before = sorted(inspect(conn).get_table_names())
    database.migrate()
    with database.read() as conn:
        assert sorted(inspect(conn).get_table_names()) == before
    database.close()


def test_files_are_only_ours(tmp_path: Path) -> None:
    path = tmp_path / "ecluse.db"
    before = os.umask(0)
    try:
        database = Database.open(f"sqlite:///{path}", kek=KEK)
        database.migrate()
        Story(database).receive()
        modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()}
        database.close()
    finally:
        os.umask(before)
    assert modes == {"ecluse.db": 0o600, "ecluse.db-wal": 0o600, "ecluse.db-shm": 0o600}


def test_a_file_that_others_may_read_is_closed_to_them(tmp_path: Path, migrated_file: Path) -> None:
    path = tmp_path / "ecluse.db"
    path.write_bytes(migrated_file.read_bytes())
    path.chmod(0o644)
    Database.open(f"sqlite:///{path}", kek=KEK).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "sqlite:///file:x?mode=memory&uri=true"])
def test_a_database_in_memory_is_refused(url: str) -> None:
    with pytest.raises(Unsafe, match="sqlite_in_memory"):
        Database.open(url, kek=KEK)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("mysql://localhost/x", "database_not_supported"),
        ("postgresql+psycopg2://localhost/x", "database_not_supported"),
        ("not a url", "database_url_unreadable"),
    ],
)
def test_other_databases_are_refused(url: str, code: str) -> None:
    with pytest.raises(Unsafe, match=code):
        Database.open(url, kek=KEK)


def test_the_file_system_of_a_path_is_that_of_the_longest_mount() -> None:
    mounts = "/dev/sda / ext4 rw 0 0\nsrv:/x /data nfs4 rw 0 0\n/dev/sdb /data/local\\040disk xfs rw 0 0\nbroken\n"
    assert safety.file_system(Path("/home/a.db"), mounts) == "ext4"
    assert safety.file_system(Path("/data/a.db"), mounts) == "nfs4"
    assert safety.file_system(Path("/data/local disk/a.db"), mounts) == "xfs"
    assert safety.file_system(Path("/database/a.db"), mounts) == "ext4"


@pytest.mark.parametrize("kind", ["nfs4", "cifs", "fuse.sshfs", "9p", "ceph"])
def test_a_network_file_system_is_refused(tmp_path: Path, kind: str) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(f"/dev/sda / ext4 rw 0 0\nfar {tmp_path} {kind} rw 0 0\n", "utf-8")
    with pytest.raises(Unsafe, match="network_file_system"):
        safety.refuse_network(tmp_path / "ecluse.db", mounts)


class Deaf:
    """A driver's connection that says yes to a PRAGMA and keeps another value."""

    def __init__(self, name: str, value: str) -> None:
        self.real = sqlite3.connect(":memory:")
        self.name, self.value = name, value

    def execute(self, statement: str) -> sqlite3.Cursor:
        if statement == f"PRAGMA {self.name}":
            return self.real.execute(f"SELECT '{self.value}'")
        if statement == "PRAGMA journal_mode":
            return self.real.execute("SELECT 'wal'")
        return self.real.execute(statement)


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("journal_mode", "delete", "sqlite_not_wal"),
        ("synchronous", "1", "sqlite_not_full"),
        ("synchronous", "0", "sqlite_not_full"),
        ("foreign_keys", "0", "sqlite_without_foreign_keys"),
    ],
)
def test_a_setting_that_did_not_hold_is_refused(name: str, value: str, code: str) -> None:
    driver = Deaf(name, value)
    with pytest.raises(Unsafe, match=code):
        safety.prepare_sqlite(driver, writer=True)
    driver.real.close()


def test_every_connection_runs_wal_full_and_foreign_keys(database: Database) -> None:
    if database.dialect != "sqlite":
        pytest.skip("settings of SQLite")
    asked = "SELECT (SELECT * FROM pragma_journal_mode), (SELECT * FROM pragma_synchronous),"
    asked += " (SELECT * FROM pragma_foreign_keys)"
    with database.read() as conn:
        assert tuple(conn.execute(text(asked)).one()) == ("wal", 2, 1)
    assert tuple(database.writer.write_now(lambda conn: conn.execute(text(asked)).one())) == ("wal", 2, 1)


def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(Exception, match=r"disk|database_error"), database.read() as conn:
        conn.execute(text("DELETE FROM events"))


@pytest.mark.postgres
@pytest.mark.parametrize("value", ["off"])
def test_postgresql_that_acknowledges_before_it_syncs_is_refused(fresh_database: str, value: str) -> None:
    admin = create_engine(fresh_database)
    with admin.begin() as conn:
        name = conn.exec_driver_sql("SELECT current_database()").scalar_one()
        conn.exec_driver_sql(f"ALTER DATABASE {name} SET synchronous_commit = {value}")
    admin.dispose()
    with pytest.raises(Unsafe, match="postgresql_commits_unsynced"):
        Database.open(fresh_database, kek=KEK)


@pytest.mark.postgres
def test_a_server_that_does_not_answer_is_unavailable(fresh_database: str) -> None:
    nowhere = fresh_database.replace("127.0.0.1:", "127.0.0.1:1")[:60].rsplit(":", 1)[0] + ":1/nothing"
    with pytest.raises(Unavailable) as caught:
        Database.open(nowhere, kek=KEK, patience=0.0)
    assert "127.0.0.1" not in str(caught.value)


def test_a_database_newer_than_the_code_is_refused(database: Database, url: str) -> None:
    database.writer.write_now(lambda conn: conn.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    with pytest.raises(SchemaMismatch, match="database_newer_than_code"):
        Database.open(url, kek=KEK)


def test_a_database_of_something_else_is_refused(empty_url: str) -> None:
    other = create_engine(empty_url)
    with other.begin() as conn:
        conn.execute(text("CREATE TABLE theirs (x INTEGER)"))
    other.dispose()
    with pytest.raises(SchemaMismatch, match="database_of_something_else"):
        Database.open(empty_url, kek=KEK)


def test_another_key_is_refused_at_the_door(database: Database, url: str) -> None:
    with pytest.raises(WrongKey, match="kek_does_not_open_this_database"):
        Database.open(url, kek=bytes(32))


def test_a_key_of_another_length_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WrongKey, match="kek_must_be_32_bytes"):
        Database.open(f"sqlite:///{tmp_path}/ecluse.db", kek=b"short")


def test_a_reader_does_not_wait_for_the_writer(database: Database) -> None:
    story = Story(database)
    story.receive()
    seen = database.writer.write_now(lambda _: story.balance().received)  # read while the write lock is held
    assert seen == 1


def test_the_wal_stays_small_while_readers_come_and_go(database: Database, tmp_path: Path) -> None:
    if database.dialect != "sqlite":
        pytest.skip("PostgreSQL recycles its WAL itself")
    story = Story(database)
    wal, largest, over = tmp_path / "ecluse.db-wal", 0, threading.Event()

    def look() -> int:
        looks = 0
        while not over.is_set():
            looks += story.balance().received >= 0
        return looks

    with ThreadPoolExecutor(2) as readers:
        looked = [readers.submit(look) for _ in range(2)]
        try:
            for _ in range(120):
                story.receive(body=bytes(1_000_000))
                largest = max(largest, wal.stat().st_size)
        finally:
            over.set()
    assert all(each.result() > 0 for each in looked)
    assert largest < 64 * safety.MEBIBYTE


def test_on_postgresql_a_door_waits_for_no_unit_of_the_writer(database: Database) -> None:
    story = Story(database)
    if database.dialect == "sqlite":
        assert database.door is database.writer
        return
    logged = threading.Event()

    def through_the_door() -> None:
        new = [event("through the door")]
        database.door.write_now(lambda conn: events.append(conn, story.keys, TENANT, LINK, new))
        logged.set()

    with ThreadPoolExecutor(1) as pool:

        def meanwhile(_: Connection) -> bool:
            pool.submit(through_the_door)
            return logged.wait(30)

        assert database.writer.write_now(meanwhile)
    assert story.balance().received == 1
