"""What a payload must look like: gate 2's own reading of a link, made from labels and clearances."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from filters.partial import Partial, partial_sources
from mapping import words
from mapping.free_text import LABEL
from mapping.link import FieldMap
from mapping.policy import Policy
from mapping.transforms import e164

_E164 = re.compile(r"\+[1-9][0-9]{5,14}")
_EMAIL = re.compile(r"[^\s@<>\"]{1,64}@[^\s@<>\"]{1,189}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DATETIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{5,15}(?:Z|[+-][0-9]{2}:[0-9]{2})")
_DECIMAL = re.compile(r"-?[0-9]{1,30}(?:\.[0-9]{1,30})?")
#: Whatever screening lets go, these signs are none of it: nobody writes a price or an address without one or the other.
_SCREENED = re.compile(r"(?:[^%\u2030\u20ac$\u00a3\u00a5@]|(?<!\w)@(?!\w))*+")
#: What stands for the sentences that stayed home.
_MARK = "[\u2026]"
_PATTERNS = {
    words.Shape.E164: (_E164, 16),
    words.Shape.EMAIL: (_EMAIL, 254),
    words.Shape.DATE: (_DATE, 10),
    words.Shape.DATETIME: (_DATETIME, 40),
    words.Shape.DECIMAL: (_DECIMAL, 62),
}
_FORM_OF = {pattern: shape.value for shape, (pattern, _) in _PATTERNS.items()} | {
    _SCREENED: words.Shape.SCREENED_TEXT.value
}
_TYPES = {words.Shape.INTEGER: int, words.Shape.BOOLEAN: bool}
_NESTED = (dict, list)
#: Forms in which a text could hold more than its purpose needs.
_ROOMY = (None, _EMAIL, _SCREENED)


class Allowed(NamedTuple):
    """What one dialer field may carry: the value of one source, in one type, up to one length."""

    object: str
    name: str
    type: type
    pattern: re.Pattern[str] | None
    longest: int
    #: The only words it may carry, where the link gives a value table.
    words: frozenset[str] | None
    country: str
    #: How little of its source it may show, where it may not show all.
    partial: Partial | None = None

    @property
    def plain(self) -> bool:
        """A text with nothing but a length to check."""
        return self.type is str and self.pattern is None and self.words is None and self.partial is None

    @property
    def form(self) -> str:
        """The name of the form its values have: a shape, or `words`."""
        if self.partial is not None:
            return self.partial.line.shape.value
        if self.words is not None:
            return "words"
        if self.pattern is not None:
            return _FORM_OF[self.pattern]
        return next((shape.value for shape, kind in _TYPES.items() if kind is self.type), words.Shape.TEXT.value)

    def match(self, value: str) -> Any:
        """None where a text is not in its form or among its words."""
        if self.words is not None:
            return True if value in self.words else None
        if self.pattern is _SCREENED and len(value) > self.longest:
            return None
        return self.pattern.fullmatch(value) if self.pattern is not None else True

    def fits(self, value: Any) -> bool:
        """Whether a value of the right type has the right form and length."""
        if self.type is not str:
            return True
        return self.match(value) is not None and (self.words is not None or len(value) <= self.longest)

    def shows(self, shown: str, source: Any) -> bool:
        """Whether a text is its own source in this field's form, and nothing else."""
        if source is None or type(source) in _NESTED:
            return False
        text = str(source)
        if self.pattern is _E164:
            return bool(e164(text, self.country) == shown)
        if self.pattern is _DECIMAL:
            return shown == text or _shortened(shown) == _shortened(text)
        if self.pattern in (_DATE, _DATETIME):
            return shown[:10] == text[:10]
        if self.pattern is _SCREENED:
            return _pieces_of(shown, text)
        return shown == text or (len(shown) == self.longest and text.startswith(shown))


class Origin(NamedTuple):
    """A payload's field, its source, and what tells whether it shows that source and nothing else."""

    to: str
    object: str
    name: str
    same: Callable[[str, Any], bool]
    #: A text that could hold more than its purpose needs.
    roomy: bool


