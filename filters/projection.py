"""Gate 1, strip: the outgoing record is built field by field from the allow-list.

There is no code path for a field that is not named: nothing is copied and then cleaned. What may be read only in part
is masked on the way, and free text is screened.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from filters.masking import masked
from filters.screening.screen import screened
from filters.shape import PerShape, Shape, pointers_of
from mapping import words
from mapping.free_text import LABEL
from mapping.link import FieldMap
from mapping.masks import Shown, deciding, shown_to_all
from mapping.policy import Policy
from mapping.transforms import DROPPED, Transform, transform


class Line(NamedTuple):
    """One cleared line of the allow-list."""

    object: str
    name: str
    to: str
    transform: Transform
    pointer: str
    #: Longest text that needs no transform; below 0, so that not even the empty text counts, where every value does.
    as_is: int
    #: What the link file says of it.
    field: FieldMap
    #: How much of it is shown; nothing said: all.
    shown: Shown

    @property
    def free_text(self) -> bool:
        """Whether its sentences are looked at one by one."""
        return self.field.shape is words.Shape.SCREENED_TEXT


class Plan(NamedTuple):
    """What one shape of event sends and strips."""

    #: By object: the object's name, and (field, to, as_is, transform) of each line it can fill.
    steps: tuple[tuple[str, tuple[tuple[str, str, int, Transform], ...]], ...]
    #: The lines of which only a part is shown, and which are not among the steps.
    masked: tuple[Line, ...]
    #: Those whose text is screened, and which are not among the steps either.
    screened: tuple[Line, ...]
    sent: tuple[str, ...]
    stripped: tuple[str, ...]


class Projected(NamedTuple):
    """The outgoing record, and what became of each field of the event."""

    fields: dict[str, Any]
    sent: tuple[str, ...]
    masked: tuple[str, ...]
    stripped: tuple[str, ...]


class Projection:
    """Gate 1 for one audience: the profiles who will be able to read what it lets through."""

    def __init__(self, policy: Policy, audience: tuple[str, ...]) -> None:
        self.audience = audience
        self.lines = allowed_lines(policy, audience)
        self._secret = policy.secret
        self._plans = PerShape(self._plan)

    def apply(self, data: Mapping[str, Any], shape: Shape) -> Projected:
        """Build the outgoing record from a whole event's `data`; `shape` is `shape_of(data)`."""
        plan = self._plans.of(shape, data)
        fields: dict[str, Any] = {}
        dropped = False
        for item, lines in plan.steps:
            held = data[item]
            for name, to, as_is, change in lines:
                value = held[name]
                if type(value) is str and len(value) <= as_is:
                    fields[to] = value
                else:
                    value = change(value)
                    if value is DROPPED:
                        dropped = True
                    else:
                        fields[to] = value
        if plan.masked or plan.screened:
            return self._masked(data, plan, fields)
        if not dropped:
            return Projected(fields, plan.sent, (), plan.stripped)
        gone = self._gone(plan, fields)
        return Projected(fields, tuple(p for p in plan.sent if p not in gone), (), (*plan.stripped, *gone))

    def _gone(self, plan: Plan, fields: dict[str, Any]) -> tuple[str, ...]:
        """What stayed home because its value did not fit, or because a mask says so."""
        left = {line.pointer for line in self.lines if line.to in fields}
        return tuple(pointer for pointer in plan.sent if pointer not in left)

    def _masked(self, data: Mapping[str, Any], plan: Plan, fields: dict[str, Any]) -> Projected:
        """With what may be read only in part; a rule that shows all of it counts as sent."""
        whole: set[str] = set()
        for line in plan.masked:
            step = deciding(line.shown, data)
            value = line.transform(data[line.object][line.name])
            if value is not DROPPED:
                value = masked(step, self._secret)(value)
            if value is not DROPPED:
                fields[line.to] = value
                whole.update([line.pointer] if step.mask is words.Mask.ALLOW else [])
        for line in plan.screened:
            held = data[line.object][line.name]
            value = line.transform(held)
            if value is not DROPPED:
                fields[line.to] = value
                whole.update([line.pointer] if value is None or value == held[: line.field.max] else [])
        gone = self._gone(plan, fields)
        left = [pointer for pointer in plan.sent if pointer not in gone]
        partly = {line.pointer for line in (*plan.masked, *plan.screened)} - whole
        return Projected(
            fields,
            tuple(p for p in left if p not in partly),
            tuple(p for p in left if p in partly),
            (*plan.stripped, *gone),
        )

    def _plan(self, data: Mapping[str, Any]) -> Plan:
        steps: dict[str, list[tuple[str, str, int, Transform]]] = {}
        sent, partly, prose = [], [], []
        for line in self.lines:
            held = data.get(line.object)
            if type(held) is not dict or line.name not in held:
                continue
            sent.append(line.pointer)
            if line.shown:
                partly.append(line)
            elif line.free_text:
                prose.append(line)
            else:
                steps.setdefault(line.object, []).append((line.name, line.to, line.as_is, line.transform))
        stripped = tuple(p for p in pointers_of(data) if p not in set(sent))
        filled = tuple((item, tuple(lines)) for item, lines in steps.items())
        return Plan(filled, tuple(partly), tuple(prose), tuple(dict.fromkeys(sent)), stripped)


def allowed_lines(policy: Policy, audience: tuple[str, ...]) -> tuple[Line, ...]:
    """The lines of the link of which every profile of the audience may read something."""
    lines = []
    for field in policy.fields:
        item, name = field.source.split(".", 1)
        shown = shown_to_all(policy.shown(profile, (item, name)) for profile in audience)
        if shown is not None and not _prose_in_part(field, policy.labels.get((item, name)), shown):
            plain = field.shape is words.Shape.TEXT and field.values is None
            free = field.shape is words.Shape.SCREENED_TEXT and field.values is None
            change = screened(field.max) if free else transform(field, policy.country)
            as_is = field.max if plain else -1
            lines.append(Line(item, name, field.to, change, f"/{item}/{name}", as_is, field, shown))
    return tuple(lines)


def _prose_in_part(field: FieldMap, label: str | None, shown: Shown) -> bool:
    """Free text that is not screened, or of which a mask leaves a part: `check` refuses it, and here it stays home."""
    if field.shape is words.Shape.SCREENED_TEXT:
        return bool(shown)
    return label == LABEL and field.shape is words.Shape.TEXT and field.values is None
