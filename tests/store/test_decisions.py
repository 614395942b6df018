"""Decisions explain, hold no value, and are made once unless replayed."""

import pytest
from sqlalchemy import text

from mapping.reasons import Reason
from mapping.words import Side, Verdict
from store import decisions, outbox, quarantine
from store.database import Database
from store.errors import Violated
from tests.store.stories import LINK, TENANT, Story, decision, event


def test_a_decision_comes_back_without_its_command(database: Database) -> None:
    story = Story(database)
    (seq,) = story.log(event("k", "contact/7"))
    assert seq is not None
    story.decide([seq])
    kept = story.see(lambda conn: decisions.of_event(conn, TENANT, LINK, "k"))
    assert kept is not None
    assert kept.decision == decision("k", record="contact/7")
    assert (kept.seq, kept.side, kept.attempt, kept.state, kept.ended_at) == (seq, Side.CRM, 1, "on_its_way", None)
    assert story.see(lambda conn: decisions.of_event(conn, TENANT, LINK, "unknown")) is None


def test_a_record_tells_its_newest_decisions_first(database: Database) -> None:
    story = Story(database)
    mine = [story.sent("contact/1") for _ in range(3)]
    story.sent("contact/2")
    found = story.see(lambda conn: decisions.of_record(conn, TENANT, LINK, "contact/1", 2))
    assert [kept.seq for kept in found] == [mine[2], mine[1]]


def test_an_event_is_not_decided_twice(database: Database) -> None:
    story = Story(database)
    seq = story.receive()
    story.decide([seq], Verdict.WITHHOLD)
    with pytest.raises(Violated, match="already_decided"):
        story.decide([seq], Verdict.WITHHOLD)
    assert story.balance().withheld == 1


def test_decisions_may_come_in_any_order(database: Database) -> None:
    story = Story(database)
    seqs = [story.receive(f"contact/{number}") for number in range(4)]
    story.decide([seqs[3], seqs[1]])
    story.decide([seqs[2], seqs[0]])
    assert story.see(lambda conn: outbox.backlog(conn, TENANT, LINK, Side.CRM)).pending == 4
    assert story.balance().imbalance == 0


def test_what_is_decided_is_known_also_while_it_is_replayed(database: Database) -> None:
    story = Story(database)
    done, parked, waiting = story.receive(), story.receive(), story.receive()
    story.decide([done])
    story.decide([parked], Verdict.QUARANTINE)
    story.do(lambda conn: quarantine.take_for_replay(conn, story.keys, TENANT, LINK, parked))
    asked = [done, parked, waiting, 999]
    assert story.see(lambda conn: decisions.decided(conn, TENANT, LINK, Side.CRM, asked)) == {done, parked}
    assert story.see(lambda conn: decisions.decided(conn, TENANT, LINK, Side.DIALER, asked)) == set()
    assert story.see(lambda conn: decisions.decided(conn, "sud", LINK, Side.CRM, asked)) == set()
    assert story.see(lambda conn: decisions.decided(conn, TENANT, LINK, Side.CRM, [])) == set()


def test_a_replay_overwrites_and_counts_the_attempt(database: Database) -> None:
    story = Story(database)
    seq = story.receive()
    story.decide([seq], Verdict.QUARANTINE)
    story.do(lambda conn: quarantine.take_for_replay(conn, story.keys, TENANT, LINK, seq))
    (again,) = story.see(lambda conn: decisions.to_replay(conn, story.keys, TENANT, LINK, Side.CRM, 9))
    assert (again.seq, again.body, again.unreadable) == (seq, b'{"a":1}', False)
    story.decide([seq], Verdict.WITHHOLD)
    kept = story.see(lambda conn: decisions.of_event(conn, TENANT, LINK, again.key))
    assert kept is not None
    assert (kept.attempt, kept.decision.verdict, kept.state) == (2, Verdict.WITHHOLD, "withheld")
    assert story.see(lambda conn: decisions.to_replay(conn, story.keys, TENANT, LINK, Side.CRM, 9)) == []


def test_the_tally_counts_by_verdict_and_reason(database: Database) -> None:
    story = Story(database)
    for verdict in (Verdict.WITHHOLD, Verdict.WITHHOLD, Verdict.REFUSE):
        story.decide([story.receive()], verdict)
    tally = story.see(lambda conn: decisions.tally(conn, TENANT, LINK, Side.CRM))
    assert tally == {
        (Verdict.WITHHOLD, Reason.OUTSIDE_PERIMETER): 2,
        (Verdict.REFUSE, Reason.NOT_GRANTED): 1,
    }
    later = story.do(lambda conn: conn.execute(text("SELECT max(decided_at) FROM decisions")).scalar_one()) + 1
    assert story.see(lambda conn: decisions.tally(conn, TENANT, LINK, Side.CRM, later)) == {}
