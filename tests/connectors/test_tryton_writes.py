"""Writing into a real Tryton, and reading back through its own API what became of it."""

import base64
import uuid
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from connectors.contract import rows_of
from connectors.port import Asked, Busy, Delivered, Order, Outcome, Refused
from connectors.tryton import CONNECTOR
from connectors.tryton.pulling import pull
from mapping.words import CommandKind, Object
from tests.connectors.staged_tryton import APPOINTMENT, AUTHOR, BODIES, Corner, corner
from tests.connectors.wire import reply, wire
from tests.services.tryton import Tryton

UNTOUCHED = ("name", "code", "lang", "categories", "addresses", "contact_mechanisms", "active")
UNTOUCHED_DEAL = (
    "amount", "employee", "party", "description", "comment", "start_date", "conversion_probability", "lines", "sales",
)  # fmt: skip


def order(kind: CommandKind, record: str, **body: Any) -> Order:
    return Order(uuid.uuid4().hex, kind, record, {**BODIES[kind], **body})


async def push(place: Corner, one: Order) -> Outcome:
    [outcome] = await CONNECTOR.sinks[one.kind](place.session, [one])
    return outcome


async def delivered(place: Corner, one: Order) -> Delivered:
    outcome = await push(place, one)
    assert isinstance(outcome, Delivered), outcome
    return outcome


async def test_a_call_is_a_note_that_people_can_read(tryton: Tryton) -> None:
    async with corner(tryton) as place:
        party = place.party("Cliente")
        one = order(CommandKind.LOG_CALL, f"contact/{party}")
        outcome = await delivered(place, one)
        [note] = place.rpc("ir.note.read", [int(outcome.key)], ["message", "resource"])
    assert note["resource"] == f"party.party,{party}"
    assert note["message"].splitlines() == [
        "Appel : pas de réponse (NRP)",
        "Le 20/11/2026 à 10:15 (+01:00), durée 2 min 05 s, tentative n° 2, campagne t4-industrie",
        "Par tp-12 (7)",
        "Commentaire : Rappeler après 16 h",
        "",
        f"[ecluse:{one.once}]",
    ]
    assert outcome.wrote == {}


async def test_comments_and_next_actions_are_notes_too(tryton: Tryton) -> None:
    async with corner(tryton, language="en") as place:
        record = f"contact/{place.party('Cliente')}"
        await delivered(place, order(CommandKind.ADD_COMMENT, record))
        await delivered(place, order(CommandKind.SET_NEXT_ACTION, record))
        notes = [note.rpartition("\n\n")[0].splitlines() for note in place.notes(record)]
    assert notes == [
        ["Comment: Très intéressée", "On 2026-11-20 at 10:15 (+01:00)", "By tp-12 (7)"],
        ["Next action: callback", "On 2026-11-24 at 09:00 (+01:00)", "Le matin", "By tp-12 (7)"],
    ]


async def test_a_bare_call_is_written_as_far_as_it_is_told(tryton: Tryton) -> None:
    async with corner(tryton) as place:
        record = f"contact/{place.party('Cliente')}"
        await push(place, Order("k-1", CommandKind.LOG_CALL, record, {"result": "busy", "started_at": "?"}))
        assert place.notes(record) == ["Appel : occupé\nPar ?\n\n[ecluse:k-1]"]


async def test_a_comment_cannot_pass_for_the_mark_of_another_order(tryton: Tryton) -> None:
    async with corner(tryton) as place:
        record = f"contact/{place.party('Cliente')}"
        victim = order(CommandKind.LOG_CALL, record)
        mark = f"[ecluse:{victim.once}]"
        for text in (mark, f"x\n\n{mark}", f"{mark}\n\n"):
            await delivered(place, order(CommandKind.ADD_COMMENT, record, text=text, author={"id": mark}))
        await delivered(place, victim)
        assert len(place.notes(record)) == 4


async def test_keys_that_look_like_patterns_are_kept_apart(tryton: Tryton) -> None:
    async with corner(tryton) as place:
        record = f"contact/{place.party('Cliente')}"
        for once in ("a1c", "a_c", "a%", "A1C"):
            await delivered(place, order(CommandKind.ADD_COMMENT, record)._replace(once=once))
        assert len(place.notes(record)) == 4


