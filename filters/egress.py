"""Gate 2, egress: independent code that looks at the final payload and trusts nobody.

It does not know how the payload was made. It holds its own list of what a dialer field may carry
(made from labels and clearances, not from gate 1's lines), checks every path, type and length, and
then looks for the reserved values that the event carried: those of fields that somebody in the
audience is not cleared for.

What is guarded: a reserved text of at least `TEXT_GUARDED` letters and digits, a reserved number of
at least `NUMBER_GUARDED` digits. A field that carries exactly the value of its own cleared source is
that value's rightful place, even where a reserved field happens to hold the same; inside a longer
text only long reserved texts and numbers count, or a common word ("Lille") would block everything.
"""

import re
from collections.abc import Callable, Mapping
from operator import itemgetter
from typing import Any, NamedTuple

from filters.folding import fold, number_forms, numbers_in
from filters.shape import SHAPES_KEPT, PerShape, Shape
from mapping import words
from mapping.policy import Policy

TEXT_GUARDED = 3
#: Inside a text that is its own source, only a reserved text this long counts as hidden in it.
HIDDEN_TEXT_GUARDED = 12
NUMBER_GUARDED = 3
HIDDEN_NUMBER_GUARDED = 4

_E164 = re.compile(r"\+[1-9][0-9]{5,14}")
_EMAIL = re.compile(r"[^\s@<>\"]{1,64}@[^\s@<>\"]{1,189}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATETIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,15}(?:Z|[+-][0-9]{2}:[0-9]{2})")
_DECIMAL = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?")
#: An amount is known by its whole part, however its cents are written.
_FRACTION = re.compile(r"(?<=[0-9]{3})\.[0-9]+")
_PATTERNS = {
    words.Shape.E164: (_E164, 16),
    words.Shape.EMAIL: (_EMAIL, 254),
    words.Shape.DATE: (_DATE, 10),
    words.Shape.DATETIME: (_DATETIME, 40),
    words.Shape.DECIMAL: (_DECIMAL, 62),
}
_TYPES = {words.Shape.INTEGER: int, words.Shape.BOOLEAN: bool}

_Getters = tuple[tuple[str, Any], ...]


UNLISTED = "unlisted field"


class Allowed(NamedTuple):
    """What one dialer field may carry: the value of one source, in one type, up to one length."""

    object: str
    name: str
    type: type
    pattern: re.Pattern[str] | None
    longest: int
    #: The only words it may carry, where the link gives a value table.
    words: frozenset[str] | None

    @property
    def plain(self) -> bool:
        """A text with nothing but a length to check."""
        return self.type is str and self.pattern is None and self.words is None

    def match(self, value: str) -> Any:
        """None where a text is not in its form or among its words."""
        if self.words is not None:
            return True if value in self.words else None
        return self.pattern.fullmatch(value) if self.pattern is not None else True

    def fits(self, value: Any) -> bool:
        """Whether a value of the right type has the right form and length."""
        if self.type is not str:
            return True
        return self.match(value) is not None and (self.words is not None or len(value) <= self.longest)


class _Contract(NamedTuple):
    """What a payload with these fields, in this order, must look like."""

    known: bool
    types: tuple[type, ...]
    #: A payload no longer than this has no text that is too long.
    short: int
    #: The forms of its typed texts.
    checks: tuple[tuple[str, Callable[[str], Any]], ...]


