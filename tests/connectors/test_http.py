"""The HTTP seam, against a real server on a real socket."""

import asyncio
import contextlib
import gzip
import logging
import struct
import traceback
import zlib
from pathlib import Path
from socket import SO_LINGER, SOL_SOCKET
from typing import ClassVar

import pytest
from pydantic import SecretStr, ValidationError

from connectors.answers import json_of, retry_after
from connectors.faults import Fault, Malformed, Misconfigured, Transient
from connectors.http import HttpSeam, HttpSettings, NoHttp, seam_for
from connectors.port import Answer
from tests.connectors.wire import Reply, Writer, reply, wire

SECRET = "0607080910"


async def fault_of(answer: Reply, method: str = "POST", **options: float) -> Fault:
    async with wire(answer) as server, HttpSeam(server.url, **options) as http:  # type: ignore[arg-type]
        with pytest.raises(Fault) as caught:
            await http.request(method, "/leads", content=b"x", params={"phone": SECRET})
    shown = "".join(traceback.format_exception(caught.value))
    assert SECRET not in shown
    assert server.url.partition("//")[2] not in shown
    return caught.value


@pytest.mark.parametrize(
    ("status", "kind", "code", "in_doubt"),
    [
        (301, Misconfigured, "redirected", None),
        (302, Misconfigured, "redirected", None),
        (304, Misconfigured, "redirected", None),
        (307, Misconfigured, "redirected", None),
        (400, Malformed, "http_400", None),
        (401, Misconfigured, "unauthorised", None),
        (402, Misconfigured, "payment_required", None),
        (403, Misconfigured, "forbidden", None),
        (404, Misconfigured, "no_such_address", None),
        (405, Misconfigured, "no_such_address", None),
        (407, Misconfigured, "proxy_refused", None),
        (408, Transient, "request_timeout", False),
        (409, Malformed, "http_409", None),
        (410, Misconfigured, "address_gone", None),
        (413, Malformed, "http_413", None),
        (415, Malformed, "http_415", None),
        (422, Malformed, "http_422", None),
        (423, Transient, "locked", False),
        (425, Transient, "too_early", False),
        (429, Transient, "rate_limited", False),
        (500, Transient, "server_error", True),
        (501, Transient, "server_error", True),
        (502, Transient, "server_error", True),
        (503, Transient, "server_error", True),
        (504, Transient, "server_error", True),
        (599, Transient, "server_error", True),
    ],
)
async def test_each_status_becomes_the_fault_of_the_table(
    status: int, kind: type[Fault], code: str, *, in_doubt: bool | None
) -> None:
    fault = await fault_of(reply(status, b"<h1>no</h1>", Location="http://127.0.0.1:1/"))
    assert type(fault) is kind
    assert fault.code == code
    assert getattr(fault, "in_doubt", None) is in_doubt


async def test_a_failed_read_leaves_no_doubt() -> None:
    fault = await fault_of(reply(500), "GET")
    assert isinstance(fault, Transient)
    assert not fault.in_doubt


@pytest.mark.parametrize("status", [200, 201, 202, 204, 207])
async def test_success_comes_back_whole(status: int) -> None:
    body = b"" if status == 204 else b'{"a":1}'
    async with wire(reply(status, body, X_Rate="7")) as server, HttpSeam(server.url) as http:
        answer = await http.request("GET", "/leads")
    assert answer.status == status
    assert answer.content == body
    assert answer.headers["x-rate"] == "7"


async def test_a_status_the_connector_lists_is_its_answer() -> None:
    async with wire(reply(422, b'{"errors":[]}')) as server, HttpSeam(server.url, accept={422}) as http:
        assert (await http.request("PUT", "/leads/1", json={})).status == 422


async def test_a_redirect_is_not_followed() -> None:
    async with wire(reply(200)) as other:
        async with (
            wire(reply(307, b"", Location=other.url)) as server,
            HttpSeam(server.url, headers={"Authorization": "Bearer t"}) as http,
        ):
            with pytest.raises(Misconfigured, match="redirected"):
                await http.request("GET", "/leads")
        assert other.requests == []


async def test_what_is_asked_is_what_arrives() -> None:
    async with wire(reply()) as server, HttpSeam(f"{server.url}/api/", headers={"Authorization": "Bearer t"}) as http:
        await http.request("PUT", "/leads/é", json={"a": "é"}, params={"q": "a b"}, headers={"X-Once": "k"})
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    assert head.startswith(b"PUT /api/leads/%C3%A9?q=a")
    assert {b"x-once: k", b"authorization: bearer t", b"content-type: application/json"} <= set(lines)
    assert [line for line in lines if line.startswith(b"accept-encoding")] == [b"accept-encoding: identity"]
    assert body == '{"a":"é"}'.encode()


async def test_a_connector_cannot_ask_for_compression() -> None:
    async with wire(reply()) as server, HttpSeam(server.url, headers={"Accept-Encoding": "gzip"}) as http:
        await http.request("GET", "/", headers={"Accept-Encoding": "br"})
    assert b"gzip" not in server.requests[0]
    assert b": br" not in server.requests[0]


async def test_cookies_do_not_outlive_their_answer() -> None:
    async with wire(reply(200, b"{}", Set_Cookie="session=1; Path=/")) as server, HttpSeam(server.url) as http:
        await http.request("GET", "/a")
        await http.request("GET", "/b")
    assert b"ookie" not in server.requests[1]


