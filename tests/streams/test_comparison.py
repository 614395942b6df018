"""Two revisions side by side: who would see more or less, and what would end otherwise. Never a value."""

from typing import Any

import pytest

from mapping.perimeter import Person
from mapping.policy import Policy
from mapping.words import Side
from streams.comparison import Comparison
from streams.facts import Facts, PersonFact, RecordFact
from streams.preview import WHOLE, Effect, Outcome, Preview, Shift, Way
from tests.policies import CALL, EVENT, LINK, NOW, policy, with_values

ANNA = Person("anna", "teleoperator", campaigns=("t4-industrie",))
LEA = Person("lea", "mission_lead", team="nord")


def event(**values: Any) -> bytes:
    return with_values(EVENT, **{f"data__{path}": value for path, value in values.items()})


def preview(after: Policy, *events: bytes, before: Policy | None = None, held: tuple[str, ...] = ()) -> Preview:
    comparison = Comparison(before or policy(views=True), after, (ANNA, LEA), NOW)
    comparison.standing(events, held)
    return comparison.result


def without(field: str) -> list[dict[str, Any]]:
    return [line for line in LINK["fields"] if line["to"] != field]


def test_the_same_rules_change_nothing() -> None:
    found = preview(policy(views=True), event(), held=("contact/42",))
    assert not found.changes
    assert (found.records, found.held) == (1, 1)


def test_a_field_that_goes_is_counted_for_each_profile_and_its_people() -> None:
    found = preview(policy(views=True, fields=without("company")), event(), event())
    extent = found.effects[Effect(Way.HIDDEN, "company", "/account/name", "teleoperator")]
    assert (extent.records, extent.people) == (2, {"anna"})
    assert len(found.altered) == 2
    assert not found.leave


def test_a_field_that_the_crm_was_never_asked_for_is_said_to_be_unread() -> None:
    fields = [*LINK["fields"], {"from": "account.city", "to": "ville"}]
    found = preview(policy(views=True, fields=fields), event())
    assert found.unread == {"ville"}
    assert found.effects[Effect(Way.SHOWN, "ville", "/account/city", "mission_lead")].people == {"lea"}


def test_a_record_that_leaves_is_a_recall_only_where_the_dialer_holds_it() -> None:
    closed = {**LINK["perimeter"], "projects": {}}
    profiles = {"teleoperator": LINK["profiles"]["teleoperator"]}
    before, after = policy(views=True, profiles=profiles), policy(views=True, profiles=profiles, perimeter=closed)
    assert preview(after, event(), before=before).recalled == []
    found = preview(after, event(), before=before, held=("contact/42",))
    assert found.recalled == found.leave == ["contact/42"]
    assert found.volume == 1
    back = preview(before, event(), before=after)
    assert (back.enter, back.volume) == (["contact/42"], 1)


def test_whoever_reaches_further_sees_whole_records_that_did_not_change() -> None:
    wide = {**LINK["profiles"], "mission_lead": {"role": "validator", "perimeter": "all"}}
    found = preview(policy(views=True, profiles=wide), event(owner__team="sud"))
    assert found.effects == {
        Effect(Way.SHOWN, WHOLE, "", "mission_lead"): found.effects[Effect(Way.SHOWN, WHOLE, "", "mission_lead")]
    }
    assert found.effects[Effect(Way.SHOWN, WHOLE, "", "mission_lead")].people == {"lea"}
    assert not found.altered


def test_a_write_that_would_be_refused_is_counted_by_its_kind_and_reason() -> None:
    call = with_values(CALL, data__agent__id="anna")
    facts = Facts({"contact/42": RecordFact(EVENT["data"])}, {"anna": PersonFact(ANNA)})
    mute = {**LINK["roles"], "contributor": {**LINK["roles"]["contributor"], "write": []}}
    comparison = Comparison(policy(views=True), policy(views=True, roles=mute), (ANNA,), NOW)
    comparison.dialer([call], [facts, facts])
    written = Outcome("write", "accepted", "log_call")
    assert comparison.result.shifts == {Shift(Side.DIALER, written, Outcome("refuse", "not_granted", "")): 1}


@pytest.mark.parametrize("views", [pytest.param(True, id="views"), pytest.param(False, id="alike")])
def test_nothing_that_comes_out_holds_a_value(*, views: bool) -> None:
    loud = event(contact__first_name="Zénobie", contact__phone="+33199001234", account__name="Clairvignol")
    found = preview(policy(views=views, fields=without("company")), loud, before=policy(views=views))
    said = repr(found)
    assert found.changes
    for value in ("Zénobie", "33199001234", "Clairvignol"):
        assert value not in said
