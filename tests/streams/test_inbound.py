"""Dialer → CRM: five kinds of write, proposals held, and everything else refused with its reason."""

from copy import deepcopy

import orjson
import pytest

from mapping.perimeter import Person
from mapping.reasons import Reason
from mapping.words import CommandKind, Verdict
from streams.facts import Facts, PersonFact, RecordFact
from streams.inbound import Inbound, needs, parts
from tests.policies import CALL, EVENT, NOW, policy, with_values

TELEOPERATOR = Person("tp-12", "teleoperator", campaigns=("t4-industrie",), crm_user="u12")
LEAD = Person("rm-1", "mission_lead", team="nord", crm_user="u1")


@pytest.fixture
def facts() -> Facts:
    return Facts(
        records={"contact/42": RecordFact(EVENT["data"])},
        people={"tp-12": PersonFact(TELEOPERATOR), "rm-1": PersonFact(LEAD)},
        phones={"+33353012233": ("contact/42",), "+33199001122": ("contact/1", "contact/2")},
    )


def decided(raw, facts, **changes):
    [decision] = Inbound(policy(**changes)).decide([raw], facts, NOW)
    return decision


def said(kind: str, block: str, value: dict[str, str], *, by: str = "tp-12", name: str = "e-1") -> bytes:
    event = deepcopy(CALL)
    event["id"], event["type"] = name, kind
    del event["data"]["call"]
    event["data"]["agent"] = {"id": by}
    event["data"][block] = value
    return orjson.dumps(event)


APPOINTMENT = {"id": "rdv-1", "start": "2026-11-30T14:00:00+01:00", "subject": "Démonstration"}


@pytest.mark.requirement("R058")
def test_a_call_result_is_written_in_canonical_words_with_its_true_author(facts):
    decision = decided(orjson.dumps(CALL), facts)

    assert (decision.verdict, decision.reason) == (Verdict.WRITE, Reason.ACCEPTED)
    assert decision.command.kind is CommandKind.LOG_CALL
    assert decision.command.record == "contact/42"
    assert decision.command.body["result"] == "no_answer"
    assert decision.command.body["label"] == "NRP"
    assert decision.command.body["author"] == {"id": "tp-12", "crm_user": "u12"}
    assert decision.command.body["next_attempt_at"] == "2026-11-23T09:58:00+01:00"


@pytest.mark.requirement("R062")
def test_a_telemarketers_appointment_is_held_until_a_manager_validates_it(facts):
    held = said("phoning.appointment.proposed", "appointment", APPOINTMENT, name="e-1")
    yes = said("phoning.appointment.validated", "appointment", {"id": "rdv-1"}, by="rm-1", name="e-2")

    proposed, validated = Inbound(policy()).decide([held, yes], facts, NOW)

    assert (proposed.verdict, proposed.reason) == (Verdict.HOLD, Reason.AWAITS_VALIDATION)
    assert (validated.verdict, validated.proposal) == (Verdict.WRITE, "rdv-1")
    assert validated.command is not None
    assert validated.command.kind is CommandKind.BOOK_APPOINTMENT
    assert validated.command.body["validated_by"] == {"id": "rm-1", "crm_user": "u1"}
    assert validated.command.body["author"]["id"] == "tp-12"


def test_a_rejected_appointment_is_never_written(facts):
    held = said("phoning.appointment.proposed", "appointment", APPOINTMENT, name="e-1")
    no = said("phoning.appointment.rejected", "appointment", {"id": "rdv-1"}, by="rm-1", name="e-2")
    late = said("phoning.appointment.validated", "appointment", {"id": "rdv-1"}, by="rm-1", name="e-3")

    _, rejected, again = Inbound(policy()).decide([held, no, late], facts, NOW)

    assert (rejected.verdict, rejected.reason) == (Verdict.WITHHOLD, Reason.REJECTED_BY_MANAGER)
    assert (again.verdict, again.reason) == (Verdict.REFUSE, Reason.ALREADY_DECIDED)
    assert again.command is None


