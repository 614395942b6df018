"""`kill -9`: of the process that writes, and of the PostgreSQL server under it."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from store import events
from store.database import Database
from store.errors import CommitInDoubt, Unavailable
from tests.services.postgres import Postgres
from tests.store.stories import KEK, LINK, TENANT, Story, event

SEED = 20261122
KILLS = 300
SERVER_KILLS = 20

pytestmark = pytest.mark.crash


def test_no_acknowledged_event_is_lost_when_the_writer_is_killed(tmp_path: Path, migrated_file: Path) -> None:
    path = tmp_path / "ecluse.db"
    path.write_bytes(migrated_file.read_bytes())
    command = [sys.executable, "-m", "tests.store.appender", f"sqlite:///{path}", str(KILLS), str(SEED)]
    root = Path(__file__).parents[2]
    acknowledged = json.loads(subprocess.run(command, check=True, capture_output=True, cwd=root).stdout)
    assert len({key.partition("-")[0] for key in acknowledged}) == KILLS
    database = Database.open(f"sqlite:///{path}", kek=KEK)
    with database.read() as conn:
        assert events.known(conn, TENANT, LINK, acknowledged) == set(acknowledged)
    database.close()
    connection = sqlite3.connect(path)
    assert connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    connection.close()


def _kill_all(server: Postgres) -> None:
    """The postmaster and its children at once."""
    assert server.process is not None
    master = server.process.pid
    children = []
    for each in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(each.read_text("utf-8", "replace").rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent == master:
            children.append(int(each.parent.name))
    for pid in (master, *children):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    server.kill()


@pytest.mark.postgres
def test_no_acknowledged_event_is_lost_when_the_server_is_killed(postgres: Postgres, url_of_server: str) -> None:
    database = Database.open(url_of_server, kek=KEK, patience=30.0)
    story = Story(database)
    acknowledged: list[str] = []
    over, told = threading.Event(), threading.Semaphore(0)

    def append() -> None:
        number = 0
        while not over.is_set():
            key = f"k{number}"
            try:
                story.log(event(key))
            except (CommitInDoubt, Unavailable):
                continue  # the same event again: the log knows its key
            acknowledged.append(key)
            told.release()
            number += 1

    thread = threading.Thread(target=append)
    thread.start()
    try:
        for cycle in range(SERVER_KILLS):
            for _ in range(3 + cycle * 7 % 20):
                assert told.acquire(timeout=60)
            _kill_all(postgres)
            postgres.start()
        assert told.acquire(timeout=60)
    finally:
        over.set()
        thread.join()
    with database.read() as conn:
        logged = events.read_after(conn, database.keys, TENANT, LINK, event("x").side, 0, 100_000)
    database.close()
    assert [one.key for one in logged] == acknowledged


@pytest.fixture
def url_of_server(postgres: Postgres, fresh_database: str) -> str:
    database = Database.open(fresh_database, kek=KEK)
    database.migrate()
    database.close()
    return fresh_database
