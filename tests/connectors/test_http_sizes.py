"""Answers that are too large, or compressed, through the HTTP seam: none takes the memory of a worker."""

import gzip
import zlib

import pytest

from connectors.answers import json_of
from connectors.faults import Malformed
from connectors.http import HttpSeam
from tests.connectors.seam import fault_of
from tests.connectors.wire import Writer, reply, wire


async def test_an_answer_that_says_it_is_too_large_is_not_read() -> None:
    fault = await fault_of(b"HTTP/1.1 200 X\r\nContent-Length: 10485761\r\n\r\n")
    assert (type(fault), fault.code) == (Malformed, "answer_too_large")


async def test_an_endless_answer_stops_at_the_limit() -> None:
    async def endless(writer: Writer) -> None:
        writer.write(b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")
            await writer.drain()

    fault = await fault_of(endless, bytes_limit=1_000_000)
    assert (type(fault), fault.code) == (Malformed, "answer_too_large")


async def test_an_answer_at_the_limit_passes() -> None:
    async with wire(reply(200, b"x" * 1000)) as server, HttpSeam(server.url, bytes_limit=1000) as http:
        assert len((await http.request("GET", "/")).content) == 1000


@pytest.mark.parametrize("encoding", ["gzip", "x-gzip", "deflate"])
async def test_a_small_bomb_is_not_unpacked(encoding: str) -> None:
    plain = b"\0" * 50_000_000
    bomb = zlib.compress(plain) if encoding == "deflate" else gzip.compress(plain, mtime=0)
    fault = await fault_of(reply(200, bomb, Content_Encoding=encoding))
    assert (type(fault), fault.code) == (Malformed, "answer_too_large")


async def test_compression_that_was_not_asked_for_is_read_within_the_limit() -> None:
    packed = reply(200, gzip.compress(b'{"a":1}', mtime=0), Content_Encoding="gzip")
    async with wire(packed) as server, HttpSeam(server.url) as http:
        assert json_of(await http.request("GET", "/")) == {"a": 1}


async def test_an_answer_wrongly_called_compressed_is_read_as_it_is() -> None:
    async with wire(reply(200, b'{"a":1}', Content_Encoding="gzip")) as server, HttpSeam(server.url) as http:
        assert json_of(await http.request("GET", "/")) == {"a": 1}


@pytest.mark.parametrize(
    ("body", "encoding"),
    [
        (gzip.compress(b"{}", mtime=0)[:-4], "gzip"),
        (gzip.compress(b"{}", mtime=0) + gzip.compress(b"{}", mtime=0), "gzip"),
        (b"\x1f\x8bnonsense", "gzip"),
        (b"{}", "br"),
        (gzip.compress(b"{}", mtime=0), "gzip, gzip"),
        (b"{}", "zstd"),
    ],
)
async def test_an_encoding_that_cannot_be_trusted_is_malformed(body: bytes, encoding: str) -> None:
    fault = await fault_of(reply(200, body, Content_Encoding=encoding))
    assert (type(fault), fault.code) == (Malformed, "encoded_answer")
