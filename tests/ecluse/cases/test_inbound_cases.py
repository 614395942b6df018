"""What a case says of a phoning event: the write, proposal or refusal that it ends in, by a clock of its own."""

import pytest

from tests.ecluse.cases.conftest import failures

WAITS = """
cases:
  - name: one
    record: fonderie
    steps:
      - by: tp-12
        type: phoning.appointment.proposed
        data: {appointment: {id: rdv-1, start: 2026-12-01T10:00:00+01:00}}
        expect: {verdict: hold, reason: awaits_validation, kind: book_appointment, author: tp-12}
      - after: 2d
        by: ml-01
        type: phoning.appointment.validated
        data: {appointment: {id: rdv-1}}
        expect: {verdict: write, kind: book_appointment, validated_by: ml-01}
"""


def called(result: str, expect: str, by: str = "tp-12", more: str = "") -> str:
    return f"""
    cases:
      - name: one
        {more or "record: fonderie"}
        by: {by}
        type: phoning.call.ended
        data: {{call: {{id: k1, disposition: {result}}}}}
        expect: {expect}
    """


@pytest.mark.requirement("R062")
def test_an_appointment_waits_and_is_written_once_a_manager_says_yes(tried):
    assert failures(tried(WAITS)) == []
    wider = ("propose_appointment]", "propose_appointment, validate_appointment]")
    assert failures(tried(WAITS, wider))[:2] == [
        "verdict is write, not hold", "reason is accepted, not awaits_validation"
    ]  # fmt: skip


def test_an_appointment_expires_by_the_clock_of_its_case(tried):
    late = WAITS.replace("after: 2d", "after: 3d")
    assert failures(tried(late)) == [
        "verdict is refuse, not write", "kind is none, not book_appointment", "validated_by is none, not ml-01"
    ]  # fmt: skip
    assert failures(tried(late, ("expire_after: 3d", "expire_after: 4d"))) == []


def test_time_alone_ends_what_nobody_decided(tried):
    proposed = WAITS.split("      - after", maxsplit=1)[0]
    case = proposed + "      - {after: 3d, expect: {verdict: withhold, reason: expired}}\n"
    assert failures(tried(case)) == []
    assert failures(tried(case.replace("3d", "2d"))) == [
        "0 decisions, not 1: a call gives one for each write that it bundles"
    ]


def test_a_result_is_compared_in_canonical_words(tried):
    assert failures(tried(called("nrp", "{verdict: write, kind: log_call, result: no_answer}"))) == []
    assert failures(tried(called("NRP", "{verdict: write, result: busy}"))) == ["result is no_answer, not busy"]


def test_a_bundled_call_is_to_expect_each_of_its_decisions(tried):
    both = "[{kind: log_call, result: qualified}, {verdict: hold, kind: set_status, status: qualifie}]"
    assert failures(tried(called("QUALIF", both))) == []
    assert failures(tried(called("QUALIF", "{verdict: write}"))) == [
        "2 decisions, not 1: a call gives one for each write that it bundles"
    ]


@pytest.mark.requirement("R122")
@pytest.mark.parametrize(
    ("by", "expect"),
    [
        ("tp-13", "{verdict: refuse, reason: outside_person_perimeter}"),
        ("nobody", "{verdict: refuse, reason: unknown_person}"),
    ],
)
def test_a_refusal_is_tested_like_a_permission(tried, by, expect):
    assert failures(tried(called("NRP", expect, by=by))) == []
    assert failures(tried(called("NRP", expect.replace("refuse", "write"), by=by))) == ["verdict is refuse, not write"]


def test_who_has_left_is_told_by_the_day_of_the_case(tried):
    expect = "{verdict: refuse, reason: person_left}"
    left = "record: fonderie\n        now: 2026-12-16T01:00:00+00:00"
    assert failures(tried(called("NRP", expect, by="tp-13", more=left))) == []
    there = left.replace("12-16", "12-15")
    assert failures(tried(called("NRP", expect, by="tp-13", more=there))) == [
        "reason is outside_person_perimeter, not person_left"
    ]


def test_words_that_nobody_knows_may_be_said_where_their_refusal_is_expected(tried):
    assert failures(tried(called("XYZ", "{verdict: quarantine, reason: unknown_disposition}"))) == []
    ghost = called("NRP", "{verdict: quarantine, reason: unknown_record}", more="record: ghost")
    assert failures(tried(ghost)) == []
    sixth = called("NRP", "{verdict: refuse, reason: sixth_kind_of_write}").replace("phoning.call.ended", "phoning.x")
    assert failures(tried(sixth)) == []


def test_a_prospect_may_come_back_by_its_number_alone(tried):
    case = called("NRP", "{verdict: write}").replace("data: {", 'data: {prospect: {phone: "01 99 00 12 34"}, ')
    assert failures(tried(case)) == []
    other = case.replace("12 34", "12 35").replace("{verdict: write}", "{reason: unknown_record}")
    assert failures(tried(other)) == []
