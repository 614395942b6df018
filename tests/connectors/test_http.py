"""The HTTP seam, against a real server on a real socket: what is asked, and what each status means."""

import logging
from pathlib import Path

import pytest

from connectors.faults import Fault, Malformed, Misconfigured, Transient
from connectors.http import HttpSeam
from tests.connectors.seam import SECRET, fault_of
from tests.connectors.wire import reply, wire


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


@pytest.mark.parametrize("status", [429, 503])
async def test_the_other_side_says_how_long_to_wait(status: int) -> None:
    fault = await fault_of(reply(status, b"", Retry_After="42"))
    assert isinstance(fault, Transient)
    assert fault.retry_after == 42.0


async def test_a_header_that_would_split_the_request_is_not_sent() -> None:
    async with wire(reply()) as server, HttpSeam(server.url) as http:
        with pytest.raises(Misconfigured, match="bad_request"):
            await http.request("GET", "/", headers={"X-Once": "a\r\nX-Other: b"})
    assert server.requests == []


async def test_addresses_and_values_stay_out_of_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with wire(reply()) as server, HttpSeam(server.url, headers={"Authorization": "Bearer t0ken"}) as http:
        await http.request("GET", "/leads", params={"phone": SECRET})
        assert "t0ken" not in repr(http)
    assert SECRET not in caplog.text
    assert "/leads" not in caplog.text