def test_a_telemarketer_cannot_validate(facts):
    held = said("phoning.appointment.proposed", "appointment", APPOINTMENT, name="e-1")
    own = said("phoning.appointment.validated", "appointment", {"id": "rdv-1"}, name="e-2")

    decision = Inbound(policy()).decide([held, own], facts, NOW)[1]

    assert (decision.verdict, decision.reason) == (Verdict.REFUSE, Reason.NOT_GRANTED)


@pytest.mark.requirement("R061")
def test_a_telemarketers_lead_status_is_a_proposal_and_a_managers_is_written(facts):
    raw = {"value": "chaud"}

    proposal = decided(said("phoning.status.proposed", "status", raw), facts)
    final = decided(said("phoning.status.proposed", "status", raw, by="rm-1"), facts)

    assert (proposal.verdict, proposal.reason) == (Verdict.HOLD, Reason.AWAITS_APPROVAL)
    assert (final.verdict, final.command.kind) == (Verdict.WRITE, CommandKind.SET_STATUS)


@pytest.mark.requirement("R056")
@pytest.mark.parametrize(
    "kind", ["phoning.contact.updated", "phoning.owner.changed", "phoning.account.deleted", "phoning.amount.set"]
)
def test_a_sixth_kind_of_write_is_refused(kind, facts):
    decision = decided(said(kind, "call", {"disposition": "NRP"}), facts)

    assert (decision.verdict, decision.reason) == (Verdict.REFUSE, Reason.SIXTH_KIND_OF_WRITE)


@pytest.mark.requirement("R059")
@pytest.mark.parametrize("item", ["contact", "account", "opportunity", "owner", "fields"])
def test_crm_fields_in_a_phoning_event_are_refused_whole(item, facts):
    decision = decided(with_values(CALL, **{f"data__{item}": {"name": "Autre"}}), facts)

    assert (decision.verdict, decision.reason) == (Verdict.REFUSE, Reason.FORBIDDEN_FIELD)


def test_fields_that_no_kind_of_write_has_are_stripped_and_the_rest_is_written(facts):
    decision = decided(with_values(CALL, data__call__margin=12, data__call__owner="x"), facts)

    assert decision.verdict is Verdict.WRITE
    assert set(decision.stripped) == {"/call/margin", "/call/owner"}
    assert "margin" not in decision.command.body


@pytest.mark.parametrize(
    "key", ["48210", "marge 48210", "+33612345678", "Dupont", "a/b", "a~b", "nul\0", "clé", "x" * 33, ""]
)
def test_a_key_that_may_hold_a_value_is_not_repeated(key, facts):
    decision = decided(with_values(CALL, data__call={**CALL["data"]["call"], key: "x"}), facts)

    assert decision.verdict is Verdict.WRITE
    assert decision.stripped == ("/call/*",)


def test_however_many_keys_somebody_makes_up_few_are_told(facts):
    names = {"made_up_" + "".join(chr(97 + int(digit)) for digit in str(at)): at for at in range(3_000)}
    decision = decided(with_values(CALL, data__call={**CALL["data"]["call"], **names}), facts)

    assert decision.verdict is Verdict.WRITE
    assert len(decision.stripped) <= 21


