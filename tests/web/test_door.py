"""What is refused at the door, each with its status and its code; and what is not."""

import json
from typing import Any

import pytest
from fastapi import FastAPI

from connectors.faults import Malformed
from connectors.port import Happening
from tests.web.doorway import (
    HOOK,
    NOW,
    SIGNING,
    MemoryDesk,
    application,
    ask,
    bearer,
    call_ended,
    signed,
)
from web.app import create
from web.ports import Check

EVENTS = "/dialer/v1/nord/events"
PEOPLE = "/dialer/v1/nord/people"
SECRET = "ne-doit-pas-sortir"

Case = tuple[str, str, bytes, dict[str, str]]


def event(**changed: Any) -> bytes:
    return json.dumps(call_ended(**changed)).encode()


def inside(path: str, value: Any, base: dict[str, Any] | None = None) -> bytes:
    """A call with one part replaced, or taken away where the value is `...`."""
    whole = base or call_ended()
    *way, last = path.split("/")
    place = whole
    for step in way:
        place = place[step]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return json.dumps(whole).encode()


def post(body: bytes, **headers: str) -> Case:
    return ("POST", EVENTS, body, {**signed(body), **{k.replace("_", "-"): v for k, v in headers.items()}})


def put(body: object, **headers: str) -> Case:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return ("PUT", PEOPLE, raw, {**bearer(), "content-type": "application/json", **headers})


def get(path: str, link: str = "nord") -> Case:
    return ("GET", f"/dialer/v1/{path}", b"", bearer(link))


GOOD = event()
ANNA = {"id": "tp-12", "profile": "teleoperator", "campaigns": ["t4-industrie"]}

