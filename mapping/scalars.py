"""What a bare word of a link file stands for: the place where it stands decides, and never YAML 1.1.

PyYAML would read `NO` as false, `0123` as 83 and `12:30:45` as 45045. Here a bare word is text
wherever text is due; where a number, a truth value or a day is due it must be written as one
(YAML 1.2, core schema). Only a perimeter's conditions take several kinds.
"""

import re
from datetime import date, timedelta
from typing import Any, Final

from pydantic_core import PydanticCustomError

from mapping import durations

#: Longer whole numbers do not fit 64 bits.
DIGITS_MAX: Final = 18

_NULL: Final = frozenset({"", "~", "null", "Null", "NULL"})
_TRUTH: Final = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_WHOLE = re.compile(r"[-+]?[0-9]+", re.ASCII)
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+", re.ASCII)
_OTHER_NUMBER = re.compile(
    r"0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
    re.ASCII,
)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)


class Plain(str):
    """A scalar that stands in the file without quotes. Its text is as written."""

    __slots__ = ()


def is_null(word: str) -> bool:
    """Whether a bare word stands for nothing at all."""
    return word in _NULL


def condition(value: Any) -> Any:
    """A value of a condition: text, a whole number or a truth value, and nothing that could be two of them."""
    if type(value) is not Plain:
        return value
    if value in _TRUTH:
        return _TRUTH[value]
    if _LEADING_ZERO.fullmatch(value) or (_WHOLE.fullmatch(value) and len(value) > DIGITS_MAX):
        raise PydanticCustomError("ambiguous_number", "a number that may be a text")
    if _WHOLE.fullmatch(value):
        return int(value)
    if _OTHER_NUMBER.fullmatch(value):
        raise PydanticCustomError("ambiguous_number", "a number that may be a text")
    return str(value)


def whole(value: Any) -> Any:
    """A whole number, written bare."""
    if type(value) is Plain and len(value) <= DIGITS_MAX and _WHOLE.fullmatch(value):
        return int(value)
    if type(value) is int:
        return value
    raise PydanticCustomError("not_whole", "not a whole number")


def whole_if_any(value: Any) -> Any:
    """A whole number, or nothing."""
    return None if value is None else whole(value)


def rules(value: Any) -> Any:
    """A list of rules: one of them may stand alone, and one word for a rule that says only `as`."""
    held = value if isinstance(value, list) else [value]
    return [{"as": one} if isinstance(one, str) else one for one in held]


def day(value: Any) -> date:
    """A day of the calendar, from `2026-11-20`."""
    if type(value) is date:
        return value
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise PydanticCustomError("day_form", "not written as a day")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("no_such_day", "no such day") from None


def duration(value: Any) -> timedelta:
    """A duration, from `2d`."""
    if isinstance(value, timedelta):
        return value
    parsed = durations.parse(value) if isinstance(value, str) else None
    if parsed is None:
        raise PydanticCustomError("duration_form", "not written as a duration")
    return parsed


__all__ = ["DIGITS_MAX", "Plain", "condition", "day", "duration", "is_null", "rules", "whole", "whole_if_any"]
