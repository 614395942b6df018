"""A proposal is decided once, and carries the event that made it to its end."""

import pytest
from sqlalchemy import text

from mapping.reasons import Reason
from mapping.words import CommandKind, Side, Verdict
from store import decisions, outbox, proposals
from store.database import Database
from store.errors import Violated
from store.proposals import ProposalKind, ProposalState
from tests.store.stories import FAR, LINK, TENANT, Story, command

WHERE = (TENANT, LINK, Side.DIALER)


@pytest.fixture
def story(database: Database) -> Story:
    return Story(database, Side.DIALER)


def held(story: Story, record: str = "contact/42") -> int:
    seq = story.receive(record)
    story.decide([seq], Verdict.HOLD)
    return seq


def validated(story: Story, seq: int) -> int:
    """A manager's event that validates the proposal of `seq`."""
    write_seq = story.receive()
    story.decide([write_seq], Verdict.WRITE)
    assert story.do(
        lambda conn: proposals.decide(
            conn, TENANT, LINK, f"p{seq}", ProposalState.VALIDATED, "ana", write_seq=write_seq
        )
    )
    return write_seq


def state(story: Story, seq: int) -> ProposalState:
    return story.see(lambda conn: proposals.find(conn, story.keys, TENANT, LINK, [f"p{seq}"]))[f"p{seq}"].state


def end(story: Story, seq: int, record: str = "contact/42") -> tuple[str, str]:
    found = story.see(lambda conn: decisions.of_record(conn, TENANT, LINK, record, 9))
    return next((kept.state, kept.end_reason) for kept in found if kept.seq == seq)


def test_a_proposal_comes_back_with_what_it_would_write(story: Story) -> None:
    seq = held(story)
    (found,) = story.see(lambda conn: proposals.listing(conn, story.keys, TENANT, LINK))
    assert found.command == command("contact/42", CommandKind.BOOK_APPOINTMENT)
    assert (found.id, found.seq, found.kind, found.proposed_by) == (f"p{seq}", seq, ProposalKind.APPOINTMENT, "tp-12")
    assert (found.state, found.decided_by, found.decided_at) == (ProposalState.PROPOSED, "", None)
    assert story.balance().held == 1


def test_the_same_proposal_is_kept_once(story: Story) -> None:
    seq = held(story)
    again = story.proposal(seq, "contact/42")
    assert story.do(lambda conn: proposals.add(conn, story.keys, TENANT, LINK, again)) is False


def test_a_written_validation_ends_both_events(story: Story) -> None:
    seq = held(story)
    write_seq = validated(story, seq)
    assert (story.balance().held, story.balance().in_flight) == (0, 2)
    story.deliver({write_seq: "crm-5"})
    assert state(story, seq) is ProposalState.WRITTEN
    assert end(story, seq) == ("delivered", "")
    assert story.balance().delivered == 2
    found = story.see(lambda conn: proposals.find(conn, story.keys, TENANT, LINK, [f"p{seq}"]))
    assert found[f"p{seq}"].command is None


def test_a_refused_write_ends_both_events(story: Story) -> None:
    seq = held(story)
    write_seq = validated(story, seq)
    story.do(lambda conn: outbox.refused(conn, story.lease, *WHERE, write_seq, Reason.TARGET_REFUSED))
    assert state(story, seq) is ProposalState.REFUSED
    assert end(story, seq) == ("refused", "target_refused")
    assert story.balance().refused == 2


def test_a_parked_write_opens_the_proposal_again(story: Story) -> None:
    seq = held(story)
    write_seq = validated(story, seq)
    story.do(lambda conn: outbox.parked(conn, story.keys, story.lease, *WHERE, write_seq, Reason.RETRIES_EXHAUSTED))
    assert state(story, seq) is ProposalState.PROPOSED
    assert (story.balance().held, story.balance().quarantined, story.balance().imbalance) == (1, 1, 0)
    story.deliver({validated(story, seq): ""})
    assert story.balance().delivered == 2


def test_a_rejected_proposal_is_withheld(story: Story) -> None:
    seq = held(story)
    assert story.do(lambda conn: proposals.decide(conn, TENANT, LINK, f"p{seq}", ProposalState.REJECTED, "ana"))
    assert state(story, seq) is ProposalState.REJECTED
    assert end(story, seq) == ("withheld", "rejected_by_manager")


def test_a_proposal_is_decided_once(story: Story) -> None:
    seq = held(story)
    decided = [
        story.call(proposals.decide, TENANT, LINK, f"p{seq}", ProposalState.REJECTED, by) for by in ("ana", "bob")
    ]
    assert decided == [True, False]
    found = story.see(lambda conn: proposals.find(conn, story.keys, TENANT, LINK, [f"p{seq}"]))
    assert found[f"p{seq}"].decided_by == "ana"


@pytest.mark.parametrize("wanted", [ProposalState.VALIDATED, ProposalState.WRITTEN, ProposalState.PROPOSED])
def test_only_managers_decisions_are_taken_and_a_validation_names_its_write(
    story: Story, wanted: ProposalState
) -> None:
    seq = held(story)
    with pytest.raises(Violated, match="not_a_managers_decision"):
        story.do(lambda conn: proposals.decide(conn, TENANT, LINK, f"p{seq}", wanted, "ana"))


def test_what_nobody_decides_expires(story: Story) -> None:
    late, open_ = held(story, "contact/1"), held(story, "contact/2")
    story.do(lambda conn: conn.execute(text("UPDATE proposals SET deadline = 1 WHERE id = :id"), {"id": f"p{late}"}))
    (expired,) = story.do(lambda conn: proposals.expire_due(conn, TENANT, LINK))
    assert (expired.seq, expired.state, expired.command) == (late, ProposalState.EXPIRED, None)
    assert story.do(lambda conn: proposals.expire_due(conn, TENANT, LINK)) == []
    assert state(story, open_) is ProposalState.PROPOSED
    assert end(story, late, "contact/1") == ("withheld", "expired")


def test_the_census_counts_by_kind_and_state(story: Story) -> None:
    first = held(story, "contact/1")
    held(story, "contact/2")
    story.do(lambda conn: proposals.decide(conn, TENANT, LINK, f"p{first}", ProposalState.REJECTED, "ana"))
    counted = story.see(lambda conn: proposals.census(conn, TENANT, LINK))
    assert {key: count for key, (count, _) in counted.items()} == {
        (ProposalKind.APPOINTMENT, ProposalState.REJECTED): 1,
        (ProposalKind.APPOINTMENT, ProposalState.PROPOSED): 1,
    }


def test_the_listing_narrows_by_state_and_kind_nearest_deadline_first(story: Story) -> None:
    first, second = held(story, "contact/1"), held(story, "contact/2")
    story.do(
        lambda conn: conn.execute(
            text("UPDATE proposals SET deadline = :at WHERE seq = :seq"), {"at": FAR - 1, "seq": second}
        )
    )

    def listed(**narrowed: ProposalState | ProposalKind) -> list[int]:
        found = story.see(lambda conn: proposals.listing(conn, story.keys, TENANT, LINK, **narrowed))  # type: ignore[arg-type]
        return [each.seq for each in found]

    assert listed() == [second, first]
    assert listed(state=ProposalState.PROPOSED, kind=ProposalKind.APPOINTMENT) == [second, first]
    assert listed(kind=ProposalKind.LEAD_STATUS) == []
    assert listed(state=ProposalState.REJECTED) == []