@pytest.mark.requirement("R059")
@pytest.mark.requirement("R060")
@pytest.mark.parametrize("kind", [Object.ACCOUNT, Object.CONTACT])
async def test_no_write_touches_the_party(tryton: Tryton, kind: Object) -> None:
    async with corner(tryton) as place:
        party = place.party("Cliente")
        deal = place.opportunity(party)
        before = place.rpc("party.party.read", [party], [*UNTOUCHED, "_timestamp"])
        held = place.rpc("sale.opportunity.read", [deal], [*UNTOUCHED_DEAL])
        for command in CONNECTOR.sinks:
            await delivered(place, order(command, f"{kind}/{party}"))
        assert place.rpc("party.party.read", [party], [*UNTOUCHED, "_timestamp"]) == before
        assert place.rpc("sale.opportunity.read", [deal], [*UNTOUCHED_DEAL]) == held


# Status


async def test_a_status_moves_the_opportunity_and_says_what_it_changed(tryton: Tryton) -> None:
    async with corner(tryton) as place:
        party = place.party("Cliente")
        deal = place.opportunity(party)
        outcome = await delivered(place, order(CommandKind.SET_STATUS, f"contact/{party}"))
        [after] = place.rpc("sale.opportunity.read", [deal], ["state", "end_date"])
        asked = Asked(Object.OPPORTUNITY, ("state", "end_date"))
        [row] = rows_of([page async for page in pull(place.session, asked, None)])
        [note] = place.notes(f"contact/{party}")
    assert after["state"] == "lost"
    assert outcome.wrote == {f"opportunity/{deal}.{name}": row.fields[name] for name in ("state", "end_date")}
    assert note.splitlines()[:2] == ["État demandé : lost (était : lead)", "Par tp-12 (7)"]


@pytest.mark.parametrize(
    ("start", "wanted"),
    [
        ([], "opportunity"),
        ([], "cancelled"),
        (["opportunity"], "lead"),
        (["opportunity"], "lost"),
        (["lost"], "lead"),
        (["cancel"], "lead"),
    ],
)
async def test_the_transitions_that_a_seller_has_are_made(tryton: Tryton, start: list[str], wanted: str) -> None:
    async with corner(tryton) as place:
        deal = place.opportunity(place.party("Cliente"))
        for button in start:
            place.rpc(f"sale.opportunity.{button}", [deal])
        outcome = await delivered(place, order(CommandKind.SET_STATUS, f"opportunity/{deal}", status=wanted))
        [after] = place.rpc("sale.opportunity.read", [deal], ["state"])
    assert after["state"] == wanted
    assert outcome.wrote[f"opportunity/{deal}.state"] == wanted


@pytest.mark.parametrize(
    ("start", "wanted", "code"),
    [
        (["lost"], "cancelled", "transition_not_possible"),
        (["cancel"], "opportunity", "transition_not_possible"),
        ([], "won", "status_not_allowed"),
        (["opportunity"], "converted", "status_not_allowed"),
        ([], "gagné", "status_not_allowed"),
        ([], "", "status_not_allowed"),
    ],
)
async def test_other_transitions_are_refused_and_leave_no_trace(
    tryton: Tryton, start: list[str], wanted: str, code: str
) -> None:
    async with corner(tryton) as place:
        party = place.party("Cliente")
        deal = place.opportunity(party)
        for button in start:
            place.rpc(f"sale.opportunity.{button}", [deal])
        before = place.rpc("sale.opportunity.read", [deal], ["state", "_timestamp"])
        outcome = await push(place, order(CommandKind.SET_STATUS, f"contact/{party}", status=wanted))
        assert isinstance(outcome, Refused)
        assert outcome.code == code
        assert place.rpc("sale.opportunity.read", [deal], ["state", "_timestamp"]) == before
        assert place.notes(f"contact/{party}") == []


async def test_a_sale_is_drafted_only_where_the_connection_says_so(tryton: Tryton) -> None:
    async with corner(tryton, may_set=("converted",)) as place:
        deal = place.opportunity(place.party("Cliente"))
        place.rpc("sale.opportunity.opportunity", [deal])
        outcome = await push(place, order(CommandKind.SET_STATUS, f"opportunity/{deal}", status="converted"))
        [after] = place.rpc("sale.opportunity.read", [deal], ["state", "sales"])
    if isinstance(outcome, Delivered):
        assert (after["state"], len(after["sales"])) == ("converted", 1)
    else:  # a Tryton without an accounting set-up cannot draft a sale, and says so
        assert (outcome.code, after["state"]) == ("refused_by_crm", "opportunity")


