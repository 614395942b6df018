"""Bodies that come slowly, in pieces, without end, or all at once: over plain ASGI and over a real socket."""

import asyncio
import json
import tracemalloc
from typing import Any

import pytest
from starlette.requests import Request

from mapping.reasons import Reason
from tests.web.doorway import HOOK, NOW, MemoryDesk, application, ask, call_ended, signed
from tests.web.serving import serving
from web.app import create
from web.problems import ProblemError
from web.reading import HOOK_BYTES, Reader, is_json

EVENTS = "/dialer/v1/nord/events"
GOOD = json.dumps(call_ended()).encode()


def request(*parts: bytes, ends: bool = True, **headers: str) -> Request:
    """A request whose body comes in parts; without an end, the last part is waited for."""
    waiting = list(parts)

    async def receive() -> Any:
        if waiting:
            return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting) or not ends}
        return await asyncio.Event().wait()

    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": raw}, receive)


async def refused(reader: Reader, one: Request, limit: int = 100) -> Reason:
    with pytest.raises(ProblemError) as problem:
        await reader.body(one, limit)
    return problem.value.reason


async def test_a_body_in_pieces_is_read_whole() -> None:
    assert await Reader().body(request(b"ab", b"", b"cd"), 4) == b"abcd"


async def test_a_body_that_never_ends_is_given_up() -> None:
    assert await refused(Reader(read_seconds=0.01), request(b"ab", ends=False)) is Reason.TOO_SLOW


async def test_a_sender_that_hangs_up_is_given_up() -> None:
    async def receive() -> Any:
        return {"type": "http.disconnect"}

    gone = Request({"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": []}, receive)
    assert await refused(Reader(), gone) is Reason.TOO_SLOW


async def test_only_so_many_bodies_are_held_at_once_and_room_comes_back() -> None:
    reader = Reader(read_seconds=60, at_once=2)
    held = [asyncio.create_task(reader.body(request(b"a", ends=False), 9)) for _ in range(2)]
    await asyncio.sleep(0)
    assert await refused(reader, request(b"b")) is Reason.SHEDDING
    for task in held:
        task.cancel()
    await asyncio.gather(*held, return_exceptions=True)
    assert await reader.body(request(b"b"), 9) == b"b"


async def test_a_flood_costs_no_more_memory_than_the_limit() -> None:
    flood = request(*[bytes(65_536)] * 400)
    tracemalloc.start()
    assert await refused(Reader(), flood, HOOK_BYTES) is Reason.TOO_LARGE
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < HOOK_BYTES + 1024 * 1024


@pytest.mark.parametrize("length", ["1e3", "-1", "", " 5", "٣", "0x10"])
async def test_a_length_that_is_no_number_is_refused(length: str) -> None:
    one = request(b"a")
    one.scope["headers"] = [(b"content-length", length.encode("utf-8"))]
    assert await refused(Reader(), one) is Reason.WRONG_SHAPE


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd", "deflate", "GZIP", "identity, gzip", "x"])
async def test_compressed_bodies_are_refused_before_they_are_read(encoding: str) -> None:
    assert await refused(Reader(), request(b"\x1f\x8b", content_encoding=encoding)) is Reason.ENCODED_BODY


@pytest.mark.parametrize(
    ("kind", "fine"),
    [
        ("application/json", True),
        ("Application/JSON ; charset=UTF-8", True),
        ('application/cloudevents+json; charset="utf-8"', True),
        ("application/json; charset=utf-16", False),
        ("text/json", False),
        ("", False),
        ("multipart/form-data; boundary=x", False),
    ],
)
def test_what_counts_as_json(kind: str, fine: bool) -> None:  # noqa: FBT001 - a column of the table
    assert is_json(request(content_type=kind)) is fine


async def over_the_wire(url: str, *parts: bytes) -> bytes:
    """Raw bytes to a real server, and all that it answers before it closes."""
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


def head(length: str, *, path: str = EVENTS, host: str = "Host: x", **headers: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", host, length, "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n"


async def test_over_a_real_socket_events_are_taken_and_the_server_does_not_say_what_it_is() -> None:
    desk = MemoryDesk()
    async with serving(application(desk)) as url:
        answer = await over_the_wire(url, head(f"Content-Length: {len(GOOD)}", **signed(GOOD)), GOOD)
        chunked = b"%x\r\n%b\r\n0\r\n\r\n" % (len(GOOD), GOOD)
        again = await over_the_wire(url, head("Transfer-Encoding: chunked", **signed(GOOD, at=NOW)), chunked)
    assert answer.startswith(b"HTTP/1.1 202")
    assert again.startswith(b"HTTP/1.1 202")
    assert b"\r\nserver:" not in answer.lower()
    assert len(desk.events) == 1


@pytest.mark.parametrize(
    "parts",
    [
        (b"GARBAGE\r\n\r\n",),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",),
        (head("Content-Length: abc"),),
        (head("Transfer-Encoding: chunked"), b"zz\r\n"),
        (head("Content-Length: 5\r\nContent-Length: 6"), b"hello"),
        (head("Content-Length: 2", path="/hooks/nord/" + "a" * 9_000), b"{}"),
        (head("Content-Length: 2", path="/%00%ff/../..;/hooks"), b"{}"),
        (head("Content-Length: 9999999"), b"x"),
    ],
)
async def test_whatever_comes_over_the_wire_is_no_error_of_ours(parts: tuple[bytes, ...]) -> None:
    app = create(MemoryDesk(), clock=lambda: NOW, reader=Reader(read_seconds=0.05))
    async with serving(app) as url:
        answer = await over_the_wire(url, *parts)
    assert answer == b"" or answer.startswith(b"HTTP/1.1 4")


async def test_a_flood_over_the_wire_is_cut_off() -> None:
    app = create(MemoryDesk(), clock=lambda: NOW)
    async with serving(app) as url:
        piece = b"10000\r\n" + bytes(65_536) + b"\r\n"
        answer = await over_the_wire(url, head("Transfer-Encoding: chunked"), *[piece] * 20, b"0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 413") or answer == b""


async def test_a_secret_address_shows_in_no_log(caplog: pytest.LogCaptureFixture) -> None:
    desk = MemoryDesk(broken=RuntimeError("x"), read=lambda _body, _headers: [])
    with caplog.at_level("DEBUG"):
        reply = await ask(application(desk), "POST", f"/hooks/nord/{HOOK['nord']}", GOOD)
    assert reply.status == 500
    assert HOOK["nord"] not in caplog.text
