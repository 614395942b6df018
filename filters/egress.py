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
from collections.abc import Mapping
from operator import itemgetter
from typing import Any

from filters.contract import Contract, Origin, allowed_fields, cleared_sources, contract_for
from filters.folding import as_text, fold, number_forms, numbers_in
from filters.partial import ROOMY
from filters.shape import SHAPES_KEPT, PerShape, Shape
from mapping.policy import Policy
from mapping.words import Mask

TEXT_GUARDED = 3
#: Inside a text that is its own source, only a reserved text this long counts as hidden in it.
HIDDEN_TEXT_GUARDED = 12
NUMBER_GUARDED = 3
HIDDEN_NUMBER_GUARDED = 4

#: An amount is known by its whole part, however its cents are written.
_FRACTION = re.compile(r"(?<=[0-9]{3})\.[0-9]+")
_DIGITS = re.compile(r"[0-9][0-9 .,'\u00a0\u202f\u2019]*[0-9]")
_NUMERIC = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?").fullmatch
_NUMBERS = (int, float)

_NESTED = frozenset({dict, list})

#: None as the object: what lies beside the objects.
_Getters = tuple[tuple[str | None, Any], ...]


UNLISTED = "unlisted field"


class Egress:
    """Gate 2 for one audience."""

    def __init__(self, policy: Policy, audience: tuple[str, ...]) -> None:
        self._cleared = cleared_sources(policy, audience)
        self._allowed = allowed_fields(policy, audience)
        self._reserved_of = PerShape(self._plan)
        self._contract_of: dict[tuple[Any, ...], Contract] = {}

    def blocks(self, fields: Any, data: Mapping[str, Any], written: bytes, shape: Shape) -> str:
        """The name of the first field that may not leave, or nothing.

        `written` is the payload as it will be sent; `shape` is `shape_of(data)`.
        """
        if type(fields) is not dict:
            return "payload"
        contract = self._contract_of.get(tuple(fields)) or self._contract(tuple(fields))
        if contract is None:
            return UNLISTED
        parts = {to: part.rule(fields[to], data) for to, part in contract.partial}
        if None in parts.values():
            return next(to for to, mask in parts.items() if mask is None)
        # The usual payload passes on four looks at all of it; only an unusual one is walked field by field.
        if (
            tuple(map(type, fields.values())) != contract.types
            or len(written) > contract.short
            or None in [match(fields[to]) for to, match in contract.checks]
        ):
            blocked = self._walk(fields)
            if blocked:
                return blocked
        suspects, foreign = _suspects(contract.origins, fields, data)
        roomy = frozenset(to for to, mask in parts.items() if mask in ROOMY and type(fields[to]) is str)
        suspects += [fields[to] for to in roomy]
        if not suspects:
            return ""
        reserved: list[Any] = []
        for item, get in self._reserved_of.of(shape, data):
            reserved += get(data) if item is None else get(data[item])
        if not _NESTED.isdisjoint(map(type, reserved)):
            reserved = _leaves(reserved)
        if not reserved or not _resembles(suspects, reserved, foreign=foreign):
            return ""
        texts = [as_text(value) for value in reserved if type(value) not in _WORDLESS]
        whole = {str(part.source(data)) for to, part in contract.partial if parts[to] is Mask.ALLOW}
        return self._confirm(fields, data, [text for text in texts if text not in whole], roomy)

    def _walk(self, fields: dict[str, Any]) -> str:
        for to, value in fields.items():
            rule = self._allowed[to]
            if rule.partial is None and value is not None and (type(value) is not rule.type or not rule.fits(value)):
                return to
        return ""

    def _contract(self, names: tuple[Any, ...]) -> Contract | None:
        contract = contract_for(names, self._allowed)
        if contract is not None:
            if len(self._contract_of) >= SHAPES_KEPT:
                self._contract_of.clear()
            self._contract_of[names] = contract
        return contract

    def _plan(self, data: Mapping[str, Any]) -> _Getters:
        """How the reserved values of one shape of event are fetched, an object at a time."""
        getters: list[tuple[str | None, Any]] = []
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
            getters.append((None, itemgetter(*(loose if len(loose) > 1 else loose * 2))))
        return tuple(getters)

    def _confirm(
        self, fields: dict[str, Any], data: Mapping[str, Any], reserved: list[str], roomy: frozenset[str]
    ) -> str:
        """The slow look, at one field at a time, once something resembling a reserved value was seen."""
        guarded = [(value, _Guarded(value)) for value in reserved]
        for to, value in fields.items():
            rule = self._allowed[to]
            if value is None or rule.words is not None or (rule.partial is not None and to not in roomy):
                continue
            shown = str(value)
            source = (data.get(rule.object) or {}).get(rule.name)
            # What shows a part of its source shows what it may of it; anything else that is reserved counts.
            own = as_text(source) if rule.partial is not None else None
            rightful = rule.partial is not None or shown == source or rule.shows(shown, source)
            folded, numbers = fold(shown).replace(b"\n", b""), numbers_in(shown)
            if any(item.shows_in(folded, numbers, rightful=rightful) for text, item in guarded if text != own):
                return to
        return ""