REFUSED: dict[str, tuple[Case, int, str]] = {
    # what is sent
    "an empty body": (post(b""), 400, "not_json"),
    "not JSON": (post(b"id=1"), 400, "not_json"),
    "half a document": (post(GOOD[:-1]), 400, "not_json"),
    "two documents": (post(GOOD + GOOD), 400, "not_json"),
    "a byte order mark": (post(b"\xef\xbb\xbf" + GOOD), 400, "not_json"),
    "not UTF-8": (post(GOOD.replace(b"NRP", b"\xff\xfe")), 400, "not_utf8"),
    "half a character": (post(GOOD.replace(b"NRP", b"\\ud800")), 400, "lone_surrogate"),
    "the same key twice": (post(GOOD.replace(b'"NRP"', b'"NRP","disposition":"RDV"')), 400, "duplicate_key"),
    "NaN": (post(GOOD.replace(b"120", b"NaN")), 400, "not_a_number"),
    "Infinity": (post(GOOD.replace(b"120", b"-Infinity")), 400, "not_a_number"),
    "an endless integer": (post(GOOD.replace(b"120", b"9" * 5_000)), 400, "number_too_large"),
    "a number beyond all numbers": (post(GOOD.replace(b"120", b"1e999")), 400, "number_too_large"),
    "nested too deep": (post(b"[" * 100_000), 400, "too_deep"),
    "too many values": (post(inside("data/x", list(range(5_000)))), 400, "too_many_values"),
    "a key too long": (post(inside("data/call", {"k" * 257: 1})), 400, "key_too_long"),
    "a text too long": (post(inside("data/call/comment", "s" * 65_537)), 400, "string_too_long"),
    "more than a mebibyte": (post(b" " * (1024 * 1024 + 1)), 413, "too_large"),
    "a mebibyte announced": (post(GOOD, content_length="1048577"), 413, "too_large"),
    "a length that is none": (post(GOOD, content_length="-1"), 422, "wrong_shape"),
    "a compressed body": (post(GOOD, content_encoding="gzip"), 415, "encoded_body"),
    "a form": (post(GOOD, content_type="application/x-www-form-urlencoded"), 415, "wrong_content_type"),
    "another character set": (post(GOOD, content_type="application/json; charset=latin-1"), 415, "wrong_content_type"),
    # who sent it
    "no signature": (post(GOOD, webhook_signature=""), 401, "bad_signature"),
    "a wrong signature": (post(GOOD, webhook_signature="v1,AAAA"), 401, "bad_signature"),
    "another body's signature": (("POST", EVENTS, GOOD, signed(GOOD + b" ")), 401, "bad_signature"),
    "another link's signature": (("POST", EVENTS, GOOD, signed(GOOD, "sud")), 401, "bad_signature"),
    "a signature from long ago": (("POST", EVENTS, GOOD, signed(GOOD, at=NOW - 301)), 401, "stale_timestamp"),
    "a signature from the future": (("POST", EVENTS, GOOD, signed(GOOD, at=NOW + 301)), 401, "stale_timestamp"),
    "events for an unknown link": (("POST", "/dialer/v1/est/events", GOOD, signed(GOOD)), 401, "bad_signature"),
    "events by bearer token": (("POST", EVENTS, GOOD, bearer()), 401, "bad_signature"),
    # events of the wrong shape
    "a number for an event": (post(b"7"), 422, "wrong_shape"),
    "no event at all": (post(b"[]"), 422, "wrong_shape"),
    "101 events": (post(json.dumps([call_ended(f"c-{n}") for n in range(101)]).encode()), 422, "wrong_shape"),
    "a batch with one bad event": (post(b"[" + GOOD + b",{}]"), 422, "wrong_shape"),
    "an id with a slash": (post(event(id="c-9/status")), 422, "wrong_shape"),
    "an id that is a number": (post(event(id=9)), 422, "wrong_shape"),
    "a time without offset": (post(event(time="2026-11-20T10:15:00")), 422, "wrong_shape"),
    "a number for a time": (post(event(time="+33123456789")), 422, "wrong_shape"),
    "a day that is none": (post(inside("data/call/started_at", "2026-02-30T10:00:00Z")), 422, "wrong_shape"),
    "another version of the envelope": (post(event(specversion="0.3")), 422, "wrong_shape"),
    "a call without a result": (post(inside("data/call/disposition", ...)), 422, "wrong_shape"),
    "a call by nobody": (post(inside("data/agent", ...)), 422, "wrong_shape"),
    "a call to nobody": (post(inside("data/prospect", {"vendor_id": "7"})), 422, "wrong_shape"),
    "a duration below zero": (post(inside("data/call/duration", -1)), 422, "wrong_shape"),
    "a duration as text": (post(inside("data/call/duration", "120")), 422, "wrong_shape"),
    "a comment without end": (post(inside("data/call/comment", "s" * 10_001)), 422, "wrong_shape"),
    "another tenant's event": (post(event(tenant="sud-tenant")), 422, "unknown_tenant"),
    # fetching
    "no token": (("GET", "/dialer/v1/nord/prospects", b"", {}), 401, "unauthorised"),
    "a password": (("GET", "/dialer/v1/nord/prospects", b"", {"authorization": "Basic YTpi"}), 401, "unauthorised"),
    "an empty token": (("GET", "/dialer/v1/nord/prospects", b"", {"authorization": "Bearer "}), 401, "unauthorised"),
    "a token of nobody": (("GET", "/dialer/v1/nord/recalls", b"", {"authorization": "Bearer x"}), 404, "not_found"),
    "another link's token": (get("nord/prospects", "sud"), 404, "not_found"),
    "an unknown link": (get("est/prospects"), 404, "not_found"),
    "an unknown record": (get("nord/prospects/contact/43?profile=teleoperator"), 404, "not_found"),
    "another link's record": (get("nord/prospects/contact/77?profile=teleoperator"), 404, "not_found"),
    "a person who left": (get("nord/prospects/contact/42?profile=teleoperator&person=tp-parti"), 404, "not_found"),
    "an unknown profile": (get("nord/prospects/contact/42?profile=stagiaire"), 422, "unknown_profile"),
    "no profile": (get("nord/prospects/contact/42"), 422, "wrong_shape"),
    "a cursor of somebody else": (get("nord/prospects?after=abc"), 422, "wrong_shape"),
    "a page too long": (get("nord/prospects?limit=501"), 422, "wrong_shape"),
    "a page of a word": (get(f"nord/prospects?limit={SECRET}"), 422, "wrong_shape"),
    "an unknown recall": (("POST", "/dialer/v1/nord/recalls/7/acknowledgement", b"", bearer()), 404, "not_found"),
    # people
    "people that are no list": (put({"people": {}}), 422, "wrong_shape"),
    "nobody": (put({"people": []}), 422, "wrong_shape"),
    "501 people": (put({"people": [ANNA] * 501}), 422, "wrong_shape"),
    "a person without a profile": (put({"people": [{"id": "tp-1"}]}), 422, "wrong_shape"),
    "a person of an unknown profile": (put({"people": [{**ANNA, "profile": SECRET}]}), 422, "unknown_profile"),
    "a person of an unknown campaign": (put({"people": [{**ANNA, "campaigns": [SECRET]}]}), 422, "unknown_campaign"),
    "a person until some day": (put({"people": [{**ANNA, "to": "2026-12-31"}]}), 422, "wrong_shape"),
    "people as text": (put({"people": [ANNA]}, **{"content-type": "text/plain"}), 415, "wrong_content_type"),
    "too many people's bytes": (put(b" " * (256 * 1024 + 1)), 413, "too_large"),
    # addresses and methods
    "no such address": (("GET", "/dialer/v2/nord/prospects", b"", {}), 404, "not_found"),
    "a slash at the end": (("GET", "/livez/", b"", {}), 404, "not_found"),
    "documentation pages": (("GET", "/docs", b"", {}), 404, "not_found"),
    "the framework's own description": (("GET", "/openapi.json", b"", {}), 404, "not_found"),
    "fetching events": (("GET", EVENTS, b"", bearer()), 405, "method_not_allowed"),
    "deleting a prospect": (
        ("DELETE", "/dialer/v1/nord/prospects/contact/42", b"", bearer()),
        405,
        "method_not_allowed",
    ),
    "writing a prospect": (("PATCH", "/dialer/v1/nord/prospects/contact/42", b"", bearer()), 405, "method_not_allowed"),
    "a method of nobody": (("BREW", "/livez", b"", {}), 405, "method_not_allowed"),
    # vendors' webhooks
    "a wrong secret address": (("POST", f"/hooks/nord/{'x' * 30}", b"{}", {}), 404, "not_found"),
    "another link's secret address": (("POST", f"/hooks/nord/{HOOK['sud']}", b"{}", {}), 404, "not_found"),
    "an unknown link's webhook": (("POST", f"/hooks/est/{HOOK['nord']}", b"{}", {}), 404, "not_found"),
    "a webhook nobody can read": (("POST", f"/hooks/nord/{HOOK['nord']}", b"?", {}), 400, "not_json"),
    "a webhook too large": (("POST", f"/hooks/nord/{HOOK['nord']}", bytes(1_048_577), {}), 413, "too_large"),
    "a webhook by GET": (("GET", f"/hooks/nord/{HOOK['nord']}", b"", {}), 405, "method_not_allowed"),
}


