"""Where the HTTP seam may go: nowhere in the clear, and never away from the address it was given."""

from typing import ClassVar

import pytest
from pydantic import SecretStr, ValidationError

from connectors.faults import Misconfigured
from connectors.http import HttpSeam, HttpSettings, NoHttp, seam_for
from tests.connectors.wire import reply, wire


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
