"""The raw bytes of a request, within limits: read first, judged before anything is made of them."""

import asyncio
from collections.abc import Mapping

from starlette.requests import ClientDisconnect, Request

from connectors import signatures
from mapping.reasons import Reason
from web.problems import ProblemError

HOOK_BYTES = 1024 * 1024
API_BYTES = 256 * 1024
READ_SECONDS = 10.0
#: Bodies held in memory at once: with the largest ones, 64 MiB.
MAX_AT_ONCE = 64


class Reader:
    """Reads bodies of one application, a bounded number at a time."""

    def __init__(self, read_seconds: float = READ_SECONDS, at_once: int = MAX_AT_ONCE) -> None:
        self._read_seconds = read_seconds
        self._at_once = at_once
        self._reading = 0

    async def body(self, request: Request, limit: int) -> bytes:
        """The whole body, not one byte more than `limit`. Raises ProblemError."""
        if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
            raise ProblemError(Reason.ENCODED_BODY)
        _announced(request, limit)
        if self._reading >= self._at_once:
            raise ProblemError(Reason.SHEDDING, headers={"Retry-After": "2"})
        self._reading += 1
        try:
            async with asyncio.timeout(self._read_seconds):
                return await _streamed(request, limit)
        except (TimeoutError, ClientDisconnect):
            raise ProblemError(Reason.TOO_SLOW, headers={"Connection": "close"}) from None
        finally:
            self._reading -= 1


def _announced(request: Request, limit: int) -> None:
    announced = request.headers.get("content-length")
    if announced is None:
        return
    if not announced.isascii() or not announced.isdigit():
        raise ProblemError(Reason.WRONG_SHAPE)
    if len(announced) > 12 or int(announced) > limit:
        raise ProblemError(Reason.TOO_LARGE, headers={"Connection": "close"})


async def _streamed(request: Request, limit: int) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise ProblemError(Reason.TOO_LARGE, headers={"Connection": "close"})
        parts.append(part)
    return b"".join(parts)


def is_json(request: Request) -> bool:
    """`application/json` or `application/…+json`, in UTF-8."""
    media, _, rest = request.headers.get("content-type", "").partition(";")
    kind = media.strip().lower()
    if kind != "application/json" and not (kind.startswith("application/") and kind.endswith("+json")):
        return False
    charset = rest.strip().lower().replace('"', "")
    return not charset.startswith("charset=") or charset.removeprefix("charset=").strip() in {"utf-8", "utf8"}


def headers(request: Request) -> Mapping[str, str]:
    """Headers by lower-case name; a signature header that came twice is left out, for which of the two would count."""
    given = dict(request.headers)
    for name in (signatures.ID, signatures.TIMESTAMP, signatures.SIGNATURE):
        if len(request.headers.getlist(name)) > 1:
            del given[name]
    return given