def vendor(body: bytes, _headers: object) -> list[Happening]:
    if body == b"?":
        raise Malformed("not_json")
    return [Happening("v-1", "phoning.call.ended", "2026-11-20T10:15:00Z", {})]


@pytest.fixture
def desk() -> MemoryDesk:
    return MemoryDesk(read=vendor)


@pytest.fixture
def app(desk: MemoryDesk) -> FastAPI:
    return application(desk)


@pytest.mark.parametrize(("case", "status", "code"), REFUSED.values(), ids=REFUSED.keys())
async def test_what_is_refused_has_its_status_and_its_code(
    app: FastAPI, desk: MemoryDesk, case: Case, status: int, code: str
) -> None:
    reply = await ask(app, *case)
    assert (reply.status, reply.json["code"], reply.json["status"]) == (status, code, status)
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json["type"] == f"/docs/reasons.md#{code}"
    assert not desk.events
    assert not desk.people
    assert SECRET not in reply.body.decode()


def test_the_table_names_at_least_forty_kinds() -> None:
    assert len(REFUSED) >= 40


async def test_a_refusal_says_where_and_never_what(app: FastAPI) -> None:
    reply = await ask(app, *post(inside("data/call/duration", SECRET)))
    assert reply.json["errors"] == [{"at": "/data/call/duration", "code": "int_type"}]
    assert SECRET.encode() not in reply.body


async def test_a_refusal_is_in_french_unless_the_reader_asks_for_english(app: FastAPI) -> None:
    french = await ask(app, "GET", "/rien")
    assert (french.json["title"], french.headers["content-language"]) == ("Rien à cette adresse", "fr")
    for header, language in (
        ("en", "en"),
        ("en-GB,en;q=0.9,fr;q=0.8", "en"),
        ("fr-FR,en;q=0.7", "fr"),
        ("de", "fr"),
        ("en;q=x,;;q=,*", "fr"),
    ):
        reply = await ask(app, "GET", "/rien", headers={"accept-language": header})
        assert reply.headers["content-language"] == language


