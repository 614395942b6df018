"""What can empty a CRM or a list in minutes has no way in, whoever asks for it on the dialer's side."""

import orjson
import pytest

from mapping.perimeter import Person
from mapping.reasons import Reason
from mapping.words import Verdict
from streams.facts import Facts, PersonFact, RecordFact
from streams.inbound import Inbound
from tests.policies import CALL, EVENT, NOW, policy, with_values

LEAD = Person("lea", "mission_lead", team="nord", crm_user="u1")
CALLER = Person("tp-12", "teleoperator", campaigns=("t4-industrie",))
FACTS = Facts({"contact/42": RecordFact(EVENT["data"])}, {one.id: PersonFact(one) for one in (LEAD, CALLER)})


def ended(kind: str, person: str, **data: object) -> tuple[Verdict, Reason]:
    parts = {f"data__{name}": value for name, value in data.items()}
    event = with_values(CALL, type=kind, data__agent__id=person, data__call=..., **parts)
    assert orjson.loads(event)["type"] == kind
    (decision,) = Inbound(policy()).decide([event], FACTS, NOW)
    return decision.verdict, decision.reason


@pytest.mark.requirement("R072")
@pytest.mark.parametrize("person", ["lea", "tp-12"])
@pytest.mark.parametrize("kind", ["phoning.contact.deleted", "phoning.owner.changed", "phoning.records.exported"])
def test_nobody_deletes_reassigns_or_exports_through_the_dialer(kind: str, person: str) -> None:
    assert ended(kind, person) == (Verdict.REFUSE, Reason.SIXTH_KIND_OF_WRITE)


@pytest.mark.requirement("R073")
@pytest.mark.parametrize("kind", ["phoning.account.deleted", "phoning.contacts.merged"])
def test_no_account_is_deleted_and_no_records_are_merged(kind: str) -> None:
    assert ended(kind, "lea") == (Verdict.REFUSE, Reason.SIXTH_KIND_OF_WRITE)


@pytest.mark.requirement("R073")
def test_a_lead_status_is_set_by_those_few_who_may() -> None:
    status = {"id": "s-1", "value": "qualified"}
    assert ended("phoning.status.proposed", "tp-12", status=status) == (Verdict.HOLD, Reason.AWAITS_APPROVAL)
    assert ended("phoning.status.validated", "tp-12", status=status) == (Verdict.REFUSE, Reason.NOT_GRANTED)
    assert ended("phoning.status.proposed", "lea", status=status) == (Verdict.WRITE, Reason.ACCEPTED)


@pytest.mark.requirement("R076")
@pytest.mark.parametrize("kind", ["phoning.opportunity.deleted", "phoning.appointment.deleted"])
def test_no_opportunity_and_no_appointment_is_deleted(kind: str) -> None:
    assert ended(kind, "lea") == (Verdict.REFUSE, Reason.SIXTH_KIND_OF_WRITE)


@pytest.mark.requirement("R078")
@pytest.mark.parametrize("kind", ["phoning.campaign.changed", "phoning.list.changed"])
def test_a_list_of_prospects_is_changed_in_the_link_file_alone(kind: str) -> None:
    assert ended(kind, "lea") == (Verdict.REFUSE, Reason.SIXTH_KIND_OF_WRITE)
