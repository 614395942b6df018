"""Labels of which somebody may read only a part: what is left, who sees it, and what gate 2 makes of anything else."""

from typing import Any

import orjson
import pytest

from filters.masking import bands, masked
from filters.shape import shape_of
from mapping.decisions import Decision
from mapping.masks import MaskStep
from mapping.transforms import DROPPED
from mapping.words import Mask, Verdict
from streams.outbound import Outbound, view
from streams.reference import Gates
from tests.policies import EVENT, LINK, NOW, policy, with_values

SECRET = b"under which this tenant's digests are made"
ROLES = LINK["roles"]
RAW = orjson.dumps(EVENT)


def step(mask: Mask, at: int = 0, steps: tuple[int, ...] = ()) -> MaskStep:
    return MaskStep(mask, at, steps, ())


def ruled(**masks: object):
    """A link whose callers read the telephone as they are told to."""
    contributor = {**ROLES["contributor"], "masks": masks}
    contributor["read"] = {**contributor["read"], "contact": ["identity"]}
    return policy(secret=SECRET, roles={**ROLES, "contributor": contributor})


def fields_of(decision: Decision) -> dict[str, Any]:
    assert decision.command is not None
    fields: dict[str, Any] = decision.command.body["fields"]
    return fields


@pytest.mark.parametrize(
    ("rule", "value", "left"),
    [
        (step(Mask.ALLOW), "Zoé", "Zoé"),
        (step(Mask.DROP), "Zoé", DROPPED),
        (step(Mask.EMPTY), "Zoé", None),
        (step(Mask.LAST4), "+33199001234", "****1234"),
        (step(Mask.LAST4), "1234567", "****"),
        (step(Mask.YEAR), "2026-11-24", "2026"),
        (step(Mask.YEAR), "2026-11-24T10:00:00+01:00", "2026"),
        (step(Mask.YEAR), "soon", DROPPED),
        (step(Mask.TRUNCATE, at=3), "Bérénice", "Bér"),
        (step(Mask.RANGE, steps=(1000, 5000)), "999.99", "<1000"),
        (step(Mask.RANGE, steps=(1000, 5000)), 1000, "1000..5000"),
        (step(Mask.RANGE, steps=(1000, 5000)), "5000", ">=5000"),
        (step(Mask.RANGE, steps=(1000,)), "plenty", DROPPED),
        (step(Mask.RANGE, steps=(0,)), "-12", "<0"),
    ],
)
def test_a_mask_leaves_what_it_says(rule, value, left):
    assert masked(rule, SECRET)(value) == left


@pytest.mark.parametrize("mask", Mask)
def test_a_field_that_was_emptied_stays_news(mask):
    """Unless it is to stay home: then it stays home empty as well, or one would know it by that."""
    left = masked(step(mask, at=3, steps=(1,)), SECRET)(None)
    assert left is (DROPPED if mask is Mask.DROP else None)


def test_a_digest_compares_and_tells_nothing():
    first, again = (masked(step(Mask.KEYED_HASH), SECRET)("+33199001234") for _ in range(2))
    assert first == again
    assert first.startswith("h_")
    assert len(first) == 18
    assert masked(step(Mask.KEYED_HASH), b"another tenant's")("+33199001234") != first
    assert masked(step(Mask.TOKEN), SECRET)("+33199001234")[2:] != first[2:], "no joining of tokens with digests"
    assert masked(step(Mask.KEYED_HASH), b"")("+33199001234") is DROPPED, "a digest under no secret hides nothing"


def test_bands_leave_no_number_out():
    assert bands((0, 10, 20)) == ("<0", "0..10", "10..20", ">=20")


def test_what_is_masked_leaves_masked_and_is_told_apart():
    [decision] = Outbound(ruled(contact={"reachability": ["last4"]})).decide([RAW], NOW)

    assert decision.verdict is Verdict.SEND
    assert fields_of(decision)["phone"].startswith("****")
    assert "/contact/phone" in decision.masked
    assert "/contact/phone" not in decision.sent
    assert "/contact/phone" not in decision.stripped


def test_one_audience_sees_no_more_than_the_strictest_of_it():
    manager = ruled(contact={"reachability": ["last4"]})
    assert len(manager.profiles) > 1
    fields = view(manager, EVENT, next(iter(manager.profiles)), NOW)

    assert fields is not None
    assert fields["phone"].startswith("****")


def test_two_who_may_see_different_parts_see_none():
    roles = {**ROLES}
    roles["contributor"] = {
        **ROLES["contributor"],
        "read": {**ROLES["contributor"]["read"], "contact": ["identity"]},
        "masks": {"contact": {"reachability": ["last4"]}},
    }
    roles["validator"] = {**ROLES["validator"], "masks": {"contact": {"reachability": ["empty"]}}}
    [decision] = Outbound(policy(secret=SECRET, roles=roles)).decide([RAW], NOW)

    assert "phone" not in fields_of(decision)
    assert "/contact/phone" in decision.stripped


