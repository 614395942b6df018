"""Files of cases are read as strictly as link files: each wrong word at its place, with the nearest right one."""

import pytest

from ecluse.cases.reading import link_of, read_cases
from tests.ecluse.cases.conftest import GIVEN, findings, policy_with

AT = GIVEN.count("\n") + 2


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("record: fondery", ("E113", "fonderie")),
        ("recrod: fonderie", ("E110", "record")),
        ("sees: {teleoperateur: [phone]}", ("E113", "teleoperator")),
        ("sees: {quality: [phon]}", ("E113", "phone")),
        ("sees: {quality: {phon: x}}", ("E113", "phone")),
        ("sees: {quality: phone}", ("E114", "")),
        ("sees: {quality: }", ("E121", "")),
        ("expect: {verdict: sent}", ("E113", "send")),
        ("expect: {verdct: send}", ("E110", "verdict")),
        ("expect: {reason: clear}", ("E113", "")),
        ("expect: {campaign: t4-industry}", ("E113", "t4-industrie")),
        ("expect: {kind: recall}", ("E113", "")),
        ("expect: {status: qualifié}", ("E113", "qualifie")),
        ("expect: {author: tp12}", ("E113", "tp-12")),
        ("expect: {}", ("E111", "")),
        ("expect: yes", ("E114", "")),
        ("change: {opportunity: {stagee: x}}", ("E110", "stage")),
        ("change: {oportunity: {stage: x}}", ("E110", "opportunity")),
        ("change: {contact: {phone: +33199001234}}", ("E118", '"+33199001234"')),
        ("now: 2026-11-24T10:00:00", ("E115", "")),
        ("now: tomorrow", ("E115", "")),
        ("after: 2 days", ("E117", "")),
        ("allow: {raed: {}}", ("E110", "read")),
        ("allow: {read: {qualty: []}}", ("E113", "quality")),
        ("allow: {read: {quality: [contact.identiti]}}", ("E113", "contact.identity")),
        ("allow: {masked: {quality: [contact.phones]}}", ("E113", "contact.phone")),
        ("allow: {write: {quality: [coment]}}", ("E113", "comment")),
        ("allow: {}", ("E111", "")),
        ("by: tp-21", ("E113", "tp-12")),
        ("type: phoning.call.end", ("E113", "")),
        ("type: crm.contact.change", ("E113", "crm.contact.changed")),
        ("steps: [{after: 3x}]", ("E117", "")),
        ("steps: [{now: 2026-01-01T00:00:00Z}, {now: 2025-01-01T00:00:00Z}]", ("E115", "")),
        ("steps: x", ("E114", "")),
    ],
)
def test_a_wrong_word_is_found_at_its_line(tried, line, found):
    said = findings(tried(f"cases:\n  - name: one\n    {line}\n"))
    assert (found[0], AT + 1, found[1]) in said


@pytest.mark.parametrize(
    ("data", "nearest"),
    [
        ("{call: {disposition: NPR}}", "NRP"),
        ("{cal: {disposition: NRP}}", "call"),
        ("{call: {dispositon: NRP}}", "disposition"),
        ("{call: {disposition: NRP}, campaign: t4}", ""),
        ("{call: {disposition: NRP}, prospect: {phne: x}}", "phone"),
    ],
)
def test_what_a_dialer_says_is_read_by_the_words_of_the_link(tried, data, nearest):
    case = "name: one, record: fonderie, by: tp-12, type: phoning.call.ended, expect: {verdict: write}"
    said = findings(tried(f"cases:\n  - {{{case}, data: {data}}}\n"))
    assert [near for _, _, near in said] == [nearest]


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ("profile: mission_lead", "profile: mission_led", ("E113", 7, "mission_lead")),
        ("campaigns: [relance-retail]", "campaigns: [relance]", ("E113", 6, "")),
        ("to: 2026-12-15", "to: 2026-12-32", ("E116", 6, "")),
        ("to: 2026-12-15", "until: 2026-12-15", ("E110", 6, "")),
        ("first_name:", "frist_name:", ("E110", 10, "first_name")),
        ("account:", "acount:", ("E110", 11, "account")),
        ("records:", "record:", ("E110", 8, "records")),
        ("now: 2026-11-24T10:00:00+01:00\n", "\n", ("E111", 14, "")),
        ("profile: mission_lead, ", "", ("E111", 7, "")),
    ],
)
def test_what_is_given_is_read_strictly_too(tried, before, after, found):
    text = GIVEN.replace(before, after)
    assert text != GIVEN
    assert found in findings(tried("cases:\n  - {name: one, record: fonderie, sees: {}}\n", given=text))


@pytest.mark.parametrize(
    "cases", ["", "cases: []\n", "cases: x\n", "cases:\n  - x\n", "cases:\n  - {record: fonderie}\n"]
)
def test_a_file_that_tests_nothing_is_no_file_of_cases(tried, cases):
    assert findings(tried(cases))


def test_a_case_that_expects_nothing_is_found(tried):
    assert findings(tried("cases:\n  - {name: one, record: fonderie}\n")) == [("E111", AT, "")]


def test_a_file_with_a_finding_runs_no_case(tried):
    (file,) = tried("cases:\n  - {name: one, record: fonderie, sees: {}}\n  - {name: two, recrod: x, sees: {}}\n").files
    assert file.results == []


def test_a_link_is_named_and_known():
    assert link_of("link: nord\n", "x.yaml", ["nord"]) == ("nord", ())
    name, (found,) = link_of("link: nrod\n", "x.yaml", ["nord"])
    assert (name, found.code, found.nearest) == ("", "E113", "nord")
    assert link_of("cases: []\n", "x.yaml", ["nord"])[1][0].code == "E111"


@pytest.mark.parametrize("text", ["", "[]", "link: [\n", "\x00", "link: &a nord", "a: b: c", "cases: *x\nlink: nord"])
def test_no_text_is_a_crash(text):
    assert read_cases(text, "x.yaml", policy_with()).cases is None
