"""docs/open-dialer-api.yaml and the doors say the same: every address, every answer, every shape."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from connectors import dialer_events
from connectors.faults import Malformed
from mapping.words import EventType
from tests.web.doorway import AT, HOOK, MemoryDesk, Reply, application, ask, bearer, call_ended, signed
from tests.web.test_door import REFUSED, vendor
from web.ports import Change
from web.problems import STATUS
from web.wording import AT_THE_DOOR

PATH = Path(__file__).parents[2] / "docs" / "open-dialer-api.yaml"
DOCUMENT: dict[str, Any] = yaml.safe_load(PATH.read_text("utf-8"))
REGISTRY: Registry[Any] = Registry().with_resource("urn:api", DRAFT202012.create_resource(DOCUMENT))


def validator(pointer: str) -> Draft202012Validator:
    return Draft202012Validator(
        {"$ref": f"urn:api#{pointer}"}, registry=REGISTRY, format_checker=Draft202012Validator.FORMAT_CHECKER
    )


EVENT = validator("/components/schemas/Event")


def documented() -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (verb.upper(), path): operation
        for path, item in DOCUMENT["paths"].items()
        for verb, operation in item.items()
        if verb != "parameters"
    }


def operation_of(method: str, path: str) -> dict[str, Any] | None:
    for (verb, template), operation in documented().items():
        if verb == method and re.fullmatch(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template)), path.partition("?")[0]):
            return operation
    return None


def resolved(part: dict[str, Any]) -> dict[str, Any]:
    found: Any = part
    while "$ref" in found:
        found = DOCUMENT
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step]
    return found  # type: ignore[no-any-return]


def assert_as_documented(operation: dict[str, Any], reply: Reply) -> None:
    response = resolved(operation["responses"][str(reply.status)])
    content = response.get("content")
    if content is None:
        assert reply.body == b""
        return
    media = reply.headers["content-type"].partition(";")[0]
    if media.endswith("json"):
        schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **content[media]["schema"]}
        absolute = json.loads(json.dumps(schema).replace('"#/', '"urn:api#/'))
        Draft202012Validator(absolute, registry=REGISTRY).validate(reply.json)
    else:
        assert media in content


def test_the_document_is_valid_openapi_3_1() -> None:
    validate(DOCUMENT)
    assert DOCUMENT["openapi"].startswith("3.1")


def test_every_route_is_documented_and_every_documented_route_exists() -> None:
    paths = application(MemoryDesk()).openapi()["paths"]
    routes = {(verb.upper(), path) for path, verbs in paths.items() for verb in verbs}
    assert routes == set(documented())


@pytest.mark.parametrize(("case", "status", "code"), REFUSED.values(), ids=REFUSED.keys())
async def test_every_refusal_is_a_documented_answer(case: Any, status: int, code: str) -> None:
    operation = operation_of(case[0], case[1])
    if operation is None:
        assert status in {404, 405}
        return
    assert_as_documented(operation, await ask(application(MemoryDesk(read=vendor)), *case))


async def test_every_success_is_a_documented_answer() -> None:
    desk = MemoryDesk(read=vendor)
    desk.changes["nord"] = [
        Change("1", "contact/42", "t4-industrie", "upsert", AT),
        Change("2", "contact/43", "", "recall", AT),
    ]
    app = application(desk)
    event = json.dumps(call_ended()).encode()
    people = json.dumps({"people": [{"id": "tp-12", "profile": "teleoperator"}]}).encode()
    asked: list[tuple[str, str, bytes, dict[str, str], int]] = [
        ("POST", "/dialer/v1/nord/events", event, signed(event), 202),
        ("POST", f"/hooks/nord/{HOOK['nord']}", b"{}", {}, 202),
        ("GET", "/dialer/v1/nord/prospects?limit=1", b"", bearer(), 200),
        ("GET", "/dialer/v1/nord/prospects/contact/42?profile=mission_lead&person=rm-1", b"", bearer(), 200),
        ("GET", "/dialer/v1/nord/recalls", b"", bearer(), 200),
        ("POST", "/dialer/v1/nord/recalls/2/acknowledgement", b"", bearer(), 204),
        ("PUT", "/dialer/v1/nord/people", people, {**bearer(), "content-type": "application/json"}, 204),
        ("GET", "/livez", b"", {}, 200),
        ("GET", "/readyz", b"", {}, 200),
        ("GET", "/metrics", b"", {}, 200),
    ]
    seen = []
    for method, path, body, headers, status in asked:
        reply = await ask(app, method, path, body, headers)
        operation = operation_of(method, path)
        assert operation is not None
        assert (path, reply.status) == (path, status)
        assert_as_documented(operation, reply)
        seen.append(operation["operationId"])
    assert sorted(seen) == sorted(one["operationId"] for one in documented().values())


def variants() -> list[tuple[str, dict[str, Any]]]:
    """Events good and bad, to be judged by the document and by the door."""
    found = [("good", call_ended())]
    blocks: dict[str, Any] = {
        "comment": {"text": "x"},
        "next_action": {"kind": "rappel", "at": "2026-11-20T10:00:00Z", "note": "n"},
        "status": {"value": "en_cours"},
        "appointment": {
            "id": "rdv-1",
            "start": "2026-11-25T09:00:00+01:00",
            "end": "2026-11-25T09:30:00Z",
            "note": "n",
        },
        "call": {**call_ended()["data"]["call"], "attempt": 2, "comment": "n"},
    }
    decided = {"status": {"id": "c-9/status"}, "appointment": {"id": "rdv-1", "reason": "hors cible"}}
    for kind in (one.value for one in EventType if one.value.startswith("phoning.")):
        block = {"call": "call", "comment": "comment", "action": "next_action"}.get(
            kind.split(".")[1], kind.split(".")[1]
        )
        told = decided[block] if kind.endswith(("validated", "rejected")) else blocks[block]
        base = {"prospect": {"id": "contact/42"}, "agent": {"id": "tp-12"}}
        found.append((kind, {**call_ended(), "type": kind, "data": {**base, block: told}}))
        found.append((f"{kind} without {block}", {**call_ended(), "type": kind, "data": base}))
        for key in told:
            rest = {name: value for name, value in told.items() if name != key}
            found.append((f"{kind} without {key}", {**call_ended(), "type": kind, "data": {**base, block: rest}}))
            values: tuple[Any, ...] = ("", 7, None, [], "2026-11-20T10:00:00", "x" * 10_001)
            for value in values:
                changed = {**told, key: value}
                found.append(
                    (f"{kind} {key}={value!s:.20}", {**call_ended(), "type": kind, "data": {**base, block: changed}})
                )
    return found


@pytest.mark.parametrize(("name", "event"), variants(), ids=[name for name, _ in variants()])
def test_the_document_and_the_door_judge_the_same_event_alike(name: str, event: dict[str, Any]) -> None:
    try:
        dialer_events.read(json.dumps(event).encode())
        taken = True
    except Malformed:
        taken = False
    assert EVENT.is_valid(event) is taken


def test_every_reason_that_a_door_can_give_has_a_status_and_a_title() -> None:
    assert set(AT_THE_DOOR) == set(STATUS)
