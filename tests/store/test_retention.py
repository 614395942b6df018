"""Pruning takes whole events that have ended, and nothing else."""

from mapping.words import Side, Verdict
from store import decisions, events, ledger, proposals, quarantine, retention
from store.database import Database
from store.proposals import ProposalState
from tests.store.stories import FAR, LINK, TENANT, Story


def test_only_ended_events_go_and_the_balance_holds(database: Database) -> None:
    story = Story(database, Side.DIALER)
    undecided_last = [story.sent("contact/1"), story.sent("contact/2")]
    story.deliver({undecided_last[0]: ""})
    for verdict in (
        Verdict.WITHHOLD,
        Verdict.REFUSE,
        Verdict.QUARANTINE,
        Verdict.QUARANTINE,
        Verdict.HOLD,
        Verdict.HOLD,
    ):
        story.decide([story.receive("contact/3")], verdict)
    story.receive("contact/4")
    parked = story.see(lambda conn: quarantine.listing(conn, TENANT, LINK))
    story.do(lambda conn: quarantine.discard(conn, TENANT, LINK, parked[0].seq, by="ana", why="spam"))
    held = story.see(lambda conn: proposals.listing(conn, story.keys, TENANT, LINK))
    story.do(lambda conn: proposals.decide(conn, TENANT, LINK, held[0].id, ProposalState.REJECTED, "ana"))
    assert story.do(lambda conn: retention.prune(conn, TENANT, LINK, 1)) == 0
    assert story.do(lambda conn: retention.prune(conn, TENANT, LINK, FAR)) == 5
    balance = story.balance()
    assert (balance.received, balance.held, balance.quarantined, balance.in_flight) == (4, 1, 1, 2)
    assert balance.imbalance == 0
    assert story.see(lambda conn: decisions.of_record(conn, TENANT, LINK, "contact/1", 9)) == []


def test_tidying_forgets_what_has_had_its_time(database: Database) -> None:
    story = Story(database)
    story.decide([story.receive(), story.receive()], Verdict.WITHHOLD)
    story.do(lambda conn: ledger.mark_written(conn, TENANT, LINK, "contact/1.status", b"d"))
    links = [(TENANT, LINK)]
    assert retention.tidy(database, links) == (0, 0, 0, 0)
    story.execute("UPDATE events SET received_at = received_at - 401 * 86400000000")
    story.execute("UPDATE echoes SET written_at = written_at - 86400000001")
    old = {"tenant": TENANT, "key_id": 1001, "purpose": "event", "wrapped": b"w"}
    story.execute("INSERT INTO data_keys VALUES (:tenant, :key_id, :purpose, :wrapped, 1, NULL)", **old)
    story.execute("INSERT INTO data_keys VALUES (:tenant, 1002, 'parked', :wrapped, 1, NULL)", **old)
    assert retention.tidy(database, links) == (2, 0, 2, 1)
    assert story.balance().received == 0


def test_pruning_goes_in_steps(database: Database) -> None:
    story = Story(database)
    story.decide([story.receive() for _ in range(5)], Verdict.WITHHOLD)
    assert [story.do(lambda conn: retention.prune(conn, TENANT, LINK, FAR, 2)) for _ in range(4)] == [2, 2, 1, 0]
    assert story.receive() == 6


def test_what_has_no_decision_stays_wherever_the_position_stands(database: Database) -> None:
    """Where several workers decide, decisions are kept out of order."""
    story = Story(database)
    early, late = story.receive("contact/1"), story.receive("contact/2")
    story.decide([late], Verdict.WITHHOLD)  # and the position stands above the first
    assert story.do(lambda conn: retention.prune(conn, TENANT, LINK, FAR)) == 1
    left = story.see(lambda conn: events.read_after(conn, story.keys, TENANT, LINK, Side.CRM, 0, 9))
    assert [one.seq for one in left] == [early]