def test_a_rule_counts_where_its_condition_holds_and_without_any_the_value_stays_home():
    rules = [{"as": "drop", "when": {"account.industry": ["bank"]}}, {"as": "allow", "when": {"contact.vip": [True]}}]
    decide = Outbound(ruled(contact={"reachability": rules})).decide

    def phone(**changed: object) -> str:
        [decision] = decide([with_values(EVENT, **changed)], NOW)
        return str(fields_of(decision).get("phone", "at home"))

    assert phone(data__account__industry="retail") == "at home"
    assert phone(data__account__industry="retail", data__contact__vip=True).startswith("+33")
    assert phone(data__account__industry="retail", data__contact__vip=False) == "at home"


@pytest.mark.parametrize("mask", ["last4", "empty", "keyed_hash", "token", {"as": "truncate", "at": 3}, "drop"])
def test_gate_2_lets_no_more_out_than_the_mask_leaves(mask):
    """Gate 1 replaced by the identity: whatever it makes of the value but that one thing is stopped."""
    rules = [mask if isinstance(mask, dict) else {"as": mask}]
    gates = Gates(ruled(contact={"reachability": rules}), ("teleoperator",))
    data = EVENT["data"]
    shape = shape_of(data)
    right = gates.strip.apply(data, shape).fields

    assert gates.egress.blocks(right, data, orjson.dumps(right), shape) == ""
    for wrong in (
        data["contact"]["phone"],
        "+33199001234",
        "****9999",
        "h_0123456789abcdef",
        "t_0123456789abcdef",
        "9",
    ):
        if wrong != right.get("phone"):
            fields = {**right, "phone": wrong}
            assert gates.egress.blocks(fields, data, orjson.dumps(fields), shape) == "phone", wrong


@pytest.mark.parametrize("industry", [..., None, ["bank"], {"is": "bank"}], ids=["absent", "null", "list", "object"])
def test_a_rule_that_cannot_be_judged_hides_what_the_next_would_show(industry):
    rules = [{"as": "drop", "when": {"account.industry": ["bank"]}}, {"as": "truncate", "at": 100}]
    shown = Outbound(ruled(contact={"reachability": rules}))

    [judged] = shown.decide([with_values(EVENT)], NOW)
    [doubtful] = shown.decide([with_values(EVENT, data__account__industry=industry)], NOW)

    assert "/contact/phone" in judged.masked
    assert "/contact/phone" not in doubtful.masked


@pytest.mark.parametrize(
    ("shape", "value", "mask", "left"),
    [
        ("integer", "00012345678", "last4", "****5678"),
        ("decimal", 12345.5, {"as": "range", "steps": [12345]}, ">=12345"),
        ("boolean", True, {"as": "truncate", "at": 2}, "tr"),
        ("date", "2026-11-24T10:00:00", "year", "2026"),
        ("datetime", "2026-11-24T10:00:00+01:00", "year", "2026"),
        ("e164", "03 53 01 22 33", "last4", "****2233"),
        (
            "text",
            "Client fidèle depuis 2010\nAppeler",
            {"as": "truncate", "at": 100},
            "Client fidèle depuis 2010\nAppeler",
        ),
        ("text", "Client fidèle depuis 2010", {"as": "truncate", "at": 6}, "Client"),
    ],
)
def test_both_gates_agree_on_what_a_mask_leaves_of_any_form(shape, value, mask, left):
    labels = {**LINK["labels"], "opportunity": {**LINK["labels"]["opportunity"], "extra": "detail"}}
    contributor = {**ROLES["contributor"], "masks": {"opportunity": {"detail": mask}}}
    fields = [*LINK["fields"], {"from": "opportunity.extra", "to": "extra", "as": shape}]
    ruling = policy(secret=SECRET, labels=labels, fields=fields, roles={**ROLES, "contributor": contributor})
    [decision] = Outbound(ruling).decide([with_values(EVENT, data__opportunity__extra=value)], NOW)

    assert decision.verdict is Verdict.SEND
    assert fields_of(decision)["extra"] == left


def test_a_band_is_no_hiding_place_for_the_number_it_begins_with():
    labels = {**LINK["labels"], "opportunity": {**LINK["labels"]["opportunity"], "amount": "size"}}
    contributor = {
        **ROLES["contributor"],
        "masks": {"opportunity": {"size": [{"as": "range", "steps": [1000, 48210]}]}},
    }
    fields = [*LINK["fields"], {"from": "opportunity.amount", "to": "size", "as": "decimal"}]
    ruling = policy(secret=SECRET, labels=labels, fields=fields, roles={**ROLES, "contributor": contributor})
    [decision] = Outbound(ruling).decide([with_values(EVENT, data__opportunity__margin=48210)], NOW)

    assert decision.verdict is Verdict.SEND
    assert fields_of(decision)["size"] == ">=48210"
