"""What a case says of a CRM event: what each profile sees, and that nobody sees more."""

import pytest

from tests.ecluse.cases.conftest import failures

SEES = """
cases:
  - name: one
    record: fonderie
    sees:
      teleoperator: {first_name: Bérénice, phone: "+33199001234", industry: Industrie, status: a_appeler}
      mission_lead: [first_name, phone, industry, status]
      quality: [first_name, industry, status]
      sales_direction: [first_name, industry, status]
"""
WIDER = ("contact: [identity]\n", "contact: [identity, reachability]\n")


def test_a_case_that_lists_all_that_is_seen_passes(tried):
    assert failures(tried(SEES)) == []


@pytest.mark.requirement("R122")
def test_what_a_profile_sees_beyond_its_list_is_a_failure(tried):
    assert failures(tried(SEES, WIDER)) == [
        "quality sees phone, which is not listed",
        "sales_direction sees phone, which is not listed",
    ]


@pytest.mark.requirement("R122")
def test_a_profile_that_is_not_listed_is_to_see_nothing(tried):
    shorter = SEES.replace("      quality: [first_name, industry, status]\n", "")
    assert failures(tried(shorter)) == [
        f"quality sees {field}, which is not listed" for field in ("first_name", "industry", "status")
    ]


def test_what_is_listed_and_not_seen_is_a_failure_with_the_rule_that_decides(tried):
    assert failures(tried(SEES.replace("quality: [", "quality: [phone, "))) == [
        "quality does not see phone: the role is not cleared for it"
    ]
    assert "mission_lead does not see phone: has no value that fits" in failures(
        tried(SEES, ("{from: contact.phone, to: phone, as: e164}", "{from: contact.job, to: phone, as: e164}"))
    )


def test_another_value_is_a_failure_that_shows_none(tried):
    (said,) = failures(tried(SEES.replace("+33199001234", "+33199001235")))
    assert said == "teleoperator sees phone with another value than is written here"


def test_what_is_seen_in_part_is_written_as_it_is_seen(tried):
    reads = "      opportunity: [progress]\n"
    masks = "    masks: {contact: {reachability: last4}}\n"
    part = (f"{reads}\n  administrator", f"{reads}{masks}\n  administrator")
    seen = SEES.replace("quality: [first_name,", "quality: [phone, first_name,")
    assert failures(tried(seen, part)) == ["sales_direction sees phone, which is not listed"]
    written = SEES.replace(
        "quality: [first_name, industry, status]",
        'quality: {phone: "****1234", first_name: Bérénice, industry: Industrie, status: a_appeler}',
    )
    assert failures(tried(written, part)) == ["sales_direction sees phone, which is not listed"]


def test_a_withheld_record_says_its_reason_to_who_expected_it(tried):
    said = failures(tried(SEES, ("[industrie, energie]", "[energie]")))
    assert "teleoperator does not see phone: the record is in nobody's perimeter on the other side" in said


def test_people_see_what_their_profile_sees_where_they_open_the_record(tried):
    case = """
    cases:
      - name: one
        record: fonderie
        sees:
          tp-12: [first_name, phone, industry, status]
          mission_lead: [first_name, phone, industry, status]
          quality: [first_name, industry, status]
          sales_direction: [first_name, industry, status]
    """
    assert failures(tried(case)) == []
    theirs = ("perimeter: project}      # téléopérateur", "perimeter: all}")
    assert failures(tried(case, theirs)) == [
        f"tp-13 sees {field}, which is not listed" for field in ("first_name", "phone", "industry", "status")
    ]


def test_verdict_reason_and_campaign_are_compared(tried):
    case = """
    cases:
      - name: one
        record: fonderie
        expect: {verdict: withhold, reason: outside_perimeter, campaign: relance-retail}
    """
    assert failures(tried(case)) == [
        "verdict is send, not withhold",
        "reason is cleared, not outside_perimeter",
        "campaign is t4-industrie, not relance-retail",
    ]


@pytest.mark.requirement("R050")
def test_a_campaign_that_ends_takes_back_what_it_sent(tried):
    case = """
    cases:
      - name: one
        steps:
          - {record: fonderie, expect: {verdict: send}}
          - now: 2027-01-01T02:00:00+01:00
            expect: {verdict: withhold, reason: campaign_closed, kind: recall_prospect}
          - {after: 1d, record: fonderie, expect: {reason: campaign_closed}, sees: {}}
    """
    assert failures(tried(case)) == []
    # The one campaign without an end holds what it was sent for.
    endless = (
        "opportunity.stage: [prospection, qualification]\n      ends: 2026-12-31",
        "opportunity.stage: [prospection]",
    )
    assert failures(tried(case, endless))[0].startswith("0 decisions, not 1")


def test_a_change_in_the_crm_holds_for_the_rest_of_its_case_and_for_no_other(tried):
    case = """
    cases:
      - name: one
        steps:
          - {record: fonderie, change: {opportunity: {stage: gagné}}, expect: {verdict: withhold}}
          - {record: fonderie, expect: {verdict: withhold, reason: outside_perimeter}}
      - name: two
        record: fonderie
        expect: {verdict: send}
    """
    assert failures(tried(case)) == []


def test_a_dialer_that_shows_everybody_the_same_is_tried_as_such(tried):
    alike = ("{connector: open_dialer,", "{connector: jobphoning,")
    assert failures(tried(SEES, alike, WIDER)) == [
        "quality sees phone, which is not listed",
        "sales_direction sees phone, which is not listed",
    ]
    outside = ("quality: {role: reader, perimeter: project}", "quality: {role: reader, perimeter: team}")
    # Who of them all cannot open the record keeps it from the others.
    assert len(failures(tried(SEES, alike, WIDER, outside))) == 4 + 4 + 3 + 3
