"""What a revision changes, told from the compiled policies: by who sees what, not by how a file is written."""

import copy
from datetime import date
from typing import Any

import pytest

from ecluse.changes import What, changes, needs_restart
from mapping.link import Link
from mapping.policy import Policy, compile_link
from tests.streams.world import LINK_FILE

PROJECTS: dict[str, Any] = LINK_FILE["perimeter"]["projects"]


def policy(*, views: bool = False, **parts: Any) -> Policy:
    return compile_link(Link.model_validate(copy.deepcopy(LINK_FILE) | parts), views=views)


def told(after: Policy, before: Policy | None = None) -> list[tuple[str, str, str]]:
    before = before or policy(views=after.views)
    return [(one.what.value, one.subject, one.profile) for one in changes(before, after)]


def test_reason_and_date_alone_change_nothing() -> None:
    again = {"reason": "Redit", "date": date(2026, 11, 21), "decided_by": "direction"}
    assert told(policy(revision=again)) == []


def test_a_renamed_role_changes_nothing() -> None:
    renamed = copy.deepcopy(LINK_FILE["roles"])
    renamed["caller"] = renamed.pop("contributor")
    renamed["validator"]["extends"] = "caller"
    profiles = copy.deepcopy(LINK_FILE["profiles"])
    profiles["teleoperator"]["role"] = "caller"
    assert told(policy(roles=renamed, profiles=profiles)) == []


def test_a_field_is_shown_to_everybody_where_the_dialer_shows_all_the_same() -> None:
    without = policy(fields=LINK_FILE["fields"][:-1])
    assert told(without) == [], "opportunity.stage is cleared for nobody: it never was shown"
    without = policy(fields=[one for one in LINK_FILE["fields"] if one["to"] != "company"])
    assert told(without) == [("field_hidden", "company", "*")]
    assert told(policy(), without) == [("field_shown", "company", "*")]


def test_a_label_that_moves_hides_its_fields_from_whoever_is_not_cleared() -> None:
    labels = copy.deepcopy(LINK_FILE["labels"])
    labels["account"]["name"] = "strategy"
    found = told(policy(views=True, labels=labels))
    assert found == [
        ("field_hidden", "company", "teleoperator"),
        ("field_hidden", "company", "mission_lead"),
        ("label_changed", "account.name", ""),
    ]


def test_grants_profiles_and_reach_are_told_by_profile() -> None:
    roles = copy.deepcopy(LINK_FILE["roles"])
    roles["validator"]["write"].remove("validate_appointment")
    profiles = {
        "teleoperator": {"role": "contributor", "perimeter": "project"},
        "mission_lead": {"role": "validator", "perimeter": "all"},
        "field_sales": {"role": "contributor", "perimeter": "all"},
    }
    found = told(policy(roles=roles, profiles=profiles))
    assert ("reach_changed", "teleoperator", "teleoperator") in found
    assert ("profile_added", "field_sales", "field_sales") in found
    assert ("grant_taken", "validate_appointment", "mission_lead") in found
    assert ("grant_given", "call_result", "field_sales") in found


@pytest.mark.parametrize(
    ("projects", "what"),
    [
        ({}, What.CAMPAIGN_REMOVED),
        ({"retail": {"where": {"account.industry": ["retail", "bank"]}}}, What.CAMPAIGN_CHANGED),
        (
            {**LINK_FILE["perimeter"]["projects"], "bank": {"where": {"account.industry": ["bank"]}}},
            What.CAMPAIGN_ADDED,
        ),
    ],
)
def test_campaigns_are_told(projects: Any, what: What) -> None:
    assert [one[0] for one in told(policy(perimeter={"model": "open", "projects": projects}))] == [what.value]


def test_the_order_of_campaigns_is_a_change() -> None:
    two = {**PROJECTS, "bank": {"where": {"account.industry": ["bank"]}}}
    turned = dict(reversed(two.items()))
    before, after = (policy(perimeter={"model": "open", "projects": each}) for each in (two, turned))
    assert told(after, before) == [("part_changed", "perimeter", "")]


def test_a_field_made_otherwise_and_words_are_told() -> None:
    fields = copy.deepcopy(LINK_FILE["fields"])
    fields[2]["values"] = {"open": "ouvert"}
    found = told(policy(fields=fields, statuses={"chaud": "qualified"}))
    assert found == [("field_changed", "status", ""), ("part_changed", "statuses", "")]


def test_another_connection_needs_a_restart() -> None:
    other = policy(crm={"connector": "crm_double", "connection": "crm-sud"})
    assert needs_restart(policy(), other)
    assert not needs_restart(policy(), policy(country="BE"))
    assert told(other) == [("system_changed", "crm", "")]


def test_a_field_of_which_only_a_part_is_shown_from_now_on_is_told() -> None:
    roles = copy.deepcopy(LINK_FILE["roles"])
    reads = roles["contributor"]["read"]["contact"]
    label = LINK_FILE["labels"]["contact"]["phone"]
    roles["contributor"]["read"]["contact"] = [one for one in reads if one != label]
    roles["contributor"]["masks"] = {"contact": {label: [{"as": "last4", "when": {"account.industry": ["bank"]}}]}}

    [change] = [one for one in changes(policy(), policy(roles=roles)) if one.subject == "phone"]

    assert change.what is What.FIELD_CHANGED
    assert change.after == change.before + " masked last4 (account.industry: bank)"


def test_a_field_that_is_masked_for_one_profile_is_another_field_for_that_one_alone() -> None:
    roles = copy.deepcopy(LINK_FILE["roles"])
    item, label = next((item, labels[0]) for item, labels in roles["contributor"]["read"].items() if labels)
    roles["contributor"]["read"][item] = roles["contributor"]["read"][item][1:]
    roles["contributor"]["masks"] = {item: {label: [{"as": "last4"}]}}
    roles["validator"]["read"] = {item: [label]}
    found = changes(policy(views=True), policy(views=True, roles=roles))
    changed = [one for one in found if one.what is What.FIELD_CHANGED]
    assert changed
    assert {one.profile for one in changed} == {"teleoperator"}


def test_a_mask_that_lets_nothing_through_hides_the_field() -> None:
    roles = copy.deepcopy(LINK_FILE["roles"])
    for item, labels in list(roles["contributor"]["read"].items()):
        roles["contributor"].setdefault("masks", {})[item] = {label: [{"as": "drop"}] for label in labels}
    roles["contributor"]["read"] = {}
    found = changes(policy(), policy(roles=roles))
    assert {one.what for one in found} == {What.FIELD_HIDDEN}
