"""CRM → dialer: what leaves, for whom, and why the rest does not."""

from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapping.perimeter import Person
from mapping.reasons import Reason
from mapping.words import CommandKind, Verdict
from streams.outbound import Outbound, view
from tests.policies import EVENT, LINK, NOW, policy, with_values

pytestmark = pytest.mark.usefixtures("each_core")


def decided(raw, **changes):
    [decision] = Outbound(policy(**changes)).decide([raw], NOW)
    return decision


@pytest.mark.requirement("R043")
def test_only_named_labelled_and_cleared_fields_leave():
    decision = decided(orjson.dumps(EVENT))

    assert decision.verdict is Verdict.SEND
    assert decision.command.kind is CommandKind.UPSERT_PROSPECT
    assert decision.command.body["fields"] == {
        "prenom": "Hélène",
        "phone": "+33353012233",
        "email": "helene@exemple.fr",
        "contexte": "Rappeler plutôt le matin",
        "company": "Ateliers Béranger",
        "status": "a_appeler",
    }
    assert decision.command.body["campaign"] == "t4-industrie"
    assert decision.profile == "teleoperator"


def test_every_field_of_an_event_is_accounted_for_as_sent_or_stripped():
    decision = decided(orjson.dumps(EVENT))
    present = {f"/{item}/{name}" for item, held in EVENT["data"].items() for name in held} - {"/contact/id"}

    assert set(decision.sent) | set(decision.stripped) == present
    assert not set(decision.sent) & set(decision.stripped)
    assert "/opportunity/margin" in decision.stripped


def test_a_mapped_field_without_label_does_not_exist():
    labels = {**LINK["labels"], "contact": {"phone": "reachability"}}

    decision = decided(orjson.dumps(EVENT), labels=labels)

    assert set(decision.command.body["fields"]) == {"phone", "company", "status"}


def test_a_field_that_one_profile_may_not_read_leaves_for_nobody_where_all_see_the_same():
    roles = {**LINK["roles"], "reader": {"read": {"contact": ["reachability"]}}}
    profiles = {**LINK["profiles"], "stagiaire": {"role": "reader", "perimeter": "project"}}

    decision = decided(orjson.dumps(EVENT), roles=roles, profiles=profiles)

    assert set(decision.command.body["fields"]) == {"phone", "email"}


def test_a_dialer_that_tells_profiles_apart_gets_a_view_for_each():
    roles = {**LINK["roles"], "reader": {"read": {"contact": ["reachability"]}}}
    profiles = {**LINK["profiles"], "stagiaire": {"role": "reader", "perimeter": "project"}}

    body = decided(orjson.dumps(EVENT), views=True, roles=roles, profiles=profiles).command.body

    assert set(body["views"]) == {"teleoperator", "mission_lead", "stagiaire"}
    assert set(body["views"]["stagiaire"]) == {"phone", "email"}
    assert body["fields"] == body["views"]["stagiaire"]


def test_a_profile_whose_perimeter_does_not_hold_the_record_gets_no_view():
    raw = with_values(EVENT, data__account__industry="medical")

    body = decided(raw, views=True).command.body

    assert set(body["views"]) == {"mission_lead"}
    assert body["campaign"] == ""


@pytest.mark.requirement("R046")
def test_a_record_outside_the_assigned_campaign_sends_nothing():
    decision = decided(with_values(EVENT, data__account__industry="medical"))

    assert (decision.verdict, decision.reason) == (Verdict.WITHHOLD, Reason.OUTSIDE_PERIMETER)
    assert decision.command is None
    assert decision.sent == ()


@pytest.mark.requirement("R050")
def test_a_closed_campaign_sends_nothing_and_says_so():
    [decision] = Outbound(policy()).decide([orjson.dumps(EVENT)], datetime(2027, 1, 1, tzinfo=UTC))

    assert (decision.verdict, decision.reason) == (Verdict.WITHHOLD, Reason.CAMPAIGN_CLOSED)


def test_a_campaign_lasts_to_the_end_of_its_last_day():
    [decision] = Outbound(policy()).decide([orjson.dumps(EVENT)], datetime(2026, 12, 31, 23, 59, tzinfo=UTC))

    assert decision.verdict is Verdict.SEND


def test_a_value_outside_its_table_stays_home_and_the_rest_goes():
    decision = decided(with_values(EVENT, data__opportunity__stage="Secret stage"))

    assert "status" not in decision.command.body["fields"]
    assert "/opportunity/stage" in decision.stripped


@pytest.mark.parametrize("path", ["data__contact__phone", "data__contact__email", "data__opportunity__stage"])
def test_an_empty_text_that_is_no_number_no_address_and_no_word_stays_home_and_the_rest_goes(path):
    decision = decided(with_values(EVENT, **{path: ""}))

    assert decision.verdict is Verdict.SEND
    assert "" not in decision.command.body["fields"].values()
    assert "/" + path.removeprefix("data__").replace("__", "/") in decision.stripped


def test_an_emptied_field_is_sent_as_emptied():
    assert decided(with_values(EVENT, data__contact__email=None)).command.body["fields"]["email"] is None


def test_a_backfill_rings_nobody():
    assert decided(with_values(EVENT, origin="backfill")).command.body["dial"] is False
    assert decided(orjson.dumps(EVENT)).command.body["dial"] is True


def test_our_own_echo_goes_nowhere():
    decision = decided(with_values(EVENT, echo=True))

    assert (decision.verdict, decision.reason) == (Verdict.WITHHOLD, Reason.ECHO)