async def test_proxies_and_passwords_of_the_environment_are_left_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    async with wire(reply()) as server, HttpSeam(server.url) as http:
        await http.request("GET", "/")
    assert b"uthorization" not in server.requests[0]


# Sizes and encodings


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


@pytest.mark.parametrize("body", [b"", b"<html>", b'{"a":NaN}', b'{"a":Infinity}', b'{"a":1}x', b"\xff", b'"\\ud800"'])
def test_what_is_not_json_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed, match="not_json"):
        json_of(Answer(200, {}, body))


def test_depth_is_malformed_rather_than_a_crash() -> None:
    with pytest.raises(Malformed, match="not_json"):
        json_of(Answer(200, {}, b"[" * 100_000))


# The wire breaks


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


# Retry-After


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("99999999", 86_400.0),
        ("9" * 400, 86_400.0),
        ("Sun, 22 Nov 2026 10:01:30 GMT", 90.0),
        ("Sunday, 22-Nov-26 10:01:30 GMT", 90.0),
        ("Sun, 22 Nov 2026 09:00:00 GMT", 0.0),
        ("Sun, 22 Nov 2099 09:00:00 GMT", 86_400.0),
        ("-5", 0.0),
        ("1.5", 0.0),
        ("soon", 0.0),
        ("", 0.0),
    ],
)
def test_retry_after_is_read_in_both_its_forms(said: str, seconds: float) -> None:
    assert retry_after({"retry-after": said, "date": "Sun, 22 Nov 2026 10:00:00 GMT"}) == seconds


def test_a_date_without_a_date_beside_it_is_measured_by_our_clock() -> None:
    assert retry_after({"retry-after": "Sun, 22 Nov 2099 09:00:00 GMT", "date": "?"}) == 86_400.0
    assert retry_after({"retry-after": "Mon, 01 Jan 2001 09:00:00 GMT"}) == 0.0


@pytest.mark.parametrize("status", [429, 503])
async def test_the_other_side_says_how_long_to_wait(status: int) -> None:
    fault = await fault_of(reply(status, b"", Retry_After="42"))
    assert isinstance(fault, Transient)
    assert fault.retry_after == 42.0


# Addresses


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("http://crm.example.fr", "plain_http"),
        ("http://192.0.2.7", "plain_http"),
        ("http://127.0.0.1.example.fr", "plain_http"),
        ("ftp://crm.example.fr", "bad_address"),
        ("crm.example.fr", "bad_address"),
        ("https://", "bad_address"),
        ("https://crm.example.fr:99999", "bad_address"),
        ("https://[::1", "bad_address"),
        ("https://crm.example.fr?key=1", "bad_address"),
        ("https://me:secret@crm.example.fr", "secret_in_address"),
    ],
)
def test_an_address_that_could_send_secrets_astray_is_refused(address: str, code: str) -> None:
    with pytest.raises(Misconfigured) as caught:
        HttpSeam(address)
    assert caught.value.code == code
    with pytest.raises(ValidationError) as refused:
        HttpSettings(base_url=address)
    assert code in str(refused.value)
    assert "secret@" not in str(refused.value)


@pytest.mark.parametrize("address", ["http://localhost:1", "http://127.0.0.1", "http://[::1]:8", "https://a.example"])
def test_tls_or_this_machine_is_accepted(address: str) -> None:
    HttpSeam(address)


def test_plain_http_elsewhere_must_be_said() -> None:
    HttpSeam("http://crm.lan", allow_http=True)
    assert HttpSettings(base_url="http://crm.lan", allow_http=True).allow_http


@pytest.mark.parametrize(
    "path",
    ["leads", "//other.example/x", "https://other.example/", "/a?b=c", "/a#b", "/a/../b", "/%2e%2e/b", "/a\r\nb"],
)
async def test_a_path_cannot_leave_the_base_address(path: str) -> None:
    async with wire(reply()) as server, HttpSeam(server.url) as http:
        with pytest.raises(Misconfigured, match="bad_path"):
            await http.request("GET", path)
    assert server.requests == []


async def test_a_header_that_would_split_the_request_is_not_sent() -> None:
    async with wire(reply()) as server, HttpSeam(server.url) as http:
        with pytest.raises(Misconfigured, match="bad_request"):
            await http.request("GET", "/", headers={"X-Once": "a\r\nX-Other: b"})
    assert server.requests == []


class Leads(HttpSettings):
    """What a connector's own settings look like."""

    token: SecretStr
    ACCEPT: ClassVar = frozenset({422})


async def test_settings_say_what_the_seam_is_like() -> None:
    async with wire(reply(422)) as server:
        seam = seam_for(Leads(base_url=server.url, token=SecretStr("t")))
        assert isinstance(seam, HttpSeam)
        async with seam as http:
            assert (await http.request("GET", "/")).status == 422


async def test_a_connection_without_an_address_has_no_http() -> None:
    seam = seam_for(HttpSettings.model_construct(base_url=""))
    assert isinstance(seam, NoHttp)
    with pytest.raises(Misconfigured, match="no_address"):
        await seam.request("GET", "/")
    await seam.aclose()


# Silence


async def test_addresses_and_values_stay_out_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with wire(reply()) as server, HttpSeam(server.url, headers={"Authorization": "Bearer t0ken"}) as http:
        await http.request("GET", "/leads", params={"phone": SECRET})
        assert "t0ken" not in repr(http)
    assert SECRET not in caplog.text
    assert "/leads" not in caplog.text
