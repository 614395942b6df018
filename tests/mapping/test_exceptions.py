"""What single persons have beside their roles, on paper; and rights that hold at a stage of the sale."""

from datetime import date

import pytest

from mapping.link import Link
from mapping.reader import read_link
from mapping.rights import exceptions_on, rights_of, rights_of_person
from mapping.things import Action, Thing
from mapping.words import Grant, Object
from tests.mapping.files import GOOD, swap

EXCEPTIONS = """
exceptions:
  - person: tp-12
    may: {contacts: [export]}
    read: {account: [pricing]}
    write: [set_lead_status]
    reason: Reprise du fichier de Nadia
    until: 2026-12-04
    decided_by: direction-commerciale
  - {person: tp-13, may: {reports: [read]}, reason: Audit annuel, until: 2026-12-31, decided_by: direction-commerciale}

perimeter:
"""
ONE = "  - {person: p, write: [comment], reason: essai, until: 2026-12-04, decided_by: direction}\n"


def read(*pairs: tuple[str, str]) -> Link:
    link = read_link(swap(GOOD, *pairs), "nord").link
    assert link is not None
    return link


@pytest.fixture
def link() -> Link:
    return read(("\nperimeter:\n", EXCEPTIONS))


@pytest.mark.requirement("R003")
def test_a_person_has_the_rights_of_the_role_and_their_exceptions(link: Link) -> None:
    of_role = rights_of(link, "contributor")
    hers = rights_of_person(link, "contributor", "tp-12", date(2026, 12, 4))

    assert hers.allows(Thing.CONTACTS, Action.EXPORT)
    assert hers.write - of_role.write == {Grant.SET_LEAD_STATUS}
    assert set(hers.read[Object.ACCOUNT]) - set(of_role.read[Object.ACCOUNT]) == {"pricing"}
    assert rights_of_person(link, "contributor", "tp-99", date(2026, 12, 4)) == of_role


@pytest.mark.requirement("R003")
def test_an_exception_is_gone_the_day_after_its_last(link: Link) -> None:
    assert rights_of_person(link, "contributor", "tp-12", date(2026, 12, 5)) == rights_of(link, "contributor")
    assert [one.person for one in exceptions_on(link, date(2026, 12, 5))] == ["tp-13"]
    assert exceptions_on(link, date(2027, 1, 1)) == []


@pytest.mark.requirement("R003")
@pytest.mark.parametrize("lacking", ["reason: essai, ", "until: 2026-12-04, ", ", decided_by: direction"])
def test_an_exception_without_reason_end_or_decider_is_refused(lacking: str) -> None:
    text = swap(GOOD, ("\nperimeter:\n", f"\nexceptions:\n{ONE.replace(lacking, '')}\nperimeter:\n"))

    assert read_link(text, "nord").link is None


@pytest.mark.requirement("R041")
def test_more_than_five_exceptions_are_warned_of_and_those_that_ended_do_not_count() -> None:
    for count, codes in ((5, []), (6, ["W333"])):
        text = swap(GOOD, ("\nperimeter:\n", f"\nexceptions:\n{ONE * count}\nperimeter:\n"))
        assert [found.code for found in read_link(text, "nord").findings if found.code[0] == "W"] == codes

    ended = ONE.replace("2026-12-04", "2026-11-01")
    text = swap(GOOD, ("\nperimeter:\n", f"\nexceptions:\n{ONE * 5}{ended}\nperimeter:\n"))
    assert "W333" not in [found.code for found in read_link(text, "nord").findings]


@pytest.mark.requirement("R032")
def test_a_right_may_hold_only_at_a_stage_of_the_sale() -> None:
    phase = "{when: {opportunity.stage: [Prospecting]}, may: {opportunities: [update]}}"
    rights = rights_of(read(("  auditor:\n", f"  auditor:\n    during: [{phase}]\n")), "auditor")

    early, late = ({"opportunity": {"stage": stage}} for stage in ("Prospecting", "Won"))
    assert rights.allows_at(Thing.OPPORTUNITIES, Action.UPDATE, early)
    assert not rights.allows_at(Thing.OPPORTUNITIES, Action.UPDATE, late)
    assert not rights.allows_at(Thing.OPPORTUNITIES, Action.UPDATE, {})
    assert not rights.allows_at(Thing.OPPORTUNITIES, Action.DELETE, early)
    assert not rights.allows(Thing.OPPORTUNITIES, Action.UPDATE)
