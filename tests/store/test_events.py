"""The log: once each, in one order, readable only by who holds the key."""

import threading
from pathlib import Path

import pytest
from sqlalchemy import text

from mapping.words import Origin, Side
from store import events, positions
from store.database import Database
from store.errors import TooLarge
from store.events import MAX_BODY_BYTES, NewEvent
from tests.store.stories import KEK, LINK, TENANT, Story, event

CANARY = b'{"margin":"canary-81f3"}'


def test_an_event_comes_back_as_it_went_in(database: Database) -> None:
    story = Story(database)
    new = NewEvent("k1", Side.DIALER, "phoning.call.ended", "contact/7", Origin.BACKFILL, CANARY)
    (seq,) = story.log(new)
    assert seq is not None
    logged = story.see(lambda conn: events.one(conn, story.keys, TENANT, LINK, seq))
    assert logged is not None
    assert (logged.key, logged.type, logged.record, logged.origin, logged.body) == (new.key, *new[2:])
    assert logged.unreadable is False
    assert story.see(lambda conn: events.by_key(conn, story.keys, TENANT, LINK, "k1")) == logged


def test_the_same_key_is_logged_once(database: Database) -> None:
    story = Story(database)
    assert story.log(event("a"), event("b"), event("a")) == [1, 2, None]
    assert story.log(event("b"), event("c")) == [None, 3]
    assert story.see(lambda conn: events.known(conn, TENANT, LINK, ["a", "c", "d"])) == {"a", "c"}
    assert story.see(lambda conn: events.known(conn, TENANT, LINK, [])) == set()


def test_a_large_batch_that_holds_known_events_is_logged_without_them(database: Database) -> None:
    story = Story(database)
    story.log(event("k30"))
    many = [event(f"k{number}", f"contact/{number}", b"%d" % number) for number in range(events.MANY)]
    expected = [*range(2, 32), None, *range(32, events.MANY + 1)]
    assert story.log(*many) == expected
    assert story.log(*many) == [None] * events.MANY
    assert story.log(*(new._replace(key=f"other-{new.key}") for new in many), event("k30"))[-1] is None
    found = story.see(lambda conn: events.read_after(conn, story.keys, TENANT, LINK, Side.CRM, 1, 99))
    assert [one.seq for one in found] == list(range(2, 2 * events.MANY + 1))
    assert [(one.key, one.body) for one in found[:30]] == [(f"k{n}", b"%d" % n) for n in range(30)]


def test_the_same_key_in_another_link_or_tenant_is_another_event(database: Database) -> None:
    story = Story(database)
    story.log(event("a"))
    assert story.do(lambda conn: events.append(conn, story.keys, TENANT, "other", [event("a")])) == [1]
    assert story.do(lambda conn: events.append(conn, story.keys, "sud", LINK, [event("a")])) == [1]
    assert story.see(lambda conn: events.read_after(conn, story.keys, "est", LINK, Side.CRM, 0, 9)) == []


def test_a_side_reads_its_own_events_in_order(database: Database) -> None:
    story = Story(database)
    story.log(event("a"), event("b", side=Side.DIALER), event("c"), event("d"))

    def keys(side: Side, seq: int, limit: int) -> list[str]:
        found = story.see(lambda conn: events.read_after(conn, story.keys, TENANT, LINK, side, seq, limit))
        return [one.key for one in found]

    assert keys(Side.CRM, 0, 10) == ["a", "c", "d"]
    assert keys(Side.CRM, 1, 1) == ["c"]
    assert keys(Side.DIALER, 0, 10) == ["b"]
    newest = story.see(lambda conn: events.latest(conn, story.keys, TENANT, LINK, Side.CRM, 2))
    assert [one.key for one in newest] == ["d", "c"]


def test_a_number_is_not_given_out_again_after_the_log_was_emptied(database: Database) -> None:
    story = Story(database)
    story.receive()
    seq = story.receive()
    story.do(lambda conn: positions.move(conn, TENANT, LINK, Side.CRM, seq, story.lease))
    story.do(lambda conn: conn.execute(text("DELETE FROM events")))
    assert story.receive() == seq + 1


def test_a_body_that_is_too_large_is_refused_whole(database: Database) -> None:
    story = Story(database)
    with pytest.raises(TooLarge):
        story.log(event("a"), event("b", body=bytes(MAX_BODY_BYTES + 1)))
    assert story.log(event("a", body=bytes(MAX_BODY_BYTES))) == [1]


def test_an_altered_or_moved_body_is_unreadable_and_holds_up_nobody(database: Database) -> None:
    story = Story(database)
    story.log(event("a", body=b"1"), event("b", body=b"2"), event("c", body=b"3"))
    swap = "UPDATE events SET body = (SELECT body FROM events WHERE key = 'b') WHERE key = 'a'"
    story.do(lambda conn: conn.execute(text(swap)))
    story.do(lambda conn: conn.execute(text("UPDATE events SET body = :x WHERE key = 'c'"), {"x": b"short"}))
    found = story.see(lambda conn: events.read_after(conn, story.keys, TENANT, LINK, Side.CRM, 0, 9))
    assert [(one.key, one.body, one.unreadable) for one in found] == [
        ("a", b"", True),
        ("b", b"2", False),
        ("c", b"", True),
    ]


def test_no_value_stands_in_the_file(database: Database, tmp_path: Path) -> None:
    if database.dialect != "sqlite":
        pytest.skip("reads the files of SQLite")
    Story(database).receive(body=CANARY)
    for each in tmp_path.iterdir():
        assert b"canary" not in each.read_bytes()


@pytest.mark.postgres
def test_two_processes_append_and_no_smaller_number_appears_later(fresh_database: str) -> None:
    writers = [Database.open(fresh_database, kek=KEK) for _ in range(3)]
    writers[0].migrate()
    stories = [Story(database) for database in writers]
    over = threading.Event()
    seen: list[int] = []

    def follow() -> None:
        while True:
            last = over.is_set()
            after = seen[-1] if seen else 0
            with writers[0].read() as conn:
                found = events.read_after(conn, writers[0].keys, TENANT, LINK, Side.CRM, after, 1000)
            seen.extend(one.seq for one in found)
            if last:
                return

    def append(story: Story, name: str) -> None:
        for number in range(150):
            story.log(event(f"{name}{number}"), event(f"{name}{number}'"))

    reader = threading.Thread(target=follow)
    threads = [threading.Thread(target=append, args=(story, str(at))) for at, story in enumerate(stories)]
    for thread in (reader, *threads):
        thread.start()
    for thread in threads:
        thread.join()
    over.set()
    reader.join()
    for database in writers:
        database.close()
    assert seen == list(range(1, 901))
