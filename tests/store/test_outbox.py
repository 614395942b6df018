"""Lanes: only the head leaves, in order, and a lane that waits holds up no other."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from mapping.decisions import Command
from mapping.reasons import Reason
from mapping.words import CommandKind, Side, Verdict
from store import decisions, dialect, outbox, quarantine, schema
from store.database import Database
from store.errors import Violated
from store.outbox import Backlog, Due
from tests.store.stories import LINK, TENANT, Story, command

WHERE = (TENANT, LINK, Side.CRM)


def seqs(due: Sequence[Due]) -> list[int]:
    return [each.seq for each in due]


def test_only_the_head_of_each_lane_is_due(database: Database) -> None:
    story = Story(database)
    first, second, other = story.sent("contact/1"), story.sent("contact/1"), story.sent("contact/2")
    assert seqs(story.due()) == [first, other]
    story.deliver({first: "jp-1"})
    assert seqs(story.due()) == [second, other]
    story.deliver({second: "", other: ""})
    assert story.due() == []


def test_commands_of_one_batch_share_their_lane(database: Database) -> None:
    story = Story(database)
    batch = [story.receive("contact/1"), story.receive("contact/1"), story.receive("contact/2")]
    story.decide(batch)
    assert seqs(story.due()) == [batch[0], batch[2]]


def test_what_is_due_is_whole_and_bounded(database: Database) -> None:
    story = Story(database)
    for number in range(5):
        story.sent(f"contact/{number}")
    due = story.due(3)
    assert len(due) == 3
    assert due[0].command == command("contact/0")
    assert (due[0].lane, due[0].attempts, due[0].in_doubt, due[0].unreadable) == ("contact/0", 0, False, False)
    assert len({each.once for each in story.due()}) == 5


def test_a_started_command_is_hidden_and_then_in_doubt(database: Database) -> None:
    story = Story(database)
    seq = story.sent()
    story.do(lambda conn: outbox.started(conn, story.lease, *WHERE, [seq]))
    assert story.due() == []
    assert story.do(lambda conn: outbox.reclaim(conn, story.lease, *WHERE)) == 1
    (due,) = story.due()
    assert (due.in_doubt, due.attempts) == (True, 1)


def test_a_command_that_is_not_a_head_cannot_start(database: Database) -> None:
    story = Story(database)
    story.sent()
    second = story.sent()
    with pytest.raises(Violated, match="not_head_of_its_lane"):
        story.do(lambda conn: outbox.started(conn, story.lease, *WHERE, [second]))


def test_a_postponed_head_holds_up_its_lane_and_no_other(database: Database) -> None:
    story = Story(database)
    head, _, other = story.sent("contact/1"), story.sent("contact/1"), story.sent("contact/2")
    story.do(lambda conn: outbox.postponed(conn, story.lease, *WHERE, head, 3600.0, "busy"))
    assert seqs(story.due()) == [other]
    story.do(lambda conn: outbox.postponed(conn, story.lease, *WHERE, head, 0.0, "busy", in_doubt=True))
    assert [(each.seq, each.in_doubt) for each in story.due()] == [(head, True), (other, False)]


def test_what_is_due_is_counted_by_lane_and_no_further_than_asked(database: Database) -> None:
    story = Story(database)
    head, *_ = story.sent("contact/1"), story.sent("contact/1"), story.sent("contact/2"), story.sent("contact/3")
    assert story.see(lambda conn: outbox.due_count(conn, *WHERE, 10)) == 3
    assert story.see(lambda conn: outbox.due_count(conn, *WHERE, 2)) == 2
    story.do(lambda conn: outbox.postponed(conn, story.lease, *WHERE, head, 3600.0, "busy"))
    assert story.see(lambda conn: outbox.due_count(conn, *WHERE, 10)) == 2


def test_what_has_ended_cannot_end_again(database: Database) -> None:
    story = Story(database)
    seq = story.sent()
    story.deliver({seq: ""})
    with pytest.raises(Violated, match="not_in_outbox"):
        story.deliver({seq: ""})
    with pytest.raises(Violated, match="not_in_outbox"):
        story.do(lambda conn: outbox.postponed(conn, story.lease, *WHERE, seq, 1.0, "busy"))
    assert story.balance().delivered == 1


def test_each_end_is_written_into_the_decision(database: Database) -> None:
    story = Story(database)
    kept, out, no = story.sent("contact/1"), story.sent("contact/2"), story.sent("contact/3")
    story.deliver({kept: "jp-1"})
    story.do(lambda conn: outbox.withheld(conn, story.lease, *WHERE, out, Reason.UNCHANGED))
    story.do(lambda conn: outbox.refused(conn, story.lease, *WHERE, no, Reason.TARGET_REFUSED))
    ends = [story.call(decisions.of_record, TENANT, LINK, f"contact/{n}", 1)[0] for n in (1, 2, 3)]
    assert [(end.state, end.end_reason, end.target_key) for end in ends] == [
        ("delivered", "", "jp-1"),
        ("withheld", "unchanged", ""),
        ("refused", "target_refused", ""),
    ]
    assert all(end.ended_at for end in ends)


def test_a_parked_command_takes_its_event_to_the_quarantine_and_frees_the_lane(database: Database) -> None:
    story = Story(database)
    head, second = story.sent(), story.sent()
    story.do(lambda conn: outbox.parked(conn, story.keys, story.lease, *WHERE, head, Reason.RETRIES_EXHAUSTED))
    assert seqs(story.due()) == [second]
    (parked,) = story.see(lambda conn: quarantine.listing(conn, TENANT, LINK))
    assert (parked.seq, parked.stage.value, parked.reason) == (head, "deliver", Reason.RETRIES_EXHAUSTED)
    assert story.balance().quarantined == 1


def test_a_replay_comes_back_at_its_old_place_in_the_lane(database: Database) -> None:
    story = Story(database)
    head, second = story.sent(), story.sent()
    story.do(lambda conn: outbox.parked(conn, story.keys, story.lease, *WHERE, head, Reason.RETRIES_EXHAUSTED))
    story.do(lambda conn: quarantine.take_for_replay(conn, story.keys, TENANT, LINK, head))
    story.decide([head])
    assert seqs(story.due()) == [head]
    story.deliver({head: ""})
    assert seqs(story.due()) == [second]


def test_commands_of_other_records_may_come_late(database: Database) -> None:
    story = Story(database)
    first, second, third = (story.receive(f"contact/{number}") for number in (1, 2, 1))
    story.decide([second])
    story.decide([first, third])
    assert seqs(story.due()) == [first, second]
    story.deliver({first: "", second: ""})
    assert seqs(story.due()) == [third]


def test_a_replay_does_not_overtake_what_has_started(database: Database) -> None:
    story = Story(database)
    head, second = story.sent(), story.sent()
    story.do(lambda conn: outbox.parked(conn, story.keys, story.lease, *WHERE, head, Reason.RETRIES_EXHAUSTED))
    story.do(lambda conn: outbox.started(conn, story.lease, *WHERE, [second], 0.0))
    story.do(lambda conn: quarantine.take_for_replay(conn, story.keys, TENANT, LINK, head))
    story.decide([head])
    assert seqs(story.due()) == [second]


def test_the_effect_key_survives_a_replay(database: Database) -> None:
    story = Story(database)
    seq = story.sent()
    before = story.due()[0].once
    story.do(lambda conn: outbox.parked(conn, story.keys, story.lease, *WHERE, seq, Reason.RETRIES_EXHAUSTED))
    story.do(lambda conn: quarantine.take_for_replay(conn, story.keys, TENANT, LINK, seq))
    story.decide([seq])
    assert story.due()[0].once == before


def test_the_effect_key_tells_kinds_tenants_links_and_events_apart() -> None:
    causes = [
        ("a", "b", "c", CommandKind.LOG_CALL),
        ("a", "b", "c", CommandKind.SET_STATUS),
        ("a", "b", "d", CommandKind.LOG_CALL),
        ("a", "c", "c", CommandKind.LOG_CALL),
        ("ab", "", "c", CommandKind.LOG_CALL),
    ]
    assert len({outbox.effect_key(*cause) for cause in causes}) == 5


@pytest.mark.parametrize("kind", [CommandKind.BOOK_APPOINTMENT, CommandKind.SET_STATUS])
def test_a_proposal_validated_twice_is_one_effect(database: Database, kind: CommandKind) -> None:
    story = Story(database)
    validated = Command(kind, "contact/42", {"id": "rdv-1", "start": "2026-12-01T10:00:00+01:00"})
    first, second = story.receive("contact/42"), story.receive("contact/42")
    story.decide([first, second])
    story.do(lambda conn: conn.execute(text("DELETE FROM outbox")))
    story.do(lambda conn: outbox.add(conn, story.keys, *WHERE, [(first, validated), (second, validated)]))
    once = story.due()[0].once
    story.deliver({first: ""})

    assert seqs(story.due()) == [second]
    assert story.due()[0].once == once


def test_an_unreadable_command_is_shown_as_such(database: Database) -> None:
    story = Story(database)
    story.sent("contact/1")
    story.sent("contact/2")
    moved = "UPDATE outbox SET body = (SELECT body FROM outbox WHERE record = 'contact/2') WHERE record = 'contact/1'"
    story.do(lambda conn: conn.execute(text(moved)))
    assert [(each.unreadable, dict(each.command.body) == {}) for each in story.due()] == [(True, True), (False, False)]


def test_the_sides_do_not_see_each_other(database: Database) -> None:
    ours, theirs = Story(database), Story(database, Side.DIALER)
    ours.sent()
    seq = theirs.receive()
    theirs.decide([seq], Verdict.WRITE)
    assert seqs(theirs.due()) == [seq]
    assert len(ours.due()) == 1


def test_the_backlog_counts_and_dates_what_waits(database: Database) -> None:
    story = Story(database)
    assert story.see(lambda conn: outbox.backlog(conn, *WHERE)) == Backlog(0, 0, None)
    first = story.sent("contact/1")
    story.sent("contact/2")
    story.do(lambda conn: outbox.started(conn, story.lease, *WHERE, [first], 0.0))
    backlog = story.see(lambda conn: outbox.backlog(conn, *WHERE))
    assert (backlog.pending, backlog.started) == (2, 1)
    assert backlog.oldest == min(each.created_at for each in story.due())


def test_due_reads_heads_from_their_index_however_many_wait(database: Database) -> None:
    story = Story(database)
    story.sent("contact/0")
    numbers = list(range(10_000, 30_000))
    records = [f"contact/{number % 50}" for number in numbers]
    other = dict.fromkeys(("key_id", "not_before", "attempts", "created_at"), 1)
    same: dict[str, Any] = {**other, "kind": "upsert_prospect", "body": b"x", "state": "pending", "head": 0, "code": ""}
    same |= dict(zip(("tenant", "link", "side"), map(str, WHERE), strict=True))
    story.do(lambda conn: dialect.insert(conn, schema.outbox, len(numbers), **same, seq=numbers, record=records))
    values = {"tenant": TENANT, "link": LINK, "side": "crm", "now": 4_000_000_000_000_000, "limit": 100}
    with database.read() as conn:
        if database.dialect == "sqlite":
            found = conn.execute(text(f"EXPLAIN QUERY PLAN {outbox._DUE.text}"), values)
            plan = " ".join(str(row[3]) for row in found)
            assert "USE TEMP B-TREE" not in plan
        else:
            plan = " ".join(str(row[0]) for row in conn.execute(text(f"EXPLAIN {outbox._DUE.text}"), values))
            assert "Sort" not in plan
    assert "ix_outbox_due" in plan


@pytest.mark.parametrize(
    "statement", [outbox._START, outbox._ENDING, outbox._DELETE], ids=["start", "ending", "delete"]
)
def test_seqs_are_looked_up_however_many_wait(migrated_file: Path, statement: str) -> None:
    asked = statement.replace("{in_numbers}", "IN (SELECT value FROM json_each(:listed))")
    values = dict.fromkeys(("tenant", "link", "side", "listed", "until"), "[1]")
    with closing(sqlite3.connect(migrated_file)) as driver:
        plan = " ".join(row[3] for row in driver.execute(f"EXPLAIN QUERY PLAN {asked}", values))
    assert "seq=?" in plan
