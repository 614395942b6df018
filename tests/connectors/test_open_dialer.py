"""The open dialer connector against the sandbox dialer, over a wire: signed, whole or thin, by id."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import orjson
import pytest

from connectors.dialer_wire import Payload
from connectors.faults import Malformed
from connectors.http import HttpSeam, NoHttp
from connectors.open_dialer import CONNECTOR, Settings
from connectors.port import Answer, Busy, Delivered, Happening, Order, Refused, Session
from mapping.words import CommandKind
from tests.web.doorway import call_ended, whsec
from tests.web.serving import serving
from web.sandbox.dialer import Dialer, application

KEY = bytes(range(32))
UPSERT, RECALL = CommandKind.UPSERT_PROSPECT, CommandKind.RECALL_PROSPECT
BODY = {
    "campaign": "t4-industrie",
    "fields": {"phone": "+33199000042"},
    "views": {
        "teleoperator": {"phone": "+33199000042"},
        "mission_lead": {"phone": "+33199000042", "status": "a_appeler"},
    },
    "team": "nord",
    "territory": "",
    "owner": "u7",
    "dial": True,
}


def prospect(once: str = "k-1", record: str = "contact/42", **changed: Any) -> Order:
    return Order(once, UPSERT, record, {**BODY, **changed})


def recall(once: str = "r-1", record: str = "contact/42") -> Order:
    return Order(once, RECALL, record, {"reason": "campaign_closed", "campaign": "t4-industrie"})


@dataclass
class Bench:
    """The platform, and a session with it."""

    dialer: Dialer
    session: Session[Settings]

    async def push(self, *orders: Order) -> list[Any]:
        return list(await CONNECTOR.sinks[orders[0].kind](self.session, orders))


@pytest.fixture
async def bench() -> AsyncIterator[Bench]:
    dialer = Dialer(keys=(KEY,))
    async with serving(application(dialer)) as url, HttpSeam(url) as http:
        settings = Settings.model_validate({"base_url": url, "send_secrets": [whsec(KEY)]})
        yield Bench(dialer, Session(settings, http))
    await dialer.client.aclose()


async def test_a_batch_arrives_signed_with_a_view_for_each_profile(bench: Bench) -> None:
    outcomes = await bench.push(prospect("a"), prospect("b", "contact/43", dial=False))
    assert outcomes == [Delivered("p-contact/42"), Delivered("p-contact/43")]
    assert await bench.dialer.shown("contact/42", "teleoperator") == {"phone": "+33199000042"}
    assert await bench.dialer.shown("contact/42", "mission_lead") == {"phone": "+33199000042", "status": "a_appeler"}
    assert await bench.dialer.shown("contact/42", "stagiaire") is None
    assert [one["id"] for one in bench.dialer.callable_now()] == ["contact/42"]


async def test_the_same_batch_twice_leaves_one_prospect(bench: Bench) -> None:
    await bench.push(prospect())
    await bench.push(prospect())
    assert list(bench.dialer.prospects) == ["contact/42"]
    assert bench.dialer.deliveries == {"k-1": 2}


@pytest.mark.requirement("R050")
async def test_a_recall_takes_the_prospect_back_with_its_reason(bench: Bench) -> None:
    await bench.push(prospect())
    assert await bench.push(recall(), recall("r-2", "contact/99")) == [Delivered(), Delivered()]
    assert bench.dialer.prospects == {}
    assert bench.dialer.recalled["contact/42"] == "campaign_closed"


async def test_thin_sends_ids_and_nothing_about_the_person(bench: Bench) -> None:
    thin = Bench(
        bench.dialer, Session(bench.session.settings.model_copy(update={"payload": Payload.THIN}), bench.session.http)
    )
    await thin.push(prospect())
    assert bench.dialer.prospects["contact/42"] == {
        "id": "contact/42",
        "once": "k-1",
        "campaign": "t4-industrie",
        "dial": True,
    }


async def test_without_an_address_the_platform_fetches_and_nothing_is_sent() -> None:
    session = Session(Settings(), NoHttp())
    assert await CONNECTOR.sinks[UPSERT](session, [prospect()]) == [Delivered()]
    assert [one.code for one in await CONNECTOR.access(session)] == ["platform_fetches"]


async def test_access_shows_whether_the_platform_believes_our_signature(bench: Bench) -> None:
    assert [one.ok for one in await CONNECTOR.access(bench.session)] == [True, True]
    bench.dialer.keys = (bytes(32),)
    assert [(one.ok, one.code) for one in await CONNECTOR.access(bench.session)] == [(False, "unauthorised")] * 2


@dataclass
class Canned:
    """A platform that says one thing."""

    content: bytes

    async def request(self, method: str, path: str, **_: Any) -> Answer:
        return Answer(200, {}, self.content)


async def said(results: object, *orders: Order) -> list[Any]:
    content = results if isinstance(results, bytes) else orjson.dumps({"results": results})
    settings = Settings.model_validate({"base_url": "https://dialer.example", "send_secrets": [whsec(KEY)]})
    return list(await CONNECTOR.sinks[UPSERT](Session(settings, Canned(content)), orders))


async def test_a_platform_answers_for_each_prospect_in_any_order() -> None:
    results = [
        {"once": "c", "status": "busy", "code": "import_running", "retry_after": 5},
        {"once": "b", "status": "refused", "code": "invalid_number", "fields": ["phone"]},
        {"once": "a", "status": "accepted", "key": "77"},
    ]
    assert await said(results, prospect("a"), prospect("b"), prospect("c")) == [
        Delivered("77"),
        Refused("invalid_number", ("phone",)),
        Busy("import_running", 5.0),
    ]


async def test_an_empty_answer_is_a_yes_to_all() -> None:
    assert await said(b"", prospect("a"), prospect("b")) == [Delivered(), Delivered()]


async def test_a_sentence_of_the_platform_never_becomes_a_code_of_ours() -> None:
    (outcome,) = await said(
        [{"once": "a", "status": "refused", "code": "Mme Durand existe déjà", "fields": [7]}], prospect("a")
    )
    assert outcome == Refused("platform_refused", ("",))


@pytest.mark.parametrize(
    "answer", [b"[]", b"{}", b"?", b'{"results":[]}', b'{"results":[{"once":"a","status":"perhaps"}]}']
)
async def test_an_answer_that_leaves_a_prospect_unanswered_is_malformed(answer: bytes) -> None:
    with pytest.raises(Malformed):
        await said(answer, prospect("a"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"base_url": "https://dialer.example"},
        {"base_url": "http://dialer.example", "send_secrets": [whsec(KEY)]},
        {"base_url": "https://u:p@dialer.example", "send_secrets": [whsec(KEY)]},
        {"send_secrets": ["short"]},
        {"inlet": {"tokens": ["court"]}},
        {"inlet": {"hook_secrets": ["avec/une/barre/oblique/et/long"]}},
        {"payload": "some"},
        {"extra": 1},
    ],
)
def test_a_connection_that_would_not_be_safe_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError) as refusal:
        Settings.model_validate(wrong)
    assert "input_value" not in str(refusal.value)


def test_events_are_read_for_the_core_and_their_data_is_left_alone() -> None:
    told = call_ended()
    assert CONNECTOR.receive is not None
    assert CONNECTOR.receive(Settings(), json.dumps(told).encode(), {}) == [
        Happening("c-9", "phoning.call.ended", told["time"], told["data"])
    ]


def test_what_the_connector_declares() -> None:
    assert (CONNECTOR.views, CONNECTOR.batch, set(CONNECTOR.sinks)) == (True, 100, {UPSERT, RECALL})
