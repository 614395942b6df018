"""Figures of many links at once are the figures of each, and count what is decided ahead of the position once."""

from mapping.words import Side, Verdict
from store import census, conservation, decisions, dialect, glances, ledger, positions, proposals
from store.database import Database
from store.ledger import Disclosure
from store.proposals import ProposalKind, ProposalState
from tests.store.stories import LINK, TENANT, Story, decision

PLACE = (TENANT, LINK, Side.CRM)


def decided_ahead(story: Story) -> list[int]:
    """Four events of which the second and the last are decided and the position is still before the first."""
    seqs = [story.receive(f"contact/{number}") for number in range(4)]
    rows = [(seq, decision(f"crm-{seq}", Verdict.WITHHOLD, "contact/1")) for seq in (seqs[1], seqs[3])]
    story.do(lambda conn: decisions.add(conn, TENANT, LINK, Side.CRM, rows))
    return seqs


def test_what_is_decided_ahead_of_the_position_is_counted_once(database: Database) -> None:
    story = Story(database)
    seqs = decided_ahead(story)
    assert story.balance().imbalance == 0
    assert (story.balance().in_flight, story.balance().withheld) == (2, 2)
    story.do(lambda conn: positions.move(conn, TENANT, LINK, Side.CRM, seqs[0] - 1, story.lease))
    assert story.balance().imbalance == 0
    assert story.see(lambda conn: glances.undecided(conn, *PLACE)).size == 2


def test_the_balance_of_many_links_is_the_balance_of_each(database: Database) -> None:
    story = Story(database)
    story.decide([story.receive(), story.receive("contact/7")], Verdict.WITHHOLD)
    story.sent("contact/8")
    story.decide([story.receive("contact/9")], Verdict.HOLD)
    story.decide([story.receive("contact/10")], Verdict.QUARANTINE)
    story.receive("contact/11")
    found = story.see(lambda conn: conservation.balances(conn, [TENANT, "sud"]))
    assert found == {PLACE: story.balance()}
    assert found[PLACE].received == 6
    assert story.see(lambda conn: conservation.balances(conn, ["sud"])) == {}


def test_a_link_without_events_balances(database: Database) -> None:
    story = Story(database)
    assert story.balance().received == 0
    assert story.balance().imbalance == 0


def test_it_is_told_what_nobody_has_decided_and_since_when(database: Database) -> None:
    story = Story(database)
    never_moved = story.see(lambda conn: census.undecided(conn, [TENANT], [PLACE]))
    assert never_moved[PLACE].size == 0
    story.receive()
    assert story.see(lambda conn: census.undecided(conn, [TENANT], [PLACE]))[PLACE].size == 1
    story.sent("contact/7")
    for _ in range(3):
        story.receive("contact/8")
    waiting = story.see(lambda conn: census.undecided(conn, [TENANT], [PLACE]))[PLACE]
    assert waiting == story.see(lambda conn: glances.undecided(conn, *PLACE))
    assert waiting.size == 3
    assert waiting.oldest is not None


def test_it_is_told_what_is_on_its_way_and_what_is_parked(database: Database) -> None:
    story = Story(database)
    assert story.see(lambda conn: census.outgoing(conn, [TENANT])) == {}
    story.sent()
    story.decide([story.receive("contact/9")], Verdict.QUARANTINE)
    assert story.see(lambda conn: census.outgoing(conn, [TENANT])).keys() == {PLACE}
    assert story.see(lambda conn: census.parked(conn, [TENANT]))[PLACE].size == 1
    assert story.see(lambda conn: census.recalls(conn, [TENANT])) == {}


def test_an_appointment_is_past_or_near_its_deadline_and_not_both(database: Database) -> None:
    story = Story(database)
    hour = 3_600_000_000
    now = story.see(dialect.now)
    for offset in (-hour, hour, 100 * hour):
        seq = story.receive()
        made = story.proposal(seq, "contact/42", now + offset)
        story.call(proposals.add, story.keys, TENANT, LINK, made, Side.CRM)
    (found,) = story.see(lambda conn: census.proposals(conn, [TENANT], soon=4 * 3_600.0))
    assert (found.kind, found.state) == (ProposalKind.APPOINTMENT, ProposalState.PROPOSED)
    assert (found.heap.size, found.past, found.soon) == (3, 1, 1)


def test_a_recall_that_is_not_confirmed_is_seen_until_it_is(database: Database) -> None:
    story = Story(database)
    told = Disclosure("contact/42", "teleoperator", ("/contact/phone",), b"digest", "0123456789ab", "t4")
    story.call(ledger.record_disclosures, TENANT, LINK, [told])
    assert story.see(lambda conn: census.unconfirmed(conn, TENANT, LINK)).size == 0
    story.call(ledger.forget, TENANT, LINK, ["contact/42"])
    waiting = story.see(lambda conn: census.unconfirmed(conn, TENANT, LINK))
    assert waiting.size == 1
    assert waiting.oldest is not None
    assert story.call(ledger.acknowledge, TENANT, LINK, "contact/42", waiting.oldest)
    assert story.see(lambda conn: census.unconfirmed(conn, TENANT, LINK)).size == 0
