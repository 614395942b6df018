"""What a personal exception changes on the way back, for whom, until when; and that it opens nothing outward."""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from mapping.decisions import Decision
from mapping.perimeter import Person
from mapping.reasons import Reason
from mapping.words import CommandKind, Verdict
from streams.facts import Facts, PersonFact, RecordFact
from streams.inbound import Inbound
from streams.outbound import Outbound
from tests.policies import CALL, EVENT, NOW, policy
from tests.streams.test_inbound import APPOINTMENT, said

STANDS_IN: dict[str, Any] = {
    "person": "tp-12",
    "write": ["validate_appointment"],
    "reason": "Remplace Nadia, en congé",
    "until": "2026-12-04",
    "decided_by": "direction-commerciale",
}
LAST_MOMENT = datetime(2026, 12, 4, 23, 59, tzinfo=UTC)


@pytest.fixture
def facts() -> Facts:
    people = [
        Person("tp-12", "teleoperator", campaigns=("t4-industrie",), crm_user="u12"),
        Person("tp-13", "teleoperator", campaigns=("t4-industrie",), crm_user="u13"),
    ]
    return Facts(
        records={"contact/42": RecordFact(EVENT["data"])},
        people={person.id: PersonFact(person) for person in people},
    )


def decided(facts: Facts, now: datetime, *, by: str = "tp-12") -> Decision:
    raw = said("phoning.appointment.proposed", "appointment", APPOINTMENT, by=by)
    [decision] = Inbound(policy(exceptions=[STANDS_IN])).decide([raw], facts, now)
    return decision


@pytest.mark.requirement("R003")
def test_an_exception_lets_one_person_write_what_their_role_only_proposes(facts: Facts) -> None:
    hers, another = decided(facts, NOW), decided(facts, NOW, by="tp-13")

    assert (hers.verdict, another.verdict) == (Verdict.WRITE, Verdict.HOLD)
    assert hers.command is not None
    assert hers.command.kind is CommandKind.BOOK_APPOINTMENT
    assert hers.command.body["validated_by"]["id"] == "tp-12"


@pytest.mark.requirement("R003")
def test_an_exception_ends_by_itself_after_its_last_day(facts: Facts) -> None:
    assert decided(facts, LAST_MOMENT).verdict is Verdict.WRITE
    assert decided(facts, LAST_MOMENT + timedelta(minutes=1)).verdict is Verdict.HOLD


def test_an_event_that_is_dated_back_does_not_bring_an_exception_back(facts: Facts) -> None:
    event = orjson.loads(said("phoning.appointment.proposed", "appointment", APPOINTMENT))
    event["time"] = "2026-12-01T10:00:00+01:00"
    [decision] = Inbound(policy(exceptions=[STANDS_IN])).decide(
        [orjson.dumps(event)], facts, LAST_MOMENT + timedelta(days=3)
    )

    assert decision.verdict is Verdict.HOLD


def test_an_exception_belongs_to_nobody_who_is_only_said_to_be_that_person() -> None:
    """Where people are not known, as in a preview, an event's own word opens no exception."""
    raw = orjson.loads(said("phoning.appointment.proposed", "appointment", APPOINTMENT))
    raw["data"]["agent"] = {"id": "tp-12", "profile": "teleoperator"}
    [decision] = Inbound(policy(exceptions=[STANDS_IN])).decide([orjson.dumps(raw)], Facts(trusting=True), NOW)

    assert decision.verdict is Verdict.HOLD


def test_an_exception_for_other_writes_changes_nothing_else(facts: Facts) -> None:
    reads = {**STANDS_IN, "write": ["reassign"], "may": {"contacts": ["delete"]}}
    plain, excepted = (
        Inbound(policy(exceptions=rules)).decide([orjson.dumps(CALL)], facts, NOW)[0] for rules in ([], [reads])
    )

    assert plain.reason is Reason.ACCEPTED
    assert excepted.command == plain.command


@pytest.mark.requirement("R003")
def test_an_exception_sends_no_dialer_anything_more() -> None:
    reads = {**STANDS_IN, "write": [], "read": {"opportunity": ["margin", "pricing"]}}
    fields = [{"from": "opportunity.margin", "to": "marge"}, {"from": "contact.phone", "to": "phone", "as": "e164"}]
    for views in (False, True):
        plain, excepted = (
            Outbound(policy(views=views, fields=fields, exceptions=rules)).decide([orjson.dumps(EVENT)], NOW)
            for rules in ([], [reads])
        )
        assert [one.command for one in excepted] == [one.command for one in plain]
        assert "/opportunity/margin" not in excepted[0].sent
