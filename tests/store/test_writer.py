"""The writer: acknowledged means committed, and one bad unit sinks nobody else."""

import asyncio
import threading
from collections.abc import Callable

import pytest
from sqlalchemy import Connection, text

from store import events, positions
from store.database import Database
from store.errors import Closed, CommitInDoubt, Unavailable, Violated
from tests.store.stories import KEK, LINK, TENANT, Story, event

DIE = (
    "CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$"
)
DIE_AT_COMMIT = (
    "CREATE CONSTRAINT TRIGGER die AFTER INSERT ON cursors DEFERRABLE INITIALLY DEFERRED"
    " FOR EACH ROW EXECUTE FUNCTION die()"
)


def received(database: Database) -> int:
    with database.read() as conn:
        return int(conn.execute(text("SELECT count(*) FROM events")).scalar_one())


def appends(story: Story, key: str) -> Callable[[Connection], object]:
    return lambda conn: events.append(conn, story.keys, TENANT, LINK, [event(key)])


async def test_what_is_acknowledged_can_be_read_by_others(database: Database) -> None:
    story = Story(database)
    await database.writer.write(appends(story, "a"))
    assert received(database) == 1


async def test_units_that_come_together_share_a_group(database: Database) -> None:
    story = Story(database)
    transactions: set[int] = set()
    hold = threading.Event()

    def numbered(key: str) -> Callable[[Connection], object]:
        def work(conn: Connection) -> object:
            transactions.add(id(conn.get_transaction()))
            return appends(story, key)(conn)

        return work

    blocker = asyncio.get_running_loop().run_in_executor(None, database.writer.write_now, lambda _: hold.wait(5))
    units = [asyncio.ensure_future(database.writer.write(numbered(str(i)))) for i in range(20)]
    await asyncio.sleep(0)  # hands the units over
    hold.set()
    await asyncio.gather(blocker, *units)
    assert received(database) == 20
    assert len(transactions) < 20


async def test_a_bad_unit_is_undone_alone(database: Database) -> None:
    story = Story(database)
    hold = threading.Event()

    def bad(conn: Connection) -> None:
        appends(story, "half")(conn)
        raise LookupError("mine")

    blocker = asyncio.get_running_loop().run_in_executor(None, database.writer.write_now, lambda _: hold.wait(5))
    units = [database.writer.write(appends(story, key)) for key in "abc"]
    units.insert(1, database.writer.write(bad))
    waiting = [asyncio.ensure_future(unit) for unit in units]
    await asyncio.sleep(0)
    hold.set()
    results = await asyncio.gather(blocker, *waiting, return_exceptions=True)
    assert [type(result) for result in results[1:]] == [list, LookupError, list, list]
    assert received(database) == 3


def test_a_driver_error_comes_back_translated(database: Database) -> None:
    with pytest.raises(Violated) as caught:
        database.writer.write_now(
            lambda conn: [conn.execute(text("INSERT INTO leases VALUES ('t', 'n', 'h', 1, 1)")) for _ in range(2)]
        )
    assert "leases" in caught.value.constraint


def test_a_unit_within_a_unit_shares_its_transaction(database: Database) -> None:
    story = Story(database)

    def outer(conn: Connection) -> None:
        database.writer.write_now(appends(story, "inner"))
        raise LookupError

    with pytest.raises(LookupError):
        database.writer.write_now(outer)
    assert received(database) == 0


async def test_a_cancelled_caller_undoes_nothing(database: Database) -> None:
    story = Story(database)
    hold = threading.Event()
    blocker = asyncio.get_running_loop().run_in_executor(None, database.writer.write_now, lambda _: hold.wait(5))
    unit = asyncio.ensure_future(database.writer.write(appends(story, "a")))
    await asyncio.sleep(0)
    unit.cancel()
    hold.set()
    await blocker
    database.writer.write_now(lambda _: None)
    assert received(database) == 1


def test_closing_finishes_what_was_accepted(database: Database) -> None:
    story = Story(database)
    hold = threading.Event()
    threads = [threading.Thread(target=database.writer.write_now, args=(lambda _: hold.wait(5),))]
    threads += [threading.Thread(target=database.writer.write_now, args=(appends(story, key),)) for key in "abc"]
    for thread in threads:
        thread.start()
    while database.writer._queue.qsize() < 3:
        pass
    hold.set()
    database.writer.close()
    for thread in threads:
        thread.join()
    assert received(database) == 3
    with pytest.raises(Closed):
        database.writer.write_now(lambda _: None)


@pytest.mark.postgres
def test_a_lost_connection_before_commit_is_mended_unseen(fresh_database: str) -> None:
    story = Story(_migrated(fresh_database))
    times = []

    def work(conn: Connection) -> None:
        times.append(1)
        appends(story, "a")(conn)
        if len(times) == 1:
            conn.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    story.do(work)
    assert (len(times), received(story.database)) == (2, 1)
    story.database.close()


@pytest.mark.postgres
def test_a_connection_lost_during_commit_is_told_and_not_repeated(fresh_database: str) -> None:
    story = Story(_migrated(fresh_database))
    story.do(lambda conn: conn.execute(text(DIE)))
    story.do(lambda conn: conn.execute(text(DIE_AT_COMMIT)))
    times = []

    def work(conn: Connection) -> None:
        times.append(1)
        positions.save_cursor(conn, TENANT, LINK, "contacts", "1", story.lease)

    with pytest.raises(CommitInDoubt):
        story.do(work)
    assert len(times) == 1
    assert story.receive() == 1  # the writer itself goes on
    story.database.close()


@pytest.mark.postgres
def test_a_deadlock_is_run_again(fresh_database: str) -> None:
    story = Story(_migrated(fresh_database))
    times = []

    def work(conn: Connection) -> None:
        times.append(1)
        if len(times) == 1:
            raised = "DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40P01'; END $$"
            conn.execute(text(raised))

    story.do(work)
    assert len(times) == 2
    story.database.close()


@pytest.mark.postgres
def test_patience_ends(fresh_database: str) -> None:
    story = Story(_migrated(fresh_database, patience=0.0))
    raised = "DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '57P03'; END $$"
    with pytest.raises(Unavailable):
        story.do(lambda conn: conn.execute(text(raised)))
    story.database.close()


def _migrated(url: str, patience: float = 5.0) -> Database:
    database = Database.open(url, kek=KEK, patience=patience)
    database.migrate()
    return database
