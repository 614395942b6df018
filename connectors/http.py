"""The one way out over HTTP: bounded, never redirected, silent about values, one table from status to Fault.

A connector asks for a path below its connection's base address and gets an `Answer` that was read
whole, or a Fault with a code. Addresses, headers, bodies and the texts of the library below stay
out of every error and every log line.
"""

import asyncio
import logging
import ssl
from collections.abc import Collection, Mapping
from ipaddress import ip_address
from typing import Annotated, Any, Self
from urllib.parse import unquote, urlsplit

import httpx2
import orjson
from pydantic import BaseModel, ConfigDict, Field, model_validator

from connectors.answers import bounded, fault_of, inflated
from connectors.faults import Fault, Malformed, Misconfigured, Transient
from connectors.port import Answer

BYTES_LIMIT = 10 * 1024 * 1024
TIMEOUT_SECONDS = 30.0
CONNECT_SECONDS = 10.0
CONNECTIONS = 10
#: Methods that change nothing: an answer that was never seen leaves no doubt.
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def checked_address(base_url: str, *, allow_http: bool = False) -> str:
    """The base address without its last slash. Raises Misconfigured where it could send secrets astray."""
    try:
        parts = urlsplit(base_url)
        _ = parts.port
    except ValueError:
        raise Misconfigured("bad_address", fields=("base_url",)) from None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise Misconfigured("bad_address", fields=("base_url",))
    if parts.username is not None or parts.password is not None:
        raise Misconfigured("secret_in_address", fields=("base_url",))
    if parts.scheme == "http" and not allow_http and not _is_loopback(parts.hostname):
        raise Misconfigured("plain_http", fields=("base_url", "allow_http"))
    return base_url.rstrip("/")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class HttpSettings(BaseModel):
    """What every connection over HTTP says of the way there. A connector's settings start from these."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    base_url: Annotated[str, Field(description="Address of the system, without the API's own paths", max_length=500)]
    allow_http: Annotated[bool, Field(description="Accept an address without TLS that is not on this machine")] = False
    timeout_seconds: Annotated[float, Field(description="Longest time for a request and its answer", gt=0, le=600)] = (
        TIMEOUT_SECONDS
    )
    ca_file: Annotated[str, Field(description="PEM file of the certificates to trust, instead of the public ones")] = ""

    @model_validator(mode="after")
    def _address_is_safe(self) -> Self:
        try:
            checked_address(self.base_url, allow_http=self.allow_http)
        except Misconfigured as fault:
            raise ValueError(fault.code) from None
        return self


class HttpSeam:
    """The `Http` of the port. Belongs to one event loop; `aclose` it, or use it in an `async with`."""

    def __init__(
        self,
        base_url: str,
        *,
        headers: Mapping[str, str] | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
        accept: Collection[int] = (),
        allow_http: bool = False,
        ca_file: str = "",
        bytes_limit: int = BYTES_LIMIT,
    ) -> None:
        self._base = checked_address(base_url, allow_http=allow_http)
        self._timeout = timeout_seconds
        #: Statuses that come back as answers beside 2xx.
        self._accept = frozenset(accept)
        self._limit = bytes_limit
        for name in ("httpx2", "httpcore2"):  # they print whole addresses at INFO
            logging.getLogger(name).setLevel(logging.WARNING)
        self._client = httpx2.AsyncClient(
            headers={"Accept": "application/json", "User-Agent": "ecluse", **(headers or {})} | _PLAIN,
            timeout=httpx2.Timeout(timeout_seconds, connect=min(CONNECT_SECONDS, timeout_seconds)),
            limits=httpx2.Limits(max_connections=CONNECTIONS, max_keepalive_connections=CONNECTIONS),
            verify=_trust(ca_file),
            follow_redirects=False,
            trust_env=False,  # it would also read ~/.netrc
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        await self._client.aclose()

    async def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        content: bytes | None = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        extra = dict(headers or {})
        if json is not None:
            content = orjson.dumps(json)
            extra = {"Content-Type": "application/json"} | extra
        url = self._base + _below(path)
        sent = False

        async def watch(step: str, _info: object) -> None:
            nonlocal sent
            sent = sent or step.endswith(("send_request_headers.started", "send_request_body.started"))

        try:
            async with asyncio.timeout(self._timeout):
                answer = await self._exchange(
                    method, url, content=content, params=params, headers=extra | _PLAIN, extensions={"trace": watch}
                )
        except (TimeoutError, httpx2.TimeoutException):
            raise Transient("timeout", in_doubt=sent and method not in SAFE) from None
        except httpx2.TransportError as error:
            raise _lost(error, in_doubt=sent and method not in SAFE) from None
        except (httpx2.InvalidURL, ValueError):
            raise Misconfigured("bad_request") from None
        if self._is_answer(answer.status):
            return answer
        raise fault_of(answer, in_doubt=method not in SAFE)

    def _is_answer(self, status: int) -> bool:
        return 200 <= status < 300 or status in self._accept

    async def _exchange(self, method: str, url: str, **what: Any) -> Answer:
        self._client.cookies.clear()
        async with self._client.stream(method, url, **what) as response:
            headers = {name.lower(): value for name, value in response.headers.items()}
            if not self._is_answer(response.status_code):
                return Answer(response.status_code, headers, b"")  # nobody reads what an error page says
            length = headers.get("content-length", "")
            if length.isdecimal() and int(length[:20]) > self._limit:
                raise Malformed("answer_too_large")
            body = await bounded(response.aiter_raw(), self._limit)
            plain = inflated(body, headers.get("content-encoding", ""), self._limit)
            return Answer(response.status_code, headers, plain)


class NoHttp:
    """The seam of a connection that has no address: files."""

    async def request(self, method: str, path: str, **_: Any) -> Answer:  # noqa: ARG002 - the port's signature
        raise Misconfigured("no_address", fields=("base_url",))

    async def aclose(self) -> None:
        """There is nothing to close."""


def seam_for(settings: BaseModel) -> HttpSeam | NoHttp:
    """The seam that a connection's settings describe.

    A settings class may carry `ACCEPT`, the statuses that are its system's own answers.
    """
    base_url = getattr(settings, "base_url", None)
    if not base_url:
        return NoHttp()
    return HttpSeam(
        str(base_url),
        timeout_seconds=getattr(settings, "timeout_seconds", TIMEOUT_SECONDS),
        accept=getattr(settings, "ACCEPT", ()),
        allow_http=getattr(settings, "allow_http", False),
        ca_file=getattr(settings, "ca_file", ""),
    )


_PLAIN = {"Accept-Encoding": "identity"}


def _below(path: str) -> str:
    """A path that cannot leave the base address."""
    if not path.startswith("/") or path.startswith("//") or set(path) & set("?#\\ \r\n\t"):
        raise Misconfigured("bad_path")
    if ".." in unquote(path).split("/"):
        raise Misconfigured("bad_path")
    return path


def _trust(ca_file: str) -> ssl.SSLContext | bool:
    if not ca_file:
        return True
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError):
        raise Misconfigured("bad_certificates", fields=("ca_file",)) from None


def _lost(error: httpx2.TransportError, *, in_doubt: bool) -> Fault:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Misconfigured("bad_certificate", fields=("base_url",))
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx2.LocalProtocolError | httpx2.UnsupportedProtocol):
        return Misconfigured("bad_request")
    return Transient("connection_lost", in_doubt=in_doubt)