def test_a_write_of_ours_that_takes_a_record_out_of_the_perimeter_does_not_hide_it():
    decision = decided(with_values(EVENT, echo=True, data__account__industry="banking"))

    assert (decision.verdict, decision.reason) == (Verdict.WITHHOLD, Reason.OUTSIDE_PERIMETER)


@pytest.mark.parametrize("contact", [{"id": "43"}, {"name": "x"}, "x", 1, [], None])
def test_a_deletion_is_of_the_record_it_is_about_whatever_else_it_says(contact):
    decision = decided(with_values(EVENT, type="crm.contact.deleted", data={"contact": contact}))

    assert (decision.reason, decision.record) == (Reason.RECORD_DELETED, "contact/42")


@pytest.mark.parametrize(
    ("raw", "verdict", "reason"),
    [
        (b"{", Verdict.QUARANTINE, Reason.MALFORMED),
        (b"[]", Verdict.QUARANTINE, Reason.MALFORMED),
        (b"null", Verdict.QUARANTINE, Reason.MALFORMED),
        (b'{"a": NaN}', Verdict.QUARANTINE, Reason.MALFORMED),
        (b"[" * 100_000, Verdict.QUARANTINE, Reason.MALFORMED),
        (b"\xff\xfe", Verdict.QUARANTINE, Reason.MALFORMED),
        (with_values(EVENT, specversion="0.3"), Verdict.QUARANTINE, Reason.MALFORMED),
        (with_values(EVENT, id=""), Verdict.QUARANTINE, Reason.MALFORMED),
        (with_values(EVENT, id=7), Verdict.QUARANTINE, Reason.MALFORMED),
        (with_values(EVENT, id="x" * 257), Verdict.QUARANTINE, Reason.MALFORMED),
        (with_values(EVENT, subject="contact/43"), Verdict.QUARANTINE, Reason.MALFORMED),
        (with_values(EVENT, subject=None), Verdict.QUARANTINE, Reason.MALFORMED),
        (with_values(EVENT, data=[]), Verdict.QUARANTINE, Reason.MALFORMED),
        (with_values(EVENT, data__contact="x"), Verdict.QUARANTINE, Reason.MALFORMED),
        (with_values(EVENT, data__contact__id=42), Verdict.QUARANTINE, Reason.MALFORMED),
        (with_values(EVENT, data__owner="x"), Verdict.QUARANTINE, Reason.MALFORMED),
        (with_values(EVENT, data__account=[1]), Verdict.QUARANTINE, Reason.MALFORMED),
        (with_values(EVENT, type="crm.invoice.changed"), Verdict.QUARANTINE, Reason.UNKNOWN_EVENT_TYPE),
        (with_values(EVENT, type="phoning.call.ended"), Verdict.QUARANTINE, Reason.UNKNOWN_EVENT_TYPE),
        (with_values(EVENT, type=["a"]), Verdict.QUARANTINE, Reason.UNKNOWN_EVENT_TYPE),
        (with_values(EVENT, tenant="sud"), Verdict.REFUSE, Reason.UNKNOWN_TENANT),
        (with_values(EVENT, tenant=...), Verdict.REFUSE, Reason.UNKNOWN_TENANT),
    ],
)
def test_what_cannot_be_decided_has_its_reason_and_sends_nothing(raw, verdict, reason):
    decision = decided(raw)

    assert (decision.verdict, decision.reason, decision.command) == (verdict, reason, None)


def test_objects_that_are_absent_or_null_are_no_obstacle():
    raw = with_values(EVENT, data__opportunity=None)

    assert "status" not in decided(raw).command.body["fields"]


def test_an_object_nobody_knows_is_stripped_whole():
    decision = decided(with_values(EVENT, data__invoices={"total": 12000}, data__extra="free"))

    assert decision.verdict is Verdict.SEND
    assert {"/invoices/total", "/extra"} <= set(decision.stripped)


def test_each_event_of_a_batch_gets_its_decision_in_order():
    raws = [with_values(EVENT, id=f"e{n}") if n % 3 else b"{" for n in range(30)]

    decisions = Outbound(policy()).decide(raws, NOW)

    assert [d.event for d in decisions] == [f"e{n}" if n % 3 else "" for n in range(30)]


def test_a_view_is_what_the_profile_sees_and_nothing_for_who_may_not_open_it():
    stranger = Person("tp-1", "teleoperator", campaigns=("autre",))
    member = Person("tp-2", "teleoperator", campaigns=("t4-industrie",))

    assert view(policy(), EVENT, "teleoperator", NOW) == decided(orjson.dumps(EVENT)).command.body["fields"]
    assert view(policy(), EVENT, "teleoperator", NOW, member) is not None
    assert view(policy(), EVENT, "teleoperator", NOW, stranger) is None
    assert view(policy(), EVENT, "inconnu", NOW) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(["id", "first_name", "phone", "email", "stage", "amount", "margin", "notes"]) | st.text(
    max_size=9
)


@given(st.dictionaries(st.sampled_from(["contact", "account", "opportunity", "owner", "x"]),
                       st.dictionaries(names, json_values, max_size=6) | json_values, max_size=5))  # fmt: skip
def test_whatever_a_record_holds_a_decision_comes_and_only_allowed_fields_leave(data):
    allowed = {line["to"] for line in LINK["fields"]}
    data.setdefault("contact", {"id": "42"})
    try:
        raw = orjson.dumps({**EVENT, "data": data})
    except TypeError:
        return

    decision = decided(raw)

    if decision.command is not None:
        assert set(decision.command.body["fields"]) <= allowed
