"""The quarantine keeps events whole, shows only their shape, and gives them back once."""

import pytest
from sqlalchemy import text

from mapping.reasons import Reason
from mapping.words import Side, Verdict
from store import quarantine
from store.database import Database
from store.errors import Undecipherable, Violated
from store.quarantine import ParkedState, Stage
from tests.store.stories import LINK, TENANT, Story, event

BODY = b'{"id":"e-1","data":{"phone":"+33611223344","tries":[1,2.5],"late":true,"note":null}}'


def parked(story: Story, body: bytes = BODY) -> int:
    (seq,) = story.log(event("k", body=body, side=story.side))
    assert seq is not None
    story.decide([seq], Verdict.QUARANTINE)
    return seq


def test_it_shows_the_shape_and_no_value(database: Database) -> None:
    story = Story(database)
    seq = parked(story)
    shown = story.see(lambda conn: quarantine.show(conn, story.keys, TENANT, LINK, seq))
    assert shown == {
        "type": "object",
        "keys": {
            "id": {"type": "string", "length": 3},
            "data": {
                "type": "object",
                "keys": {
                    "phone": {"type": "string", "length": 12},
                    "tries": {"type": "array", "length": 2, "items": [{"type": "number"}, {"type": "number"}]},
                    "late": {"type": "boolean"},
                    "note": {"type": "null"},
                },
            },
        },
    }


def test_a_key_that_may_be_a_value_is_not_shown(database: Database) -> None:
    story = Story(database)
    seq = parked(story, '{"+33611223344": 1, "marge 48 %": 2, "margin48210": 3, "clé": 4, "phone2": 5}'.encode())
    shown = story.see(lambda conn: quarantine.show(conn, story.keys, TENANT, LINK, seq))
    assert list(shown["keys"]) == ["(0: 12)", "(1: 10)", "(2: 11)", "(3: 3)", "phone2"]


@pytest.mark.parametrize(
    ("body", "kind"), [(b"\xff\xfe", "not json"), (b"[" * 60 + b"]" * 60, "array"), (b"", "not json")]
)
def test_it_shows_what_it_cannot_read(database: Database, body: bytes, kind: str) -> None:
    story = Story(database)
    seq = parked(story, body)
    assert story.see(lambda conn: quarantine.show(conn, story.keys, TENANT, LINK, seq))["type"] == kind


def test_it_outlives_the_key_of_the_event(database: Database) -> None:
    story = Story(database)
    seq = parked(story)
    story.do(lambda conn: conn.execute(text("UPDATE data_keys SET wrapped = :no WHERE purpose = 'event'"), {"no": b""}))
    database.keys._kept.clear()
    assert story.do(lambda conn: quarantine.take_for_replay(conn, story.keys, TENANT, LINK, seq)) == BODY


def test_it_is_given_back_once(database: Database) -> None:
    story = Story(database)
    seq = parked(story)
    story.do(lambda conn: quarantine.take_for_replay(conn, story.keys, TENANT, LINK, seq))
    with pytest.raises(Violated, match="not_in_quarantine"):
        story.do(lambda conn: quarantine.take_for_replay(conn, story.keys, TENANT, LINK, seq))
    assert story.balance().in_flight == 1


def test_what_fails_again_is_parked_again(database: Database) -> None:
    story = Story(database)
    seq = parked(story)
    story.do(lambda conn: quarantine.take_for_replay(conn, story.keys, TENANT, LINK, seq))
    story.decide([seq], Verdict.QUARANTINE)
    (row,) = story.see(lambda conn: quarantine.listing(conn, TENANT, LINK))
    assert (row.times, row.state, row.stage, row.reason) == (2, ParkedState.PARKED, Stage.DECIDE, Reason.MALFORMED)
    assert story.balance().imbalance == 0


def test_discarding_needs_who_and_why_and_leaves_the_row_without_its_body(database: Database) -> None:
    story = Story(database)
    seq = parked(story)
    for by, why in (("", "spam"), ("ana", " ")):
        with pytest.raises(Violated, match="discard_needs_by_and_why"):
            story.call(quarantine.discard, TENANT, LINK, seq, by=by, why=why)
    story.do(lambda conn: quarantine.discard(conn, TENANT, LINK, seq, by="ana", why="spam"))
    assert story.see(lambda conn: quarantine.listing(conn, TENANT, LINK)) == []
    (row,) = story.see(lambda conn: quarantine.listing(conn, TENANT, LINK, state=None))
    assert (row.state, row.discarded_by, row.discarded_why) == (ParkedState.DISCARDED, "ana", "spam")
    assert story.see(lambda conn: quarantine.show(conn, story.keys, TENANT, LINK, seq)) == {"type": "discarded"}
    assert story.balance().quarantined == 1
    with pytest.raises(Violated, match="not_in_quarantine"):
        story.do(lambda conn: quarantine.take_for_replay(conn, story.keys, TENANT, LINK, seq))


def test_the_census_counts_what_is_parked(database: Database) -> None:
    story, theirs = Story(database), Story(database, Side.DIALER)
    assert story.see(lambda conn: quarantine.census(conn, TENANT, LINK)) == {}
    seq = parked(story)
    theirs.decide([theirs.receive(), theirs.receive()], Verdict.QUARANTINE)
    (row, *_) = story.see(lambda conn: quarantine.listing(conn, TENANT, LINK))
    counted = story.see(lambda conn: quarantine.census(conn, TENANT, LINK))
    assert counted[Side.CRM] == (1, row.parked_at)
    assert counted[Side.DIALER][0] == 2
    story.do(lambda conn: quarantine.discard(conn, TENANT, LINK, seq, by="ana", why="spam"))
    assert set(story.see(lambda conn: quarantine.census(conn, TENANT, LINK))) == {Side.DIALER}


def test_what_is_unknown_is_said_so(database: Database) -> None:
    story = Story(database)
    with pytest.raises(Violated, match="not_in_quarantine"):
        story.see(lambda conn: quarantine.show(conn, story.keys, TENANT, LINK, 9))
    with pytest.raises(Violated, match="no_such_event"):
        story.do(lambda conn: quarantine.add(conn, story.keys, TENANT, LINK, 9, Stage.DECIDE, Reason.MALFORMED, b""))


def test_after_its_own_term_it_cannot_be_replayed_and_says_so(database: Database) -> None:
    story = Story(database)
    seq = parked(story)
    story.do(
        lambda conn: conn.execute(text("UPDATE data_keys SET wrapped = :no WHERE purpose = 'parked'"), {"no": b""})
    )
    database.keys._kept.clear()
    with pytest.raises(Undecipherable, match="key_shredded"):
        story.do(lambda conn: quarantine.take_for_replay(conn, story.keys, TENANT, LINK, seq))
    assert story.balance().quarantined == 1