_WORDLESS = (bool, type(None))


def _leaves(values: list[Any]) -> list[Any]:
    """The values themselves, and what is nested in them instead of what holds it."""
    leaves: list[Any] = []
    waiting = list(values)
    while waiting:
        value = waiting.pop()
        if type(value) is dict:
            waiting.extend(value.values())
        elif type(value) is list:
            waiting.extend(value)
        else:
            leaves.append(value)
    return leaves


def _suspects(origins: tuple[Origin, ...], fields: dict[str, Any], data: Mapping[str, Any]) -> tuple[list[str], bool]:
    """The texts in which something could hide, and whether one of them does not show its own source.

    A field that shows exactly its own cleared source, and is too short to hide anything else, is none.
    """
    suspects: list[str] = []
    foreign = False
    for to, item, name, same, roomy in origins:
        value = fields[to]
        held = data.get(item)
        source = held.get(name) if held else None
        if value != source and value is not None and not same(str(value), source):
            foreign = True
            suspects.append(str(value))
        elif roomy and type(value) is str and (len(value) >= HIDDEN_TEXT_GUARDED or not value.isalpha()):
            suspects.append(value)
    return suspects, foreign


def _resembles(suspects: list[str], reserved: list[Any], *, foreign: bool) -> bool:
    """Whether anything in the suspects could be a reserved value: quick, and never wrong about a no.

    A reserved text more than twice as long as all suspects together is not looked for: less than
    half of it would have to be letters and digits.
    """
    shown = "\n".join(suspects)
    longest = 2 * len(shown)
    least = TEXT_GUARDED if foreign else HIDDEN_TEXT_GUARDED
    needles = [value for value in reserved if type(value) is str and least <= len(value) <= longest]
    needles += [value.replace("\n", " ") for value in needles if "\n" in value]
    if foreign or _DIGITS.search(shown):
        numbers = [v for v in reserved if type(v) in _NUMBERS or (type(v) is str and _NUMERIC(v))]
        needles += [_FRACTION.sub("", as_text(number)) for number in numbers]
    if not needles:
        return False
    haystack = fold(shown).replace(b"\n", b"")
    room = len(haystack)
    parts = fold("\n".join(needles)).split(b"\n")
    return any(TEXT_GUARDED <= len(part) <= room and part in haystack for part in parts)


class _Guarded:
    """One reserved value, in the forms under which it would be recognised."""

    def __init__(self, value: str) -> None:
        folded = fold(value)
        lines = dict.fromkeys([*folded.split(b"\n"), folded.replace(b"\n", b"")])
        self.parts = tuple(part for part in lines if len(part) >= TEXT_GUARDED)
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
