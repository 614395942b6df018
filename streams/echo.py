"""How our own write is recognised when the CRM tells us of it.

A CRM rewrites what it is given: `Rappel ` comes back as `rappel`, an instant in another zone, 1.50
as 1.5. Two values are the same here when no reader could tell what a human would have changed.
Pure: canonical bytes, of which the store keeps only a keyed digest.
"""

import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

LONGEST_NUMBER = 40


def canonical(value: object) -> bytes:
    """The same bytes for values that differ only in dress."""
    if value is None or value == "":
        return b"-"
    if isinstance(value, bool):
        return b"b1" if value else b"b0"
    if isinstance(value, int | float | Decimal):
        return _number(str(value)) or str(value).encode()
    if isinstance(value, Mapping):
        return b"{" + b",".join(canonical(k) + b":" + canonical(value[k]) for k in sorted(value, key=str)) + b"}"
    if isinstance(value, list | tuple):
        return b"[" + b",".join(map(canonical, value)) + b"]"
    return _text(str(value))


def field_name(record: str, field: str) -> str:
    """How a connector and intake both name a field of a record: `contact/42.status`."""
    return f"{record}.{field}"


def _text(value: str) -> bytes:
    folded = " ".join(unicodedata.normalize("NFKC", value).casefold().split())
    return _instant(folded) or _number(folded) or b"t" + folded.encode("utf-8", "surrogatepass")


def _instant(value: str) -> bytes | None:
    if len(value) < len("2026-11-20t10:11") or value[4:5] != "-" or value[10:11] not in ("t", " "):
        return None
    try:
        at = datetime.fromisoformat(value.upper())
    except ValueError:
        return None
    utc = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return b"i" + utc.isoformat(timespec="seconds").encode()


def _number(value: str) -> bytes | None:
    if len(value) > LONGEST_NUMBER or value[:1] == "+":  # a telephone number is not a number
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return b"n" + format(number.normalize(), "f").encode() if number.is_finite() else None
