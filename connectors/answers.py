"""What came back over HTTP: read within limits, and turned into a Fault by one table where it is no answer."""

import zlib
from collections.abc import AsyncIterable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from connectors.faults import Fault, Malformed, Misconfigured, Transient
from connectors.port import Answer

RETRY_AFTER_LONGEST_SECONDS = 86_400.0

#: What a status says. Every other 5xx is Transient `server_error`, every other 4xx is Malformed `http_4xx`.
TRANSIENT = {408: "request_timeout", 423: "locked", 425: "too_early", 429: "rate_limited"}
MISCONFIGURED = {
    401: "unauthorised",
    402: "payment_required",
    403: "forbidden",
    404: "no_such_address",
    405: "no_such_address",
    407: "proxy_refused",
    410: "address_gone",
}


def fault_of(answer: Answer, *, in_doubt: bool) -> Fault:
    """What a status says that is none of the connector's own answers. `in_doubt`: the method changes things."""
    status = answer.status
    wait = retry_after(answer.headers)
    if status in TRANSIENT:
        return Transient(TRANSIENT[status], retry_after=wait)
    if status >= 500:
        return Transient("server_error", retry_after=wait, in_doubt=in_doubt)
    if status < 400:
        return Misconfigured("redirected")
    return Misconfigured(MISCONFIGURED[status]) if status in MISCONFIGURED else Malformed(f"http_{status}")


def json_of(answer: Answer) -> Any:
    """The JSON of an answer. NaN, infinities and half a character are no JSON."""
    try:
        return orjson.loads(answer.content)
    except orjson.JSONDecodeError:
        raise Malformed("not_json") from None


def retry_after(headers: Mapping[str, str]) -> float:
    """Seconds that the other side asks us to wait, 0 where it says nothing that can be read.

    A date is measured against the answer's own `Date`, so that two clocks that disagree do no harm.
    """
    said = headers.get("retry-after", "").strip()
    if said.isdecimal():
        seconds = float(said[:9])
    else:
        try:
            seconds = (_instant(said) - _instant(headers.get("date", ""), datetime.now(UTC))).total_seconds()
        except (TypeError, ValueError):
            return 0.0
    return min(max(seconds, 0.0), RETRY_AFTER_LONGEST_SECONDS)


def _instant(text: str, otherwise: datetime | None = None) -> datetime:
    try:
        found = parsedate_to_datetime(text)
    except ValueError:
        if otherwise is None:
            raise
        return otherwise
    return found if found.tzinfo else found.replace(tzinfo=UTC)


async def bounded(chunks: AsyncIterable[bytes], limit: int) -> bytes:
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > limit:
            raise Malformed("answer_too_large")
    return bytes(body)


def inflated(body: bytes, encoding: str, limit: int) -> bytes:
    """The body without the compression that we did not ask for, as far as it stays within the limit."""
    kind = encoding.strip().lower()
    if kind in ("", "identity") or not body:
        return body
    if kind not in ("gzip", "x-gzip", "deflate"):
        raise Malformed("encoded_answer")
    if kind != "deflate" and not body.startswith(b"\x1f\x8b"):
        return body  # Tryton 8.2 says gzip of what it did not compress, where identity was asked for
    inflater = zlib.decompressobj(zlib.MAX_WBITS | 32)
    try:
        plain = inflater.decompress(body, limit + 1)
    except zlib.error:
        raise Malformed("encoded_answer") from None
    if len(plain) > limit or inflater.unconsumed_tail:
        raise Malformed("answer_too_large")
    if not inflater.eof or inflater.unused_data:
        raise Malformed("encoded_answer")
    return plain
