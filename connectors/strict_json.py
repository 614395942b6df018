"""JSON from outside, read strictly: what parsers disagree on, and what could exhaust us, is refused.

Python's own reader takes the last of two equal keys, accepts NaN, overflows its stack on depth
and raises ValueError on a long integer. Here each of these is a `Malformed` with a code of its
own, found in time proportional to the limits, not to what the sender made up.
"""

import json
import math
import re
from typing import Any, Final

from connectors.faults import Malformed

MAX_DEPTH: Final = 32
#: Values of any kind, containers included.
MAX_NODES: Final = 5_000
MAX_KEY_CHARS: Final = 256
MAX_STRING_CHARS: Final = 65_536
#: Digits of an integer: one more than a signed 64-bit number has is already somebody's mistake.
MAX_INTEGER_DIGITS: Final = 19

# Whole strings, brackets, commas; a quote that opens no whole string is matched alone: no text is read twice.
_MARK = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|["\[\]{},]', re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")


def parse(body: bytes, *, max_nodes: int = MAX_NODES) -> Any:  # noqa: ANN401 - JSON is any of its six types
    """One JSON text in UTF-8 without a byte order mark. Raises Malformed with a code, never a value."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("not_utf8") from None
    _bounded(text, max_nodes)
    try:
        value = _DECODER.decode(text)
    except (json.JSONDecodeError, RecursionError):
        raise Malformed("not_json") from None
    _texts(value)
    return value


def _bounded(text: str, max_nodes: int) -> None:
    """Depth and size before anything is built: stops at the limit, so that a bomb costs no more than the limit."""
    depth = nodes = strings = 0
    for found in _MARK.finditer(text):
        mark = text[found.start()]
        if mark == '"':
            strings += 1
            if found.end() - found.start() == 1:
                raise Malformed("not_json")
        elif mark in "[{":
            depth += 1
            nodes += 1
        elif mark == ",":
            nodes += 1
        else:
            depth -= 1
        if depth > MAX_DEPTH:
            raise Malformed("too_deep")
        if depth < 0:
            raise Malformed("not_json")
        if nodes >= max_nodes or strings > 2 * max_nodes:
            raise Malformed("too_many_values")


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    whole = dict(pairs)
    if len(whole) != len(pairs):
        raise Malformed("duplicate_key")
    for key in whole:
        if len(key) > MAX_KEY_CHARS:
            raise Malformed("key_too_long")
        if _SURROGATE.search(key):
            raise Malformed("lone_surrogate")
    return whole


def _integer(digits: str) -> int:
    if len(digits.lstrip("-")) > MAX_INTEGER_DIGITS:
        raise Malformed("number_too_large")
    return int(digits)


def _decimal(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise Malformed("number_too_large")
    return number


def _constant(_word: str) -> float:
    raise Malformed("not_a_number")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_pairs, parse_int=_integer, parse_float=_decimal, parse_constant=_constant
)


def _texts(value: Any) -> None:  # noqa: ANN401 - walks whatever was read
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            if len(one) > MAX_STRING_CHARS:
                raise Malformed("string_too_long")
            if _SURROGATE.search(one):
                raise Malformed("lone_surrogate")
        elif isinstance(one, dict):
            waiting.extend(one.values())
        elif isinstance(one, list):
            waiting.extend(one)
