"""The last look skips what need not go any more, and nothing else."""

from hypothesis import given
from hypothesis import strategies as st

from mapping.reasons import Reason
from mapping.words import CRM_WRITES, CommandKind
from streams.lastlook import DOUBTS_CLEARED, GO, Facts, Go, Pending, Skip, look

UPSERT = Pending(
    CommandKind.UPSERT_PROSPECT, "contact/42", campaign="t4", digest=b"digest", revision="rev1", in_doubt=False
)
NOTHING = Facts(held={}, newer=(), gone=(), closed_campaigns=(), revision="rev1")


def test_what_the_dialer_lacks_goes() -> None:
    assert look(UPSERT, NOTHING) == GO


def test_what_the_dialer_holds_already_does_not_go_again() -> None:
    facts = NOTHING._replace(held={"contact/42": b"digest"})
    assert look(UPSERT, facts) == Skip(Reason.UNCHANGED)


def test_what_may_have_been_applied_is_never_called_unchanged() -> None:
    facts = NOTHING._replace(held={"contact/42": b"digest"})
    assert look(UPSERT._replace(in_doubt=True), facts) == GO


def test_an_upsert_is_overtaken_by_a_newer_one() -> None:
    assert look(UPSERT, NOTHING._replace(newer={"contact/42"})) == Skip(Reason.OVERTAKEN)


def test_an_overtaken_upsert_in_doubt_goes_again_first_so_that_its_late_request_is_a_repetition() -> None:
    assert look(UPSERT._replace(in_doubt=True, attempts=1), NOTHING._replace(newer={"contact/42"})) == GO


def test_an_overtaken_upsert_in_doubt_that_never_gets_through_is_dropped_and_leaves_a_trace() -> None:
    skipped = look(UPSERT._replace(in_doubt=True, attempts=DOUBTS_CLEARED + 1), NOTHING._replace(newer={"contact/42"}))
    assert skipped == Skip(Reason.OVERTAKEN, uncertain=True)


def test_before_a_recall_nothing_goes_again() -> None:
    recalled = NOTHING._replace(newer={"contact/42"}, recalled={"contact/42"})
    skipped = look(UPSERT._replace(in_doubt=True, attempts=1), recalled)
    assert skipped == Skip(Reason.OVERTAKEN, uncertain=True)


def test_a_closed_campaign_a_deleted_record_and_an_old_revision_do_not_go() -> None:
    closed = NOTHING._replace(closed_campaigns={"t4"})
    assert look(UPSERT, closed) == Skip(Reason.CAMPAIGN_CLOSED)
    assert look(UPSERT, closed._replace(held={"contact/42": b"of t3"})) == Skip(Reason.CAMPAIGN_CLOSED, again=True)
    assert look(UPSERT, NOTHING._replace(gone={"contact/42"})) == Skip(Reason.RECORD_DELETED)
    assert look(UPSERT, NOTHING._replace(revision="rev2")) == Skip(Reason.OVERTAKEN, again=True)


def test_what_was_parked_and_comes_again_does_not_undo_what_went_meanwhile() -> None:
    later = NOTHING._replace(last={"contact/42": 9}, held={"contact/42": b"other"})
    for kind in (CommandKind.UPSERT_PROSPECT, CommandKind.RECALL_PROSPECT):
        assert look(UPSERT._replace(kind=kind, seq=8), later) == Skip(Reason.OVERTAKEN)
        assert look(UPSERT._replace(kind=kind, seq=9), later) == GO


def test_a_recall_of_nothing_is_nothing() -> None:
    recall = UPSERT._replace(kind=CommandKind.RECALL_PROSPECT)
    assert look(recall, NOTHING) == Skip(Reason.UNCHANGED)
    assert look(recall, NOTHING._replace(held={"contact/42": b""})) == GO
    assert look(recall._replace(in_doubt=True), NOTHING) == GO


@given(
    kind=st.sampled_from(CRM_WRITES),
    in_doubt=st.booleans(),
    held=st.booleans(),
    newer=st.booleans(),
    gone=st.booleans(),
    closed=st.booleans(),
)
def test_what_comes_back_to_the_crm_is_never_skipped(
    *, kind: CommandKind, in_doubt: bool, held: bool, newer: bool, gone: bool, closed: bool
) -> None:
    facts = Facts(
        held={"contact/42": b"digest"} if held else {},
        newer={"contact/42"} if newer else (),
        gone={"contact/42"} if gone else (),
        closed_campaigns={"t4"} if closed else (),
        revision="rev2",
    )
    assert look(UPSERT._replace(kind=kind, in_doubt=in_doubt), facts) == GO


@given(in_doubt=st.booleans(), gone=st.booleans(), closed=st.booleans(), revision=st.sampled_from(["", "rev1", "rev2"]))
def test_a_recall_of_something_always_goes(*, in_doubt: bool, gone: bool, closed: bool, revision: str) -> None:
    recall = UPSERT._replace(kind=CommandKind.RECALL_PROSPECT, digest=b"", in_doubt=in_doubt)
    facts = Facts(
        {"contact/42": b"x"}, {"contact/42"}, {"contact/42"} if gone else (), {"t4"} if closed else (), revision
    )
    assert isinstance(look(recall, facts), Go)