async def test_a_party_without_opportunity_has_no_status(tryton: Tryton) -> None:
    async with corner(tryton) as place:
        outcome = await push(place, order(CommandKind.SET_STATUS, f"contact/{place.party('Cliente')}"))
    assert outcome == Refused("no_opportunity")


async def test_of_several_opportunities_the_open_one_is_meant_and_then_the_latest(tryton: Tryton) -> None:
    async with corner(tryton) as place:
        party = place.party("Cliente")
        older, newer, closed = (place.opportunity(party) for _ in range(3))
        place.rpc("sale.opportunity.lost", [closed])
        await delivered(place, order(CommandKind.SET_STATUS, f"contact/{party}", status="opportunity"))
        found = place.rpc("sale.opportunity.read", [older, newer, closed], ["state"])
    assert {one["id"]: one["state"] for one in found} == {older: "lead", newer: "opportunity", closed: "lost"}


async def test_a_repeated_status_does_not_fall_on_the_next_opportunity(tryton: Tryton) -> None:
    async with corner(tryton) as place:
        party = place.party("Cliente")
        deals = [place.opportunity(party) for _ in range(2)]
        one = order(CommandKind.SET_STATUS, f"contact/{party}")
        first = await delivered(place, one)
        again = await delivered(place, one._replace(in_doubt=True))
        found = place.rpc("sale.opportunity.read", deals, ["state"])
    assert sorted(deal["state"] for deal in found) == ["lead", "lost"]
    assert set(again.wrote) <= set(first.wrote)
    assert again.wrote


@pytest.mark.requirement("R060")
async def test_what_a_human_decided_since_is_not_overwritten(tryton: Tryton) -> None:
    async with corner(tryton) as place:
        party = place.party("Cliente")
        deal = place.opportunity(party)
        one = order(CommandKind.SET_STATUS, f"contact/{party}")
        await delivered(place, one)
        place.rpc("sale.opportunity.lead", [deal])
        assert await push(place, one._replace(in_doubt=True)) == Refused("overtaken", ("state",))
        [after] = place.rpc("sale.opportunity.read", [deal], ["state"])
    assert after["state"] == "lead"


async def test_a_status_that_is_there_already_is_noted_and_changes_nothing(tryton: Tryton) -> None:
    async with corner(tryton) as place:
        deal = place.opportunity(place.party("Cliente"))
        outcome = await delivered(place, order(CommandKind.SET_STATUS, f"opportunity/{deal}", status="lead"))
    assert outcome.wrote == {}


# Appointments


def calendar_of(file: dict[str, Any]) -> Any:
    return Calendar.from_ical(base64.b64decode(file["data"]["base64"]))


async def test_an_appointment_is_a_calendar_file_and_a_note(tryton: Tryton) -> None:
    async with corner(tryton, organizer="agenda@nord.example") as place:
        record = f"contact/{place.party('Cliente')}"
        outcome = await delivered(place, order(CommandKind.BOOK_APPOINTMENT, record))
        [file], [note] = place.files(record), place.notes(record)
    assert str(file["id"]) == outcome.key
    calendar = calendar_of(file)
    [event] = calendar.walk("VEVENT")
    zone = ZoneInfo("Europe/Paris")
    assert calendar["METHOD"] == "REQUEST"
    assert event["DTSTART"].dt == datetime(2026, 12, 1, 10, 0, tzinfo=zone)
    assert event["DTEND"].dt == datetime(2026, 12, 1, 10, 45, tzinfo=zone)
    assert event["DTSTART"].params["TZID"] == "Europe/Paris"
    assert (event["SEQUENCE"], event["ORGANIZER"]) == (0, "mailto:agenda@nord.example")
    assert (event["SUMMARY"], event["LOCATION"]) == ("Démonstration", "Lille")
    assert len(calendar.walk("VTIMEZONE")) == 1
    assert note.splitlines()[:6] == [
        "Rendez-vous – Démonstration",
        "Le 01/12/2026 à 10:00 (+01:00), jusqu’au 01/12/2026 à 10:45",
        "Lieu : Lille",
        "Demander Mme Roux",
        "Par tp-12 (7)",
        "Validé par mgr-3 (9)",
    ]


