"""A matrix of who may what: every pair of a profile and a field, a label or a write; what is not listed is denied."""

import pytest

from ecluse.cases.probe import probes
from mapping.words import Grant, Shape
from tests.ecluse.cases.conftest import LINK, failures, policy_with

CALLS = "[contact.identity, contact.reachability, account.identity, account.context, opportunity.progress]"
LISTENS = "[contact.identity, account.identity, account.context, opportunity.progress]"
READ = f"""
cases:
  - name: one
    allow:
      read: {{teleoperator: {CALLS}, mission_lead: {CALLS}, quality: {LISTENS}, sales_direction: {LISTENS}}}
"""
WRITE = """
cases:
  - name: one
    allow:
      write:
        teleoperator: [call_result, comment, next_action, propose_lead_status, propose_appointment]
        mission_lead:
          [call_result, comment, next_action, set_lead_status, validate_appointment, reassign, close_sequence]
        sales_direction: [set_lead_status, validate_appointment, reassign, close_sequence]
"""
CALLER = ("call_result", "comment", "next_action", "propose_lead_status", "propose_appointment")
WIDER = ("contact: [identity]\n", "contact: [identity, reachability]\n")


def test_a_matrix_that_lists_all_passes_and_says_how_many_pairs_it_looked_at(tried):
    ran = tried(READ)
    assert failures(ran) == []
    assert ran.files[0].results[0].pairs == 4 * 19


@pytest.mark.requirement("R122")
def test_an_unlisted_pair_is_a_denial(tried):
    assert failures(tried(READ, WIDER)) == [
        f"{who} sees {field}, which is not listed"
        for who in ("quality", "sales_direction")
        for field in ("contact.phone", "contact.email")
    ]
    assert failures(tried(READ.replace(f", quality: {LISTENS}", "")))[0].startswith("quality sees contact.first_name")


@pytest.mark.requirement("R122")
@pytest.mark.parametrize("grant", Grant)
def test_a_write_that_is_not_listed_is_a_denial(tried, grant):
    reads = "      opportunity: [progress]\n"
    wider = (f"{reads}\n  administrator", f"{reads}    write: [{grant}]\n\n  administrator")
    said = failures(tried(WRITE, wider))
    assert f"quality may write {grant}, which is not listed" in said
    assert all(" may write " in one and one.startswith(("quality", "sales_direction")) for one in said)


@pytest.mark.parametrize("word", CALLER)
def test_a_write_that_is_listed_has_to_be_held(tried, word):
    fewer = [held for held in CALLER if held != word]
    said = failures(tried(WRITE, (f"[{', '.join(CALLER)}]", f"[{', '.join(fewer)}]")))
    assert f"teleoperator may not write {word}" in said


def test_who_may_decide_may_propose(tried):
    assert failures(tried(WRITE)) == []


def test_a_field_that_is_listed_has_to_leave(tried):
    listed = READ.replace("quality: [", "quality: [contact.phone, opportunity.pricing, ")
    assert failures(tried(listed)) == [
        "quality does not see contact.phone: the role is not cleared for it",
        "quality may not read opportunity.pricing: the role is not cleared for it",
    ]


def test_a_clearance_of_which_nothing_leaves_yet_is_a_pair_too(tried):
    wider = ("contact: [identity]\n", "contact: [identity, confidential]\n")
    assert failures(tried(READ, wider)) == [
        f"{who} may read contact.confidential, which is not listed" for who in ("quality", "sales_direction")
    ]


def test_what_is_to_be_masked_may_not_leave_whole(tried):
    masked = READ.replace("      read:", "      masked: {teleoperator: [contact.phone]}\n      read:")
    assert failures(tried(masked)) == ["teleoperator sees all of contact.phone, which is to be masked"]


def masks(rules: str) -> tuple[str, str]:
    """Who reads may read more, in part."""
    reads = "      opportunity: [progress]\n"
    return f"{reads}\n  administrator", f"{reads}    masks: {rules}\n\n  administrator"


@pytest.mark.parametrize(
    "rule",
    ["last4", "keyed_hash", "token", "empty", "{as: truncate, at: 5}", "[{as: last4, when: {account.size: [7]}}]"],
)
def test_what_leaves_in_part_is_told_from_what_leaves_whole(tried, rule):
    shown = masks(f"{{contact: {{reachability: {rule}}}}}")
    readers = "quality: [contact.reachability], sales_direction: [contact.reachability]"
    assert failures(tried(READ.replace("      read:", f"      masked: {{{readers}}}\n      read:"), shown)) == []
    assert failures(tried(READ, shown))[0] == "quality sees contact.phone, which is not listed"
    whole = READ.replace("[contact.identity, account", "[contact.identity, contact.reachability, account")
    assert failures(tried(whole, shown))[0] == "quality sees contact.phone masked only"


@pytest.mark.parametrize("shape", Shape)
def test_a_field_of_any_shape_is_tried_with_a_value_that_fits(tried, shape):
    line = "  - {from: account.size, to: headcount, as: integer}"
    assert failures(tried(READ, (line, f"  - {{from: account.size, to: headcount, as: {shape}}}"))) == []
    denied = READ.replace("account.context", "account.city, account.industry")
    said = failures(tried(denied, (line, f"  - {{from: account.size, to: headcount, as: {shape}}}")))
    assert said[0] == "teleoperator sees account.size, which is not listed"
    listed = READ.replace("account.context", "account.context, account.size")
    assert failures(tried(listed, (line, f"  - {{from: account.size, to: headcount, as: {shape}}}"))) == []


def test_what_a_condition_shows_whole_somewhere_is_shown_whole(tried):
    shown = masks("{contact: {reachability: [{as: allow, when: {opportunity.stage: [qualification]}}, last4]}}")
    readers = "quality: [contact.reachability], sales_direction: [contact.reachability]"
    said = failures(tried(READ.replace("      read:", f"      masked: {{{readers}}}\n      read:"), shown))
    assert said[0] == "quality sees all of contact.phone, which is to be masked"


def test_each_campaign_is_tried_on_a_day_on_which_it_runs():
    policy = policy_with()
    found = [policy.perimeter.place(probe.data, probe.now.date()).campaign for probe in probes(policy)]
    assert found[:4] == ["t4-industrie", "relance-retail", "reveil-clients", "salon-printemps"]


@pytest.mark.parametrize(
    "perimeter",
    [
        "model: open", "model: teams", "model: territories\n  territories: {n: {account.city: [Lille]}}",
        "model: projects\n  projects: {p: {owner.team: [a], contact.job: [x, y]}}",
    ],
)  # fmt: skip
def test_a_matrix_is_tried_under_each_permission_model(tried, perimeter):
    whole = LINK[LINK.index("perimeter:\n") : LINK.index("fields:\n")]
    reach = {"open": "all", "teams": "team", "territories": "territory", "projects": "project"}[perimeter.split()[1]]
    swaps = ((whole, f"perimeter:\n  {perimeter}\n"), ("perimeter: project}", f"perimeter: {reach}}}"))
    given = "link: nord\n"
    assert failures(tried(READ, *swaps, given=given)) == []
    assert failures(tried(WRITE, *swaps, given=given)) == []
    assert len(failures(tried(READ, *swaps, WIDER, given=given))) == 4
