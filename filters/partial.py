"""Gate 2's own reading of masks: what a field has to show of which only a part may leave.

Worked out anew from the source, apart from gate 1. A field that shows anything else is not let out, be it less.
"""

import hmac
from bisect import bisect_right
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

from mapping.link import FieldMap
from mapping.masks import MaskStep, Shown
from mapping.policy import Policy
from mapping.transforms import DROPPED, e164
from mapping.words import Mask, Shape

#: Masks that may leave a text in which something else could hide.
ROOMY: Final = frozenset({Mask.TRUNCATE, Mask.ALLOW})
_NESTED: Final = (dict, list)
_DIGEST_DIGITS: Final = 16
#: Powers of ten beyond which a number is none of a record's.
_LARGEST: Final = 30


class Partial(NamedTuple):
    """What one dialer field may show of its source."""

    line: FieldMap
    shown: Shown
    country: str
    secret: bytes

    def rule(self, value: Any, data: Mapping[str, Any]) -> Mask | None:
        """The mask whose work a value is, where it is that of the rule that holds; nothing where it is not.

        An empty value says nothing; but where a rule says that the field stays home, not even that goes out.
        """
        step = _deciding(self.shown, data)
        if step is None or step.mask is Mask.DROP:
            return None
        if value is None:
            return step.mask
        source = self.source(data)
        if source is None or type(source) in _NESTED or self.line.values is not None:
            return None
        form = _FORMS[self.line.shape](source, self)
        if form is None or not _same(value, _LEFT[step.mask](form, step, self.secret), step.mask):
            return None
        return step.mask

    def source(self, data: Mapping[str, Any]) -> Any:
        """The value that it shows a part of."""
        item, name = self.line.source.split(".", 1)
        return (data.get(item) or {}).get(name)


def partial_sources(policy: Policy, audience: tuple[str, ...]) -> dict[tuple[str, str], Shown]:
    """The CRM fields of which everybody in the audience may read the same part, and somebody no more than that."""
    rules = [policy.profiles[name] for name in audience]
    found = {}
    for source, label in policy.labels.items():
        of = (source[0], label)
        parts = {rule.masks.get(of) for rule in rules if of not in rule.clearance}
        if len(parts) == 1 and (part := parts.pop()) is not None:
            found[source] = part
    return found


def _deciding(shown: Shown, data: Mapping[str, Any]) -> MaskStep | None:
    for step in shown:
        looked = [(data.get(item) or {}).get(name) for item, name, _ in step.when]
        if any(value is None or type(value) in _NESTED for value in looked):
            return None  # a rule that cannot be judged may have been written to hide
        if all(value in allowed for value, (_, _, allowed) in zip(looked, step.when, strict=True)):
            return step
    return None


def _same(value: Any, left: str | None, mask: Mask) -> bool:
    if type(value) is str:
        return value == left
    whole = mask is Mask.ALLOW and type(value) in (int, bool) and left is not None
    return whole and str(value).lower() == left


def _text(source: Any, part: Partial) -> str | None:
    text = str(source).lower() if type(source) is bool else str(source)
    return text[: part.line.max]


def _e164(source: Any, part: Partial) -> str | None:
    number = e164(source, part.country) if type(source) is str else DROPPED
    return None if number is DROPPED else str(number)


def _integer(source: Any, _part: Partial) -> str | None:
    number = _number(source)
    return str(int(number)) if number is not None and number == number.to_integral_value() else None


def _decimal(source: Any, _part: Partial) -> str | None:
    number = _number(source)
    return None if number is None else format(number, "f")


def _number(source: Any) -> Decimal | None:
    if type(source) is bool or len(str(source)) > _LARGEST + 10:
        return None
    try:
        number = Decimal(str(source))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < _LARGEST else None


def _boolean(source: Any, _part: Partial) -> str | None:
    return str(source).lower() if type(source) is bool else None


def _date(source: Any, _part: Partial) -> str | None:
    try:
        return date.fromisoformat(str(source)[:10]).isoformat()
    except ValueError:
        return None


def _datetime(source: Any, _part: Partial) -> str | None:
    try:
        return datetime.fromisoformat(str(source)).isoformat()
    except ValueError:
        return None


#: A source in the one form that the dialer is given of it.
_FORMS: Final[dict[Shape, Callable[[Any, Partial], str | None]]] = {
    Shape.TEXT: _text,
    Shape.EMAIL: lambda source, _part: str(source),
    Shape.E164: _e164,
    Shape.INTEGER: _integer,
    Shape.DECIMAL: _decimal,
    Shape.BOOLEAN: _boolean,
    Shape.DATE: _date,
    Shape.DATETIME: _datetime,
}


def _last4(form: str, *_: Any) -> str | None:
    return "****" + (form[len(form) - 4 :] if len(form) > 7 else "")


def _digest(form: str, step: MaskStep, secret: bytes) -> str | None:
    if not secret:
        return None
    said = f"{step.mask.value}|{form}".encode(errors="surrogatepass")
    made = hmac.digest(secret, said, "sha256").hex()[:_DIGEST_DIGITS]
    return f"h_{made}" if step.mask is Mask.KEYED_HASH else f"t_{made}"


def _year(form: str, *_: Any) -> str | None:
    try:
        return f"{date.fromisoformat(form[:10]).year:04d}"
    except ValueError:
        return None


def _range(form: str, step: MaskStep, _secret: bytes) -> str | None:
    number = _number(form)
    if number is None:
        return None
    band = bisect_right(step.steps, number)
    if band == 0:
        return f"<{step.steps[0]}"
    return f">={step.steps[-1]}" if band == len(step.steps) else f"{step.steps[band - 1]}..{step.steps[band]}"


_LEFT: Final[dict[Mask, Callable[[str, MaskStep, bytes], str | None]]] = {
    Mask.ALLOW: lambda form, *_: form,
    Mask.DROP: lambda *_: None,
    Mask.EMPTY: lambda *_: None,
    Mask.LAST4: _last4,
    Mask.KEYED_HASH: _digest,
    Mask.TOKEN: _digest,
    Mask.YEAR: _year,
    Mask.RANGE: _range,
    Mask.TRUNCATE: lambda form, step, _secret: form[: step.at],
}
