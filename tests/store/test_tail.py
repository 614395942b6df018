"""The end of the log at hand: what it serves is what the database would have said, or nothing."""

import pytest
from sqlalchemy import Connection

from mapping.words import Side
from store import events, tail
from store.database import Database
from store.events import LoggedEvent
from tests.store.stories import KEK, LINK, TENANT, Story, event


def at_hand(database: Database, seq: int, limit: int = 99, link: str = LINK) -> list[LoggedEvent]:
    return events.at_hand(database.tail, TENANT, link, seq, limit)


def in_database(story: Story, seq: int, limit: int = 99) -> list[LoggedEvent]:
    return story.see(lambda conn: events.read_after(conn, story.keys, TENANT, LINK, Side.CRM, seq, limit))


def test_what_was_just_logged_is_at_hand_as_the_database_has_it(database: Database) -> None:
    story = Story(database)
    story.log(event("a"), event("b", "contact/7", b'{"b":2}'))
    story.log(event("c"))
    assert at_hand(database, 0, 2) == in_database(story, 0, 2)
    assert [one.key for one in at_hand(database, 0)] == ["a", "b", "c"]
    assert at_hand(database, 1) == in_database(story, 1)
    assert at_hand(database, 3) == []
    assert at_hand(database, 0, link="other") == []


def test_the_other_sides_events_and_duplicates_are_passed_over(database: Database) -> None:
    story = Story(database)
    story.log(event("a"), event("x", side=Side.DIALER), event("a"), event("b"))
    story.log(event("y", side=Side.DIALER))
    story.log(event("c"), event("b"))
    assert at_hand(database, 0) == in_database(story, 0)
    assert [one.seq for one in at_hand(database, 0)] == [1, 3, 5]


def test_what_is_behind_the_position_is_forgotten(database: Database) -> None:
    story = Story(database)
    story.log(*(event(f"k{number}") for number in range(5)))
    assert [one.seq for one in at_hand(database, 3)] == [4, 5]
    assert at_hand(database, 2) == []
    assert [one.seq for one in in_database(story, 2)] == [3, 4, 5]


def test_who_does_not_want_it_has_nothing_held(database: Database) -> None:
    """A runtime whose events go to a broker as they lie in the log: nobody would ever take them from here."""
    story = Story(database)
    story.log(event("a"))
    database.tail.leave()
    story.log(event("b"))
    assert at_hand(database, 0) == []
    assert database.tail._size == 0
    assert [one.key for one in in_database(story, 0)] == ["a", "b"]


def test_what_was_not_committed_is_never_at_hand(database: Database) -> None:
    story = Story(database)
    story.log(event("a"))

    def lost(conn: Connection) -> None:
        events.append(conn, story.keys, TENANT, LINK, [event("lost")])
        raise ValueError("changed its mind")

    with pytest.raises(ValueError, match="changed its mind"):
        story.do(lost)
    assert [one.key for one in at_hand(database, 0)] == ["a"]
    story.log(event("b"))
    assert at_hand(database, 0) == in_database(story, 0)


def test_a_gap_that_another_process_filled_is_left_to_the_database(database: Database, url: str) -> None:
    story = Story(database)
    story.log(event("a"))
    other = Database.open(url, kek=KEK)
    other.writer.write_now(lambda conn: events.append(conn, other.keys, TENANT, LINK, [event("theirs")]))
    other.close()
    story.log(event("b"))
    assert at_hand(database, 0) == []
    assert [one.key for one in in_database(story, 0)] == ["a", "theirs", "b"]
    assert [one.key for one in at_hand(database, 2)] == ["b"]


def test_a_decider_that_does_not_keep_up_reads_the_database(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "MOST_BYTES", 5_000)
    story = Story(database)
    for number in range(8):
        story.log(event(f"k{number}", body=bytes(1_000)))
        assert database.tail._size <= 5_000
    assert at_hand(database, 0) == []
    assert at_hand(database, 7) == in_database(story, 7)
