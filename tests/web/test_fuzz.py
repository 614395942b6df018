"""Twenty thousand mangled deliveries, honestly signed: taken in or refused, and never our mistake."""

import json
import random
from collections import Counter

from connectors import dialer_events
from tests.web.doorway import HOOK, MemoryDesk, application, ask, bearer, call_ended, signed

HOW_MANY = 20_000
PIECES = [
    b"", b"null", b"true", b"{}", b"[]", b'""', b"NaN", b"1e999", b"-0", b"9" * 30, b"\xff", b'"\\ud800"', b"[" * 40,
    b'{"id":1,"id":2}', "é😀".encode(), b"\x00", b'"2026-13-45T25:61:61Z"', b'"' + b"s" * 300 + b'"', b"\\u0000",
]  # fmt: skip


def mangled(chance: random.Random, body: bytes) -> bytes:
    for _ in range(chance.randint(1, 3)):
        at, upto = sorted((chance.randrange(len(body) + 1), chance.randrange(len(body) + 1)))
        match chance.randrange(6):
            case 0:
                body = body[:at] + chance.choice(PIECES) + body[at:]
            case 1:
                body = body[:at] + chance.choice(PIECES) + body[min(upto, at + 20) :]
            case 2:
                body = body[:at]
            case 3:
                body = body[:at] + bytes([chance.randrange(256)]) + body[at + 1 :]
            case 4:
                body = body[:upto] + body[at:upto] + body[upto:]
            case _:
                body = _revalued(chance, body)
    return body


def _revalued(chance: random.Random, body: bytes) -> bytes:
    """Another value for some key, where it is still JSON: what shape checks have to bear."""
    try:
        whole = json.loads(body)
    except (ValueError, RecursionError):
        return body
    place = whole
    while isinstance(place, dict) and place:
        key = chance.choice(list(place))
        if chance.random() < 0.4:
            place[key] = chance.choice([None, 1, -1.5, "", "x" * 300, [], {}, [{}], {"id": []}, True])
            break
        place = place[key]
    return json.dumps(whole).encode()


async def test_no_mangled_event_is_answered_with_an_error_of_ours() -> None:
    chance = random.Random(1)
    app = application(MemoryDesk())
    good = json.dumps(call_ended()).encode()
    seen: Counter[int] = Counter()
    for _ in range(HOW_MANY):
        body = mangled(chance, good)
        seen[(await ask(app, "POST", "/dialer/v1/nord/events", body, signed(body))).status] += 1
    assert set(seen) <= {202, 400, 413, 422}
    assert seen[202] > 100
    assert seen[400] > 1_000
    assert seen[422] > 1_000


async def test_no_mangled_people_nor_hooks_nor_addresses_are_answered_with_an_error_of_ours() -> None:
    chance = random.Random(2)
    desk = MemoryDesk(read=lambda body, _headers: dialer_events.read(body, "nord-tenant"))
    app = application(desk)
    good = json.dumps({"people": [{"id": "tp-1", "profile": "teleoperator", "from": "2026-01-01T00:00:00Z"}]}).encode()
    letters = "/%?&=.~é\x00 ;:+" + "prospects" + "0123456789"
    for _ in range(2_000):
        body = mangled(chance, good)
        reply = await ask(app, "PUT", "/dialer/v1/nord/people", body, {**bearer(), "content-type": "application/json"})
        assert reply.status in {204, 400, 422}
        assert (await ask(app, "POST", f"/hooks/nord/{HOOK['nord']}", body)).status in {202, 400, 422}
        path = "/dialer/v1/nord/" + "".join(chance.choice(letters) for _ in range(chance.randrange(30)))
        assert (await ask(app, "GET", path, headers=bearer())).status < 500