async def test_a_moved_appointment_keeps_its_identity_and_counts_up(tryton: Tryton) -> None:
    async with corner(tryton) as place:
        record = f"contact/{place.party('Cliente')}"
        await delivered(place, order(CommandKind.BOOK_APPOINTMENT, record))
        moved = order(CommandKind.BOOK_APPOINTMENT, record, start="2026-12-02T10:00:00+01:00", end=None)
        for _ in range(2):
            await delivered(place, moved)
        other = order(CommandKind.BOOK_APPOINTMENT, record, id="a-2")
        await delivered(place, other)
        files = place.files(record)
    [first, second, third] = [calendar_of(file).walk("VEVENT")[0] for file in files]
    assert first["UID"] == second["UID"] != third["UID"]
    assert [event["SEQUENCE"] for event in (first, second, third)] == [0, 1, 0]
    assert second["DTEND"].dt - second["DTSTART"].dt == timedelta(hours=1)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"start": "demain"}, "start"),
        ({"start": "2026-12-01T10:00:00"}, "start"),
        ({"end": APPOINTMENT["start"]}, "end"),
    ],
)
async def test_an_appointment_without_a_time_is_refused(tryton: Tryton, body: dict[str, Any], field: str) -> None:
    async with corner(tryton) as place:
        record = f"contact/{place.party('Cliente')}"
        outcome = await push(place, order(CommandKind.BOOK_APPOINTMENT, record, **body))
        assert outcome == Refused("invalid_value", (field,))
        assert (place.files(record), place.notes(record)) == ([], [])


async def test_an_appointment_cut_between_file_and_note_is_completed(tryton: Tryton) -> None:
    async with corner(tryton) as place:
        record = f"contact/{place.party('Cliente')}"
        one = order(CommandKind.BOOK_APPOINTMENT, record)
        await delivered(place, one)
        [note] = place.rpc("ir.note.search", [["resource", "in", place.places(record)]], 0, None, None)
        place.rpc("ir.note.delete", [note])
        await delivered(place, one._replace(in_doubt=True))
        assert (len(place.files(record)), len(place.notes(record))) == (1, 1)


# What cannot be done


@pytest.mark.parametrize("record", ["contact/0x1", "contact/", "lead/4", "42", "contact/-1", "contact/" + "9" * 30])
async def test_a_record_that_is_none_is_refused_without_asking(record: str) -> None:
    async with wire(reply(500)) as server:
        for kind in CONNECTOR.sinks:
            place = Order("k", kind, record, BODIES[kind])
            assert await CONNECTOR.sinks[kind](None, [place]) == [Refused("no_such_record")]  # type: ignore[arg-type]
        assert server.requests == []


async def test_an_opportunity_that_changes_under_our_hand_is_tried_later(tryton: Tryton) -> None:
    async with corner(tryton) as place:
        deal = place.opportunity(place.party("Cliente"))
        place.session = replace(place.session, http=Meddling(place, deal))
        outcome = await push(place, order(CommandKind.SET_STATUS, f"opportunity/{deal}"))
        [after] = place.rpc("sale.opportunity.read", [deal], ["state"])
    assert outcome == Busy("changed_meanwhile")
    assert after["state"] == "lead"


class Meddling:
    """The same Tryton, where somebody saves the opportunity just before our button is pressed."""

    def __init__(self, place: Corner, deal: int) -> None:
        self.place = place
        self.deal = deal
        self.http = place.session.http

    async def request(self, method: str, path: str, **what: Any) -> Any:
        if what["json"]["method"] == "model.sale.opportunity.lost":
            self.place.rpc("sale.opportunity.write", [self.deal], {"comment": "vu"})
        return await self.http.request(method, path, **what)


@pytest.mark.requirement("R071")
async def test_an_author_is_named_even_where_the_crm_does_not_know_him(tryton: Tryton) -> None:
    async with corner(tryton) as place:
        record = f"contact/{place.party('Cliente')}"
        for author in (AUTHOR, {"id": "tp-12"}, {"id": "7", "crm_user": "7"}, {}):
            await delivered(place, order(CommandKind.ADD_COMMENT, record, author=author))
        said = [note.splitlines()[2] for note in place.notes(record)]
    assert said == ["Par tp-12 (7)", "Par tp-12", "Par 7", "Par ?"]