class Contract(NamedTuple):
    """What a payload with these fields, in this order, must look like."""

    types: tuple[type, ...]
    #: A payload no longer than this has no text that is too long.
    short: int
    #: The forms of its typed texts.
    checks: tuple[tuple[str, Callable[[str], Any]], ...]
    #: Where its fields come from; not those that only carry words of a table.
    origins: tuple[Origin, ...]
    #: Fields that have to show a part of their source, and nothing else.
    partial: tuple[tuple[str, Partial], ...]


def cleared_sources(policy: Policy, audience: tuple[str, ...]) -> frozenset[tuple[str, str]]:
    """The CRM fields that everybody in the audience may read, whether or not the link sends them."""
    rules = [policy.profiles[name] for name in audience]
    return frozenset(
        source
        for source, label in policy.labels.items()
        if rules and all((source[0], label) in rule.clearance for rule in rules)
    )


def allowed_fields(policy: Policy, audience: tuple[str, ...]) -> dict[str, Allowed]:
    """Every dialer field that may leave for an audience, and what it may carry."""
    cleared, partial = cleared_sources(policy, audience), partial_sources(policy, audience)
    allowed = {}
    for line in policy.fields:
        item, name = line.source.split(".", 1)
        if _prose_in_part(line, policy.labels.get((item, name)), whole=(item, name) in cleared):
            continue
        if (item, name) in cleared:
            allowed[line.to] = _allowed(item, name, line, policy.country)
        elif (item, name) in partial:
            part = Partial(line, partial[item, name], policy.country, policy.secret)
            allowed[line.to] = Allowed(item, name, str, None, line.max, None, policy.country, part)
    return allowed


def contract_for(names: tuple[Any, ...], allowed: dict[str, Allowed]) -> Contract | None:
    """What a payload with these fields must look like; None where one of them may not leave."""
    rules = {to: allowed[to] for to in names if to in allowed}
    if len(rules) != len(names):
        return None
    return Contract(
        types=tuple(rule.type for rule in rules.values()),
        short=min([rule.longest for rule in rules.values() if rule.plain], default=1 << 20),
        checks=tuple(
            (to, _matcher(rule))
            for to, rule in rules.items()
            if not rule.plain and rule.type is str and rule.partial is None
        ),
        origins=tuple(
            Origin(to, rule.object, rule.name, rule.shows, rule.type is str and rule.pattern in _ROOMY)
            for to, rule in rules.items()
            if rule.words is None and rule.partial is None
        ),
        partial=tuple((to, rule.partial) for to, rule in rules.items() if rule.partial is not None),
    )


def _shortened(number: str) -> str:
    return number.rstrip("0").rstrip(".") if "." in number else number


def _prose_in_part(line: FieldMap, label: str | None, *, whole: bool) -> bool:
    """Free text leaves screened or not at all, and no mask leaves a part of it, whatever gate 1 makes of it."""
    if line.shape is words.Shape.SCREENED_TEXT:
        return not whole
    return label == LABEL and line.values is None and line.shape is words.Shape.TEXT


def _pieces_of(shown: str, text: str) -> bool:
    """Whether a text is its source with marks for some of it, cut or not."""
    place = 0
    for piece in shown.removesuffix("[").removesuffix(_MARK[:2]).split(_MARK):
        found = text.find(piece, place)
        if found < 0:
            return False
        place = found + len(piece)
    return True


def _matcher(rule: Allowed) -> Callable[[str], Any]:
    # The C functions themselves: a call of ours around them would double their cost.
    if rule.words is not None:
        return dict.fromkeys(rule.words, True).get
    return rule.pattern.fullmatch if rule.pattern is not None and rule.pattern is not _SCREENED else rule.match


def _allowed(item: str, name: str, line: FieldMap, country: str) -> Allowed:
    if line.values is not None:
        return Allowed(item, name, str, None, 0, frozenset(line.values.values()), country)
    if line.shape is words.Shape.SCREENED_TEXT:
        return Allowed(item, name, str, _SCREENED, line.max, None, country)
    pattern, longest = _PATTERNS.get(line.shape, (None, line.max))
    return Allowed(item, name, _TYPES.get(line.shape, str), pattern, longest, None, country)