async def test_the_words_of_a_refusal_can_be_given_by_whoever_wires_the_parts(desk: MemoryDesk) -> None:
    reply = await ask(create(desk, translate=lambda reason, language: f"{language}:{reason}"), "GET", "/rien")
    assert reply.json["title"] == "fr:not_found"


async def test_a_body_that_grows_past_the_limit_is_cut_off_while_it_arrives(app: FastAPI) -> None:
    reply = await ask(app, "POST", EVENTS, [bytes(65_536)] * 40, signed(b""))
    assert (reply.status, reply.headers["connection"]) == (413, "close")


async def test_a_signature_header_given_twice_counts_for_nothing(app: FastAPI) -> None:
    twice = [*signed(GOOD).items(), ("webhook-signature", signed(GOOD)["webhook-signature"])]
    reply = await ask(app, "POST", EVENTS, GOOD, twice)
    assert reply.json["code"] == "bad_signature"


@pytest.mark.requirement("R056")
@pytest.mark.parametrize(
    "what", ["phoning.contact.updated", "phoning.account.deleted", "crm.contact.changed", "un.autre"]
)
async def test_a_sixth_kind_of_write_is_taken_in_so_that_the_core_can_refuse_and_log_it(
    app: FastAPI, desk: MemoryDesk, what: str
) -> None:
    reply = await ask(app, *post(event(type=what)))
    assert (reply.status, reply.json) == (202, {"accepted": 1, "duplicates": 0})
    assert desk.events["nord", "c-9"].type == what


async def test_what_came_reaches_the_log_untouched(app: FastAPI, desk: MemoryDesk) -> None:
    told = call_ended()
    told["data"]["opportunity"] = {"margin": 12}
    await ask(app, *post(json.dumps(told).encode()))
    assert desk.events["nord", "c-9"] == Happening("c-9", told["type"], told["time"], told["data"])


async def test_the_same_event_a_second_time_is_a_duplicate_and_still_fine(app: FastAPI, desk: MemoryDesk) -> None:
    body = json.dumps([call_ended("c-1"), call_ended("c-2"), call_ended("c-1")]).encode()
    assert (await ask(app, *post(body))).json == {"accepted": 2, "duplicates": 1}
    assert (await ask(app, *post(body))).json == {"accepted": 0, "duplicates": 3}
    assert desk.counted == ["accepted", "duplicate"]


async def test_a_full_disk_takes_nothing_and_says_when_to_come_back(app: FastAPI, desk: MemoryDesk) -> None:
    desk.full = True
    reply = await ask(app, *post(GOOD))
    assert (reply.status, reply.json["code"], reply.headers["retry-after"]) == (503, "shedding", "30")
    assert desk.counted == ["shedding"]


async def test_a_mistake_of_ours_shows_nothing_of_what_it_was_about(app: FastAPI, desk: MemoryDesk) -> None:
    desk.broken = RuntimeError(f"UNIQUE constraint failed: {SECRET}")
    reply = await ask(app, *post(GOOD))
    assert (reply.status, reply.json["code"]) == (500, "internal_error")
    assert SECRET.encode() not in reply.body
    assert desk.counted == ["internal_error"]


async def test_every_answer_carries_the_headers_that_browsers_and_proxies_heed(app: FastAPI) -> None:
    for method, path in (("GET", "/livez"), ("GET", "/rien"), ("GET", EVENTS), ("POST", EVENTS)):
        headers = (await ask(app, method, path)).headers
        assert headers["cache-control"] == "no-store"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"].startswith("default-src 'none'; frame-ancestors 'none'")
        assert "server" not in headers


async def test_no_key_of_a_door_shows_in_its_representation(desk: MemoryDesk) -> None:
    shown = repr(desk.door("nord"))
    assert "hooks" not in shown
    assert "tokens" not in shown
    assert "signing" not in shown
    assert repr(SIGNING["nord"]) not in shown


@pytest.mark.parametrize("ready", [True, False])
async def test_readiness_names_what_it_depends_on_and_liveness_depends_on_nothing(
    app: FastAPI, desk: MemoryDesk, *, ready: bool
) -> None:
    desk.checks = [Check("database", ok=True), Check("draining", ok=ready)]
    reply = await ask(app, "GET", "/readyz")
    assert reply.status == (200 if ready else 503)
    assert reply.json["checks"][1] == {"name": "draining", "ok": ready}
    assert (await ask(app, "GET", "/livez")).status == 200
    assert (await ask(app, "GET", "/metrics")).headers["content-type"].startswith("text/plain; version=0.0.4")
