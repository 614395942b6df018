"""Pruning takes whole events that have ended, and nothing else."""

from mapping.words import Side, Verdict
from store import decisions, proposals, quarantine, retention
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


def test_pruning_goes_in_steps(database: Database) -> None:
    story = Story(database)
    story.decide([story.receive() for _ in range(5)], Verdict.WITHHOLD)
    assert [story.do(lambda conn: retention.prune(conn, TENANT, LINK, FAR, 2)) for _ in range(4)] == [2, 2, 1, 0]
    assert story.receive() == 6
