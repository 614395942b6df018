"""Standard Webhooks 1.0.0: signing what we send, and judging what arrives.

Only the symmetric scheme `v1` (HMAC-SHA256 over `id.timestamp.body`). Our own, because the
reference library answers some bad input with an exception, and a stranger's bytes must never
decide whether we stay up: `verify` returns a refusal for anything at all.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

#: How far a sender's clock may be from ours, both ways.
TOLERANCE_SECONDS = 300
#: Several secrets live during a rotation; a header with more signatures than this is not one.
MAX_SIGNATURES = 16

ID = "webhook-id"
TIMESTAMP = "webhook-timestamp"
SIGNATURE = "webhook-signature"

_PREFIX = "whsec_"
_SECRET_BYTES = range(24, 65)
# No dot: it separates the parts of the signed text, and an id with one would let two texts share a signature.
_ID = re.compile(r"[!-\-/-~]{1,256}")
_SECONDS = re.compile(r"[0-9]{1,12}")


class Why(StrEnum):
    """Why a delivery was not believed. The words are those of `mapping.reasons`."""

    BAD_SIGNATURE = "bad_signature"
    STALE_TIMESTAMP = "stale_timestamp"


class Genuine(NamedTuple):
    """Signed by someone who holds a live secret, about now. `id` is the sender's idempotency key."""

    id: str
    timestamp: int


class Forged(NamedTuple):
    """Not believed. One word for everything wrong with a signature: details would help a forger."""

    why: Why


def secret(text: str) -> bytes:
    """Read `whsec_` + base64 of 24 to 64 bytes. Raises ValueError without quoting the text."""
    if not text.startswith(_PREFIX):
        raise ValueError("a webhook secret starts with whsec_")
    try:
        key = base64.b64decode(text[len(_PREFIX) :], validate=True)
    except (binascii.Error, ValueError):
        raise ValueError("a webhook secret is base64 after whsec_") from None
    if len(key) not in _SECRET_BYTES:
        raise ValueError("a webhook secret holds 24 to 64 bytes")
    return key


def sign(key: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """One entry of the signature header."""
    mac = hmac.new(key, b"%b.%d." % (message_id.encode("ascii"), timestamp), hashlib.sha256)
    mac.update(body)
    return "v1," + base64.b64encode(mac.digest()).decode("ascii")


def headers(keys: Sequence[bytes], message_id: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of a delivery, with one signature for each live secret."""
    return {
        ID: message_id,
        TIMESTAMP: str(timestamp),
        SIGNATURE: " ".join(sign(key, message_id, timestamp, body) for key in keys),
    }


def verify(keys: Sequence[bytes], given: Mapping[str, str], body: bytes, now: float) -> Genuine | Forged:
    """Judge a delivery over its raw bytes. `given` has lower-case names. Never raises.

    The signature is checked before the timestamp is judged: only who holds the secret learns
    that a clock is off. Every secret is tried, whether or not an earlier one fitted.
    """
    message_id, timestamp = given.get(ID, ""), given.get(TIMESTAMP, "")
    if not _ID.fullmatch(message_id) or not _SECONDS.fullmatch(timestamp):
        return Forged(Why.BAD_SIGNATURE)
    offered = _offered(given.get(SIGNATURE, ""))
    signed_at = int(timestamp)
    genuine = False
    for key in keys:
        expected = sign(key, message_id, signed_at, body).encode("ascii")
        for candidate in offered:
            genuine |= hmac.compare_digest(expected, candidate)
    # `sign` writes the timestamp without leading zeros; a header that has them was not what was signed.
    if not genuine or str(signed_at) != timestamp:
        return Forged(Why.BAD_SIGNATURE)
    if abs(now - signed_at) > TOLERANCE_SECONDS:
        return Forged(Why.STALE_TIMESTAMP)
    return Genuine(message_id, signed_at)


def _offered(header: str) -> list[bytes]:
    entries = header.split(" ")
    if len(entries) > MAX_SIGNATURES:
        return []
    # Not ASCII is no base64; encoding would raise, and comparing str with such letters as well.
    return [entry.encode("ascii") for entry in entries if entry.isascii() and entry.startswith("v1,")]
