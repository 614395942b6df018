"""Rows from outside: read by a model, and a bad one put aside so that its page goes on.

`parsed` is for what a pull cannot do without (an envelope, a cursor's fields): it raises. `sifted`
is for the rows themselves: what raises Malformed there becomes a Reject, and the rest is kept.
"""

import base64
import re
import zlib
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, ValidationError

from connectors.faults import Malformed
from connectors.port import Reject, Row

_NUMBER = re.compile(r"0|[1-9][0-9]{0,17}", re.ASCII)

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")


class VendorModel(BaseModel):
    """The part of a vendor's answer that a connector relies on. What else is in it is left alone."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


def _written_instant(value: object) -> object:
    # pydantic takes the telephone number "+33123456789" for an instant of 1971, and any number for one too.
    if not isinstance(value, str) or value[4:5] != "-" or value[10:11] not in ("T", "t", " "):
        raise ValueError("not RFC 3339")
    return value


def _with_offset(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("no offset")
    return value


#: RFC 3339 with an offset, and nothing else that could be taken for an instant.
Instant = Annotated[datetime, BeforeValidator(_written_instant), AfterValidator(_with_offset)]


def parsed(model: type[M], data: object) -> M:
    """The data as that model, or Malformed with the names of the fields that do not fit, never their values."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        known = set(model.model_fields)
        known |= {field.alias for field in model.model_fields.values() if field.alias}
        names = dict.fromkeys(str(one["loc"][0]) for one in found if one["loc"] and one["loc"][0] in known)
        raise Malformed("wrong_shape", fields=tuple(names)) from None


def sifted(
    items: Iterable[T], read: Callable[[T], Row], key_of: Callable[[T], str] = lambda _: ""
) -> tuple[list[Row], list[Reject]]:
    """The items that can be read, and why each other one cannot."""
    rows: list[Row] = []
    rejects: list[Reject] = []
    for item in items:
        try:
            rows.append(read(item))
        except Malformed as fault:
            rejects.append(Reject(key_of(item), fault.code, fault.fields))
    return rows, rejects


def packed(keys: Iterable[str]) -> str:
    """A set of keys without line breaks as short text, for a cursor: ids in a row take next to nothing."""
    whole = set(keys)
    if all(map(_NUMBER.fullmatch, whole)):
        before, steps = 0, []
        for number in sorted(map(int, whole)):
            steps.append(str(number - before))
            before = number
        text = "n" + " ".join(steps)
    else:
        text = "t" + "\n".join(sorted(whole))
    return base64.b85encode(zlib.compress(text.encode(), 9)).decode()


def unpacked(text: str) -> set[str]:
    """The keys that `packed` was given. Raises Malformed."""
    try:
        plain = zlib.decompress(base64.b85decode(text)).decode()
        if plain[:1] == "t":
            return set(plain[1:].split("\n")) if len(plain) > 1 else set()
        keys, before = set(), 0
        for step in plain[1:].split():
            before += int(step)
            keys.add(str(before))
    except (ValueError, zlib.error):
        raise Malformed("bad_cursor") from None
    return keys
