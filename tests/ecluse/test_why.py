"""Why a field goes out, or not: the rules, and the one that decides."""

from datetime import date
from typing import Any

from ecluse import why
from mapping.policy import Policy
from tests.policies import EVENT, LINK, policy

DAY = date(2026, 11, 22)
ROLES: dict[str, Any] = LINK["roles"]


def masked_otherwise(*, views: bool) -> Policy:
    """Callers see the end of a telephone number, managers whether there is one."""
    contributor = {
        **ROLES["contributor"],
        "read": {**ROLES["contributor"]["read"], "contact": ["identity", "context"]},
        "masks": {"contact": {"reachability": [{"as": "last4"}]}},
    }
    validator = {**ROLES["validator"], "masks": {"contact": {"reachability": [{"as": "empty"}]}}}
    return policy(views=views, roles={"contributor": contributor, "validator": validator})


def test_where_all_are_shown_the_same_the_answer_for_one_looks_at_all() -> None:
    asked = why.of_field(
        masked_otherwise(views=False), "contact", "phone", data=EVENT["data"], day=DAY, asked="teleoperator"
    )
    assert not asked.sent
    assert asked.decides == "clearance"
    assert [one.profile for one in asked.candidates] == ["teleoperator"]


def test_where_each_has_a_view_only_the_one_who_asks_counts() -> None:
    asked = why.of_field(
        masked_otherwise(views=True), "contact", "phone", data=EVENT["data"], day=DAY, asked="teleoperator"
    )
    assert asked.receivers == ("teleoperator",)
    assert asked.candidates[0].mask == "last4"


def test_a_field_without_a_label_is_decided_by_that() -> None:
    assert why.of_field(policy(), "account", "discount").decides == "named"
    unlabelled = policy(labels={**LINK["labels"], "account": {"city": "context"}})
    assert why.of_field(unlabelled, "account", "name").decides == "label"
