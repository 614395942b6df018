"""One value from the CRM's form to the dialer's: typed, bounded, and dropped where it does not fit.

A transform returns `DROPPED` instead of raising: a telephone number that is none must not stop the
prospect, and must not leave as it is either.
"""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Final

import phonenumbers

from mapping.link import FieldMap
from mapping.words import Shape


class _Dropped:
    """The mark of a value that does not fit its shape."""

    def __repr__(self) -> str:
        return "DROPPED"


DROPPED: Final = _Dropped()

Transform = Callable[[Any], Any]

EMAIL_MAX = 254
_NUMBER_LONGEST = 40
_EMAIL = re.compile(r"[^\s@<>\"]{1,64}@[^\s@<>\"]{1,189}")
_FRENCH_E164 = re.compile(r"\+33[1-9][0-9]{8}")
_FRENCH_NATIONAL = re.compile(r"0[1-9][0-9]{8}")


def transform(line: FieldMap, country: str) -> Transform:
    """The transform of one `fields` line. None stays None: an emptied field is news as well."""
    if line.values is not None:
        return _table(line.values)
    return _of_shape(line.shape, line.max, country)


def _of_shape(shape: Shape, limit: int, country: str) -> Transform:
    match shape:
        case Shape.TEXT:
            return _text(limit)
        case Shape.SCREENED_TEXT:
            # Whoever cannot screen sends nothing: gate 1 puts its own in place of this one.
            return _withheld
        case Shape.E164:
            return _e164(country)
        case Shape.EMAIL:
            return _email
        case Shape.INTEGER:
            return _integer
        case Shape.DECIMAL:
            return _decimal
        case Shape.BOOLEAN:
            return _boolean
        case Shape.DATE:
            return _date
        case Shape.DATETIME:
            return _datetime


def _table(values: dict[str, str]) -> Transform:
    table: dict[Any, Any] = {**values, None: None}

    def look_up(value: Any) -> Any:
        if type(value) is bool:
            return table.get("true" if value else "false", DROPPED)
        if type(value) is int:
            return table.get(str(value), DROPPED)
        return table.get(value, DROPPED) if value is None or type(value) is str else DROPPED

    return look_up


def _withheld(value: Any) -> Any:
    return None if value is None else DROPPED


def _text(limit: int) -> Transform:
    def as_text(value: Any) -> Any:
        kind = type(value)
        if kind is str:
            return value if len(value) <= limit else value[:limit]
        if value is None:
            return None
        if kind is bool:
            return "true" if value else "false"
        return str(value)[:limit] if kind is int or kind is float else DROPPED

    return as_text


def _e164(country: str) -> Transform:
    def as_e164(value: Any) -> Any:
        if value is None:
            return None
        return e164(value, country) if type(value) is str else DROPPED

    return as_e164


def e164(number: str, country: str) -> Any:
    """A telephone number as E.164, or DROPPED. Extensions are dropped, as E.164 has none (ITU-T E.164, 2010)."""
    # French numbers, in the two ways nearly all are written: a library call costs fifty times this look.
    if _FRENCH_E164.fullmatch(number):
        return number
    if country == "FR":
        plain = number.replace(" ", "").replace(".", "").replace("-", "")
        if _FRENCH_NATIONAL.fullmatch(plain):
            return "+33" + plain[1:]
    # Only what is about as long as a number is remembered: a field of free text must not fill memory.
    return _remembered(number, country) if len(number) <= _NUMBER_LONGEST else _parsed(number, country)


def _parsed(number: str, country: str) -> Any:
    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return DROPPED
    if not phonenumbers.is_possible_number(parsed):
        return DROPPED
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


_remembered = lru_cache(maxsize=65_536)(_parsed)


def _email(value: Any) -> Any:
    if value is None:
        return None
    return value if type(value) is str and len(value) <= EMAIL_MAX and _EMAIL.fullmatch(value) else DROPPED


def _integer(value: Any) -> Any:
    kind = type(value)
    if kind is int or value is None:
        return value
    if kind is float and value == value // 1 and abs(value) < 2**53:
        return int(value)
    if kind is str and len(value) <= 18 and re.fullmatch(r"[+-]?[0-9]+", value, re.ASCII):
        return int(value)
    return DROPPED


def _decimal(value: Any) -> Any:
    if value is None:
        return None
    if type(value) not in (int, float, str) or len(str(value)) > 40:
        return DROPPED
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return DROPPED
    return format(number, "f") if number.is_finite() and abs(number.adjusted()) < 30 else DROPPED


def _boolean(value: Any) -> Any:
    return value if value is None or type(value) is bool else DROPPED


def _date(value: Any) -> Any:
    if value is None:
        return None
    if type(value) is not str:
        return DROPPED
    try:
        return date.fromisoformat(value[:10]).isoformat() if len(value) >= 10 else DROPPED
    except ValueError:
        return DROPPED


def _datetime(value: Any) -> Any:
    if value is None:
        return None
    if type(value) is not str:
        return DROPPED
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return DROPPED
    return moment.isoformat() if moment.tzinfo is not None else DROPPED