@pytest.mark.parametrize("start", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:00-12:00", "1969-12-31T10:00:00Z"])
def test_an_appointment_outside_of_any_calendar_is_refused(start, facts):
    event = said("phoning.appointment.proposed", "appointment", {"id": "a1", "start": start})

    decision = decided(event, facts)

    assert (decision.verdict, decision.reason) == (Verdict.REFUSE, Reason.INVALID_VALUE)


def test_two_proposals_of_one_call_with_a_long_id_stay_two(facts):
    call = deepcopy(CALL)
    call["id"] = "c" * 190
    call["data"] |= {"status": {"value": "Engaging"}, "appointment": {"start": "2026-11-30T14:00:00+01:00"}}

    decisions = Inbound(policy()).decide([orjson.dumps(part) for part in parts(call)], facts, NOW)

    held = [decision.proposal for decision in decisions if decision.verdict is Verdict.HOLD]
    assert len(set(held)) == 2
    assert set(held) <= needs([orjson.dumps(part) for part in parts(call)], "FR").proposals


def test_a_manager_may_name_a_proposal_as_loosely_as_whoever_made_it(facts):
    made = said("phoning.appointment.proposed", "appointment", {**APPOINTMENT, "id": " rdv-1\u200b"}, name="e-1")
    meant = said("phoning.appointment.validated", "appointment", {"id": "rdv-1 "}, by="rm-1", name="e-2")

    proposed, validated = Inbound(policy()).decide([made, meant], facts, NOW)

    assert (proposed.verdict, validated.verdict) == (Verdict.HOLD, Verdict.WRITE)


@pytest.mark.parametrize("odd", ["tp\0-12", "tp-12\x1b[2J", "tp-12\n", "\u202etp-12"])
def test_control_characters_reach_no_question_to_the_database(odd, facts):
    """PostgreSQL takes no NUL: one event with one would stop the link for good."""
    block = {"prospect": {"id": odd}, "agent": {"id": odd}, "status": {"id": odd, "value": "Engaging"}}
    event = with_values(CALL, **{f"data__{name}": value for name, value in block.items()})

    needed = needs([event], "FR")

    asked = [*needed.records, *needed.people, *needed.proposals]
    assert all(name.isprintable() for name in asked)
    assert decided(event, facts).reason is Reason.UNKNOWN_PERSON
    assert decided(event, facts).record == ""


def refused(verdict: Verdict, reason: Reason, **values: object):
    return pytest.param(with_values(CALL, **values), verdict, reason, id=f"{reason.value}-{'-'.join(values)}")


@pytest.mark.parametrize(
    ("raw", "verdict", "reason"),
    [
        pytest.param(b"{", Verdict.QUARANTINE, Reason.MALFORMED, id="not-json"),
        refused(Verdict.QUARANTINE, Reason.MALFORMED, data=None),
        refused(Verdict.QUARANTINE, Reason.MALFORMED, specversion="2"),
        refused(Verdict.QUARANTINE, Reason.MALFORMED, type=None),
        refused(Verdict.QUARANTINE, Reason.MALFORMED, data__call="x"),
        refused(Verdict.QUARANTINE, Reason.UNKNOWN_EVENT_TYPE, type="crm.contact.changed"),
        refused(Verdict.REFUSE, Reason.UNKNOWN_TENANT, tenant="sud"),
        refused(Verdict.REFUSE, Reason.UNKNOWN_PERSON, data__agent__id="inconnu"),
        refused(Verdict.REFUSE, Reason.UNKNOWN_PERSON, data__agent=None),
        refused(Verdict.REFUSE, Reason.UNKNOWN_CAMPAIGN, data__campaign="autre"),
        refused(Verdict.REFUSE, Reason.UNKNOWN_CAMPAIGN, data__campaign=["t4-industrie"]),
        refused(Verdict.QUARANTINE, Reason.UNKNOWN_RECORD, data__prospect__id="contact/999"),
        refused(Verdict.QUARANTINE, Reason.UNKNOWN_RECORD, data__prospect={"phone": "01 99 00 00 00"}),
        refused(Verdict.QUARANTINE, Reason.UNKNOWN_RECORD, data__prospect=None),
        refused(Verdict.QUARANTINE, Reason.AMBIGUOUS_RECORD, data__prospect={"phone": "+33199001122"}),
        refused(Verdict.QUARANTINE, Reason.UNKNOWN_DISPOSITION, data__call__disposition="??"),
        refused(Verdict.REFUSE, Reason.INVALID_VALUE, data__call__disposition=...),
        refused(Verdict.REFUSE, Reason.INVALID_VALUE, data__call__disposition={"a": 1}),
    ],
)
def test_each_bad_call_has_its_clear_answer(raw, verdict, reason, facts):
    decision = decided(raw, facts)

    assert (decision.verdict, decision.reason, decision.command) == (verdict, reason, None)


def test_a_prospect_that_comes_back_by_number_alone_is_found_when_the_number_names_one(facts):
    decision = decided(with_values(CALL, data__prospect={"phone": "03.53.01.22.33"}), facts)

    assert (decision.verdict, decision.command.record) == (Verdict.WRITE, "contact/42")


def test_somebody_whose_mission_ended_writes_nothing(facts):
    gone = Facts(facts.records, {"tp-12": PersonFact(TELEOPERATOR, active=False)})

    assert decided(orjson.dumps(CALL), gone).reason is Reason.PERSON_LEFT


def test_somebody_of_another_campaign_writes_nothing(facts):
    other = Facts(facts.records, {"tp-12": PersonFact(TELEOPERATOR._replace(campaigns=("autre",)))})

    assert decided(orjson.dumps(CALL), other).reason is Reason.OUTSIDE_PERSON_PERIMETER


def test_nobody_books_a_call_under_a_campaign_that_is_not_theirs(facts):
    both = {
        "t4-industrie": {"where": {"account.industry": ["retail"]}},
        "t4-bis": {"where": {"account.city": ["Lille"]}},
    }
    raw = with_values(CALL, data__campaign="t4-bis")

    decision = decided(raw, facts, perimeter={"model": "teams", "projects": both})

    assert (decision.verdict, decision.reason) == (Verdict.REFUSE, Reason.OUTSIDE_PERSON_PERIMETER)


def test_a_profile_the_link_does_not_map_writes_nothing(facts):
    unmapped = Facts(facts.records, {"tp-12": PersonFact(TELEOPERATOR._replace(profile="stagiaire"))})

    assert decided(orjson.dumps(CALL), unmapped).reason is Reason.UNKNOWN_PROFILE


def test_an_events_own_word_on_who_speaks_counts_for_nothing_where_people_are_known(facts):
    raw = with_values(CALL, data__agent={"id": "tp-12", "profile": "mission_lead"})

    assert decided(raw, facts).profile == "teleoperator"


def test_an_appointment_without_offset_is_refused_because_its_hour_would_be_a_guess(facts):
    raw = said("phoning.appointment.proposed", "appointment", {**APPOINTMENT, "start": "2026-11-30T14:00:00"})

    decision = decided(raw, facts)

    assert (decision.verdict, decision.reason) == (Verdict.REFUSE, Reason.INVALID_VALUE)
    assert decision.stripped == ("/appointment/start",)


def test_invisible_characters_are_taken_out_of_a_comment(facts):
    decision = decided(with_values(CALL, data__call__comment="bon\u202e contact\x00\u200b"), facts)

    assert decision.command.body["comment"] == "bon contact"
    assert decision.masked == ("/call/comment",)


def test_a_bundled_call_becomes_one_event_for_each_kind_of_write():
    bundle = orjson.loads(with_values(CALL, data__appointment=APPOINTMENT, data__status={"value": "chaud"}))

    made = parts(bundle)

    assert [(e["id"], e["type"]) for e in made] == [
        ("c-1", "phoning.call.ended"),
        ("c-1/status", "phoning.status.proposed"),
        ("c-1/appointment", "phoning.appointment.proposed"),
    ]
    assert all(e["data"]["prospect"] == bundle["data"]["prospect"] for e in made)


def test_what_a_batch_needs_is_known_before_it_is_decided():
    raws = [
        orjson.dumps(CALL),
        with_values(CALL, data__prospect={"phone": "03 53 01 22 33"}),
        said("phoning.appointment.validated", "appointment", {"id": "rdv-1"}, by="rm-1"),
        b"{",
    ]

    needed = needs(raws, "FR")

    assert needed.records == {"contact/42"}
    assert needed.phones == {"+33353012233"}
    assert needed.people == {"tp-12", "rm-1"}
    assert needed.proposals == {"rdv-1"}
