"""Masks, as gate 1 puts them on: what is left of a value that somebody may read only in part.

A mask is put on the value in the dialer's form, after its transform, so that a number is the same number however the
CRM writes it. What does not fit its mask stays home.
"""

import hashlib
import hmac
import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any, Final

from mapping.masks import MaskStep
from mapping.transforms import DROPPED, Transform
from mapping.words import Mask

#: Before the last four characters. Always as many: how long a value is says something too.
HIDDEN: Final = "****"
#: Of a shorter value four characters would be too much of it.
LAST4_LEAST: Final = 8
DIGEST_DIGITS: Final = 16
#: What a digest begins with, by its mask: a reader, and gate 2, take it for nothing else.
PREFIXES: Final = {Mask.KEYED_HASH: "h_", Mask.TOKEN: "t_"}

_NUMBER = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def masked(step: MaskStep, secret: bytes) -> Transform:
    """What one rule leaves of a transformed value; an empty one stays empty, for that is news as well.

    But for `drop`: where only the empty ones went out, one would know the others by their absence.
    """
    put_on = _MASKS[step.mask]
    if step.mask is Mask.DROP:
        return _drop
    return lambda value: None if value is None else put_on(_as_text(value), step, secret, value)


def _as_text(value: Any) -> str:
    if type(value) is bool:
        return "true" if value else "false"
    return str(value)


def _allow(_text: str, _step: MaskStep, _secret: bytes, value: Any) -> Any:
    return value


def _drop(*_: Any) -> Any:
    return DROPPED


def _empty(*_: Any) -> Any:
    return None


def _last4(text: str, *_: Any) -> Any:
    return HIDDEN + text[-4:] if len(text) >= LAST4_LEAST else HIDDEN


def _digest(text: str, step: MaskStep, secret: bytes, _value: Any) -> Any:
    if not secret:
        return DROPPED  # a digest that anybody could make is the value in other words
    said = f"{step.mask.value}|{text}".encode(errors="surrogatepass")
    return PREFIXES[step.mask] + hmac.new(secret, said, hashlib.sha256).hexdigest()[:DIGEST_DIGITS]


def _year(text: str, *_: Any) -> Any:
    try:
        return date.fromisoformat(text[:10]).isoformat()[:4] if _DAY.fullmatch(text[:10]) else DROPPED
    except ValueError:
        return DROPPED


def _range(text: str, step: MaskStep, _secret: bytes, _value: Any) -> Any:
    if not _NUMBER.fullmatch(text):
        return DROPPED
    number = Decimal(text)
    return bands(step.steps)[sum(number >= least for least in step.steps)]


def _truncate(text: str, step: MaskStep, *_: Any) -> Any:
    return text[: step.at]


def bands(steps: tuple[int, ...]) -> tuple[str, ...]:
    """The words that `range` has for a number: `<1000`, `1000..5000`, `>=5000`. A band holds where it begins."""
    between = [f"{least}..{most}" for least, most in pairwise(steps)]
    return (f"<{steps[0]}", *between, f">={steps[-1]}")


_MASKS: Final[dict[Mask, Callable[[str, MaskStep, bytes, Any], Any]]] = {
    Mask.ALLOW: _allow,
    Mask.DROP: _drop,
    Mask.EMPTY: _empty,
    Mask.LAST4: _last4,
    Mask.KEYED_HASH: _digest,
    Mask.TOKEN: _digest,
    Mask.YEAR: _year,
    Mask.RANGE: _range,
    Mask.TRUNCATE: _truncate,
}