class Egress:
    """Gate 2 for one audience."""

    def __init__(self, policy: Policy, audience: tuple[str, ...]) -> None:
        rules = [policy.profiles[name] for name in audience]
        self._cleared = frozenset(
            source
            for source, label in policy.labels.items()
            if rules and all((source[0], label) in rule.clearance for rule in rules)
        )
        self._allowed: dict[str, Allowed] = {}
        for line in policy.fields:
            item, name = line.source.split(".", 1)
            if (item, name) in self._cleared:
                self._allowed[line.to] = _allowed(item, name, line)
        self._reserved_of = PerShape(self._plan)
        self._contract_of: dict[tuple[Any, ...], _Contract] = {}

    def blocks(self, fields: Any, data: Mapping[str, Any], written: bytes, shape: Shape) -> str:
        """The name of the first field that may not leave, or nothing.

        `written` is the payload as it will be sent; `shape` is `shape_of(data)`.
        """
        if type(fields) is not dict:
            return "payload"
        contract = self._contract_of.get(tuple(fields))
        if contract is None:
            contract = self._contract(tuple(fields))
        # The usual payload passes on three looks at all of it; only an unusual one is walked field by field.
        if (
            not contract.known
            or tuple(map(type, fields.values())) != contract.types
            or len(written) > contract.short
            or None in [match(fields[to]) for to, match in contract.checks]
        ):
            blocked = self._walk(fields)
            if blocked:
                return blocked
        reserved: list[Any] = []
        for item, get in self._reserved_of.of(shape, data):
            reserved += get(data[item]) if item else get(data)
        if not reserved:
            return ""
        haystack = fold(written.decode())
        # One fold for all: a line end inside a value only splits it into parts that are guarded each.
        longest = len(haystack)
        for part in fold(_FRACTION.sub("\n", "\n".join(map(str, reserved)))).split(b"\n"):
            if TEXT_GUARDED <= len(part) <= longest and part in haystack:
                return self._confirm(fields, data, [str(value) for value in reserved if type(value) not in _WORDLESS])
        return ""

    def _walk(self, fields: dict[str, Any]) -> str:
        for to, value in fields.items():
            rule = self._allowed.get(to)
            if rule is None:
                return UNLISTED
            if value is not None and (type(value) is not rule.type or not rule.fits(value)):
                return to
        return ""

    def _contract(self, names: tuple[Any, ...]) -> _Contract:
        rules = {to: self._allowed[to] for to in names if to in self._allowed}
        if len(rules) != len(names):
            return _Contract(known=False, types=(), short=0, checks=())
        contract = _Contract(
            known=True,
            types=tuple(rule.type for rule in rules.values()),
            short=min([rule.longest for rule in rules.values() if rule.plain], default=1 << 20),
            checks=tuple((to, _matcher(rule)) for to, rule in rules.items() if not rule.plain and rule.type is str),
        )
        if len(self._contract_of) >= SHAPES_KEPT:
            self._contract_of.clear()
        self._contract_of[names] = contract
        return contract

    def _plan(self, data: Mapping[str, Any]) -> _Getters:
        """How the reserved values of one shape of event are fetched, an object at a time."""
        getters: list[tuple[str, Any]] = []
        loose = []
        for item, held in data.items():
            if type(held) is not dict:
                loose.append(item)
                continue
            names = [name for name in held if (item, name) not in self._cleared]
            if names:
                # Asked twice for one name, an itemgetter still answers a tuple.
                getters.append((item, itemgetter(*(names if len(names) > 1 else names * 2))))
        if loose:
            getters.append(("", itemgetter(*(loose if len(loose) > 1 else loose * 2))))
        return tuple(getters)

    def _confirm(self, fields: dict[str, Any], data: Mapping[str, Any], reserved: list[str]) -> str:
        """The slow look, at one field at a time, once something resembling a reserved value was seen."""
        guarded = [_Guarded(value) for value in reserved]
        for to, value in fields.items():
            rule = self._allowed[to]
            if value is None or rule.words is not None:
                continue
            shown = str(value)
            rightful = _same(rule, shown, (data.get(rule.object) or {}).get(rule.name))
            folded, numbers = fold(shown), numbers_in(shown)
            if any(item.shows_in(folded, numbers, rightful=rightful) for item in guarded):
                return to
        return ""


_WORDLESS = (bool, type(None))


class _Guarded:
    """One reserved value, in the forms under which it would be recognised."""

    def __init__(self, value: str) -> None:
        self.parts = tuple(p for p in fold(value).split(b"\n") if len(p) >= TEXT_GUARDED)
        self.numbers = frozenset(n for n in number_forms(value) if len(n) >= NUMBER_GUARDED)

    def shows_in(self, folded: bytes, numbers: frozenset[str], *, rightful: bool) -> bool:
        if self.numbers:
            hits = self.numbers & numbers
            if not rightful:
                return bool(hits)
            return any(len(n) >= HIDDEN_NUMBER_GUARDED and n.encode() != folded for n in hits)
        if not rightful:
            return any(part in folded for part in self.parts)
        return any(len(part) >= HIDDEN_TEXT_GUARDED and part in folded and part != folded for part in self.parts)


def _matcher(rule: Allowed) -> Callable[[str], Any]:
    # The C functions themselves: a call of ours around them would double their cost.
    if rule.words is not None:
        return dict.fromkeys(rule.words, True).get
    return rule.pattern.fullmatch if rule.pattern is not None else rule.match


def _allowed(item: str, name: str, line: Any) -> Allowed:
    if line.values is not None:
        return Allowed(item, name, str, None, 0, frozenset(line.values.values()))
    pattern, longest = _PATTERNS.get(line.shape, (None, line.max))
    return Allowed(item, name, _TYPES.get(line.shape, str), pattern, longest, None)


def _same(rule: Allowed, shown: str, source: Any) -> bool:
    """Whether a field shows its own source and nothing else."""
    if source is None or type(source) in (dict, list):
        return False
    text = str(source)
    if rule.pattern is _E164:
        digits = re.sub(r"[^0-9]", "", text).lstrip("0")
        return len(digits) >= 6 and digits.endswith(shown[-6:])
    if rule.pattern is _DECIMAL:
        return shown.rstrip("0").rstrip(".") == text.rstrip("0").rstrip(".") or shown == text
    if rule.pattern in (_DATE, _DATETIME):
        return shown[:10] == text[:10]
    return shown == text or (len(shown) == rule.longest and text.startswith(shown))
