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

# A string, or one that never ends: either way no text is read twice.
_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)', re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")
_BRACKET = re.compile(r"[\[\]{}]")
#: The only way in for half a character: UTF-8 has none.
_ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")


def parse(body: bytes, *, max_nodes: int = MAX_NODES) -> Any:
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
    if len(text) > MAX_STRING_CHARS or _ESCAPED_SURROGATE.search(text):
        _texts(value)
    return value


def _bounded(text: str, max_nodes: int) -> None:
    """Depth and size before anything is built: stops at the limit, so that a bomb costs no more than the limit."""
    bare = _STRING.sub("", text)
    depth = nodes = 0
    for found in _BRACKET.finditer(bare):
        if found[0] in "[{":
            depth += 1
            nodes += 1
        else:
            depth -= 1
        if depth > MAX_DEPTH:
            raise Malformed("too_deep")
        if depth < 0:
            raise Malformed("not_json")
        if nodes >= max_nodes:
            raise Malformed("too_many_values")
    if nodes + bare.count(",") >= max_nodes:
        raise Malformed("too_many_values")


def _pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    whole = dict(pairs)
    if len(whole) != len(pairs):
        raise Malformed("duplicate_key")
    for key in whole:
        if len(key) > MAX_KEY_CHARS:
            raise Malformed("key_too_long")
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


def _texts(value: Any) -> None:
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
            waiting.extend(one)
        elif isinstance(one, list):
            waiting.extend(one)
