"""The sandbox dialer: it calls whom it may, tells Écluse over a wire, and shows each profile its own view."""

import json
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from connectors import dialer_events
from tests.web.doorway import SIGNING, TOKEN, MemoryDesk, whsec
from tests.web.serving import serving
from web.app import create
from web.sandbox.dialer import Dialer, application
from web.sandbox.floor import OUTCOMES, Floor
from web.sandbox.telling import Ecluse, NotTakenError, send_events, send_people

BEGINS = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
PROSPECTS = [{"id": f"contact/{n}", "campaign": "t4-industrie", "dial": True} for n in range(40, 60)]


def day(seed: int = 1, calls: int = 60) -> list[dict[str, Any]]:
    return Floor().day(PROSPECTS, calls, BEGINS, seed)


def test_the_same_seed_plays_the_same_day_and_another_one_another() -> None:
    assert day(1) == day(1)
    assert day(1) != day(2)


def test_every_event_of_a_day_has_the_shape_that_the_door_asks_for() -> None:
    floor = Floor()
    events = [event for _ in range(3) for event in floor.day(PROSPECTS, 60, BEGINS, 7)]
    for at in range(0, len(events), 100):
        assert dialer_events.read(json.dumps(events[at : at + 100]).encode())
    kinds = Counter(event["type"] for event in events)
    assert kinds["phoning.call.ended"] == 180
    assert kinds["phoning.appointment.validated"] > 0
    assert {event["data"]["call"]["disposition"] for event in events if "call" in event["data"]} <= {
        one.label for one in OUTCOMES
    }


@pytest.mark.requirement("R062")
def test_each_proposed_appointment_is_answered_by_a_manager_once() -> None:
    floor = Floor()
    proposed = {
        event["data"]["appointment"]["id"]
        for event in floor.day(PROSPECTS, 60, BEGINS, 3)
        if "appointment" in event["data"]
    }
    answered = Counter(event["data"]["appointment"]["id"] for event in floor.decided(BEGINS, 3))
    assert set(answered) == proposed
    assert set(answered.values()) == {1}
    assert floor.decided(BEGINS, 3) == []


@pytest.fixture
async def desk() -> MemoryDesk:
    return MemoryDesk()


@pytest.fixture
async def ecluse(desk: MemoryDesk) -> AsyncIterator[Ecluse]:
    async with serving(create(desk)) as url:
        yield Ecluse(url, "nord", whsec(SIGNING["nord"]), TOKEN["nord"])


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(timeout=30, trust_env=False) as client:
        yield client


async def test_a_day_of_calls_arrives_signed_and_once(
    ecluse: Ecluse, desk: MemoryDesk, client: httpx2.AsyncClient
) -> None:
    dialer = Dialer(ecluse, client=client)
    for item in PROSPECTS:
        dialer.take({**item, "once": item["id"]})
    dialer.take({"id": "contact/99", "once": "x", "campaign": "", "dial": False})
    async with serving(application(dialer)) as url:
        order = {"calls": 60, "seed": 1, "begins": BEGINS.isoformat()}
        first = (await client.post(f"{url}/day", json=order)).json()
        second = (await client.post(f"{url}/day", json=order)).json()
        seen = (await client.get(f"{url}/seen")).json()
    assert (first["events"], first["accepted"], first["duplicates"]) == (60, 60, 0)
    assert second["events"] > 60
    assert len(desk.events) == first["events"] + second["events"]
    assert seen["callable"] == 20
    assert sum(seen["dispositions"].values()) == 120
    called = {one.data["prospect"]["id"] for one in desk.events.values()}
    assert "contact/99" not in called


async def test_given_calls_are_told_as_they_were_and_telling_them_twice_changes_nothing(
    ecluse: Ecluse, desk: MemoryDesk, client: httpx2.AsyncClient
) -> None:
    calls = [
        {
            "prospect": f"contact/{n}",
            "disposition": "RDV" if n == 3 else "NRP",
            "started_at": "2026-11-20T10:00:00Z",
            "duration": n,
            "campaign": "t4-industrie",
            **({"appointment": {"id": "rdv-3", "start": "2026-11-25T09:00:00Z"}} if n == 3 else {}),
        }
        for n in range(250)
    ]
    async with serving(application(Dialer(ecluse, client=client))) as url:
        told = (await client.post(f"{url}/replay", json={"calls": calls, "decide": True})).json()
        again = (await client.post(f"{url}/replay", json={"calls": calls})).json()
    assert told == {"events": 251, "accepted": 251, "duplicates": 0}
    assert again == {"events": 250, "accepted": 0, "duplicates": 250}
    assert desk.events["nord", "r-7"].data["call"]["duration"] == 7


async def test_people_are_told_and_a_thin_prospect_is_fetched_as_the_profile_that_opens_it(
    ecluse: Ecluse, desk: MemoryDesk, client: httpx2.AsyncClient
) -> None:
    await send_people(client, ecluse, [{"id": "tp-1", "profile": "teleoperator"}])
    assert desk.people["nord", "tp-1"].profile == "teleoperator"
    dialer = Dialer(ecluse, client=client)
    dialer.take({"id": "contact/42", "once": "x", "campaign": "", "dial": True})
    async with serving(application(dialer)) as url:
        manager = (await client.get(f"{url}/prospects/contact/42?profile=mission_lead")).json()
        caller = (await client.get(f"{url}/prospects/contact/42?profile=teleoperator")).json()
        absent = await client.get(f"{url}/prospects/contact/43?profile=teleoperator")
    assert set(manager["fields"]) - set(caller["fields"]) == {"status"}
    assert absent.status_code == 404


async def test_a_refusal_by_ecluse_is_said_with_its_code(ecluse: Ecluse, client: httpx2.AsyncClient) -> None:
    stranger = Ecluse(ecluse.url, "nord", whsec(bytes(40)))
    with pytest.raises(NotTakenError) as refusal:
        await send_events(client, stranger, day())
    assert (refusal.value.status, refusal.value.code) == (401, "bad_signature")
    dialer = Dialer(stranger, client=client)
    dialer.take({"id": "contact/42", "once": "x", "campaign": "", "dial": True})
    async with serving(application(dialer)) as url:
        answer = await client.post(f"{url}/day", json={"calls": 1})
    assert (answer.status_code, answer.json()) == (502, {"code": "bad_signature", "status": 401})


@pytest.mark.parametrize("body", [b"", b"?", b"[]", b"{}", b'{"prospects":{}}', b'{"prospects":[{"id":1}]}'])
async def test_what_is_no_batch_is_refused(client: httpx2.AsyncClient, body: bytes) -> None:
    async with serving(application(Dialer(client=client))) as url:
        assert (await client.post(f"{url}/prospects", content=body)).status_code == 422


async def test_an_unsigned_batch_is_refused_where_a_key_was_given(client: httpx2.AsyncClient) -> None:
    async with serving(application(Dialer(client=client, keys=(bytes(32),)))) as url:
        assert (await client.post(f"{url}/prospects", json={"prospects": []})).status_code == 401


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("day", {"calls": "x"}),
        ("day", {"calls": -1}),
        ("day", {"begins": "demain"}),
        ("replay", {"calls": [{}]}),
        ("replay", {"calls": [{"prospect": "contact/1", "disposition": "NRP", "started_at": "hier"}]}),
        ("replay", {"calls": 7}),
    ],
)
async def test_what_nobody_could_play_is_refused(client: httpx2.AsyncClient, path: str, body: dict[str, Any]) -> None:
    async with serving(application(Dialer(client=client))) as url:
        assert (await client.post(f"{url}/{path}", json=body)).status_code == 422
