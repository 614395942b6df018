"""One customer's keys tell nothing about another's link: asked of every address that names a link."""

import json

import pytest

from connectors.port import Happening
from tests.web.doorway import AT, HOOK, SIGNING, TOKEN, MemoryDesk, Reply, application, ask, call_ended, signed
from tests.web.test_api_document import documented
from web.ports import Change

ADDRESSES = sorted(key for key in documented() if "{link}" in key[1])
PARTS = {"object": "contact", "key": "77", "recall": "7", "secret": HOOK["nord"]}
EVENT = json.dumps(call_ended()).encode()
PEOPLE = json.dumps({"people": [{"id": "tp-1", "profile": "teleoperator"}]}).encode()


@pytest.fixture
def desk() -> MemoryDesk:
    desk = MemoryDesk(read=lambda _body, _headers: [Happening("v-1", "phoning.call.ended", "2026-11-20T10:15:00Z", {})])
    desk.changes["sud"] = [Change("7", "contact/77", "", "recall", AT)]
    return desk


async def knock(desk: MemoryDesk, method: str, template: str, link: str, *, keys: str) -> Reply:
    """The address of one link, with all the keys of another: token, signature, secret address."""
    path = template.format(link=link, **{**PARTS, "secret": HOOK[keys]}) + "?profile=teleoperator"
    body = PEOPLE if method == "PUT" else EVENT if template.endswith(("/events", "}")) and method == "POST" else b""
    headers = {**signed(body, keys), "authorization": f"Bearer {TOKEN[keys]}"}
    return await ask(application(desk), method, path, body, headers)


@pytest.mark.parametrize(("method", "template"), ADDRESSES)
async def test_another_customers_link_and_one_that_does_not_exist_are_one_answer(
    desk: MemoryDesk, method: str, template: str
) -> None:
    others = await knock(desk, method, template, "sud", keys="nord")
    nobodys = await knock(desk, method, template, "est", keys="nord")
    assert others == nobodys
    assert others.status in {401, 404}
    assert not desk.events
    assert not desk.people
    assert not desk.acknowledged


@pytest.mark.parametrize(("method", "template"), ADDRESSES)
async def test_the_link_itself_opens_to_its_own_keys(desk: MemoryDesk, method: str, template: str) -> None:
    reply = await knock(desk, method, template, "sud", keys="sud")
    assert reply.status in {200, 202, 204}


@pytest.mark.parametrize(("method", "template"), ADDRESSES)
async def test_without_keys_every_link_is_the_same_closed_door(desk: MemoryDesk, method: str, template: str) -> None:
    replies = [
        await ask(application(desk), method, template.format(link=link, **{**PARTS, "secret": "x" * 30}), EVENT)
        for link in ("nord", "sud", "est")
    ]
    assert replies[0] == replies[1] == replies[2]
    assert replies[0].status in {401, 404, 422}


def test_the_two_links_share_no_key() -> None:
    for keys in (SIGNING, TOKEN, HOOK):
        assert len(set(keys.values())) == 2
