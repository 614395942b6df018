"""A wire that breaks, stays silent or drips: a fault that says whether a write is in doubt."""

import asyncio
import contextlib
import struct
from socket import SO_LINGER, SOL_SOCKET

import pytest

from connectors.faults import Transient
from connectors.http import HttpSeam
from tests.connectors.seam import fault_of
from tests.connectors.wire import Reply, Writer, reply, wire


async def test_nobody_listening_leaves_no_doubt() -> None:
    async with wire(reply()) as server:
        pass
    async with HttpSeam(server.url) as http:
        with pytest.raises(Transient, match="connection_lost") as caught:
            await http.request("POST", "/leads", json={})
    assert not caught.value.in_doubt


async def reset(writer: Writer) -> None:
    writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def reset_mid_body(writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\nhalf")
    await writer.drain()
    await reset(writer)


async def closed_mid_body(writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 X\r\nContent-Length: 100\r\n\r\nhalf")
    await writer.drain()
    writer.close()


async def nonsense(writer: Writer) -> None:
    writer.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
    await writer.drain()
    writer.close()


@pytest.mark.parametrize("how", [reset, reset_mid_body, closed_mid_body, nonsense])
@pytest.mark.parametrize(("method", "in_doubt"), [("POST", True), ("GET", False)])
async def test_a_broken_answer_is_transient_and_a_write_is_in_doubt(how: Reply, method: str, *, in_doubt: bool) -> None:
    fault = await fault_of(how, method)
    assert isinstance(fault, Transient)
    assert (fault.code, fault.in_doubt) == ("connection_lost", in_doubt)


async def silent(writer: Writer) -> None:
    await asyncio.Event().wait()


async def dripping(writer: Writer) -> None:
    writer.write(b"HTTP/1.1 200 X\r\nContent-Length: 100000\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("how", [silent, dripping])
async def test_a_slow_answer_ends_at_the_timeout_and_is_in_doubt(how: Reply) -> None:
    fault = await fault_of(how, timeout_seconds=0.2)
    assert isinstance(fault, Transient)
    assert (fault.code, fault.in_doubt) == ("timeout", True)


async def test_a_connection_closed_while_it_idled_does_not_hide_the_next_answer() -> None:
    async def once(writer: Writer) -> None:
        writer.write(reply())
        await writer.drain()
        writer.close()

    async with wire(once) as server, HttpSeam(server.url) as http:
        for _ in range(3):
            with contextlib.suppress(Transient):
                await http.request("GET", "/")
        assert len(server.requests) >= 2
