"""Gate 1, strip: the outgoing record is built field by field from the allow-list.

There is no code path for a field that is not named: nothing is copied and then cleaned.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from filters.shape import PerShape, Shape, pointers_of
from mapping import words
from mapping.link import FieldMap
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


class Plan(NamedTuple):
    """What one shape of event sends and strips."""

    #: By object: the object's name, and (field, to, as_is, transform) of each line it can fill.
    steps: tuple[tuple[str, tuple[tuple[str, str, int, Transform], ...]], ...]
    sent: tuple[str, ...]
    stripped: tuple[str, ...]


class Projected(NamedTuple):
    """The outgoing record, and what became of each field of the event."""

    fields: dict[str, Any]
    sent: tuple[str, ...]
    stripped: tuple[str, ...]


class Projection:
    """Gate 1 for one audience: the profiles who will be able to read what it lets through."""

    def __init__(self, policy: Policy, audience: tuple[str, ...]) -> None:
        self.audience = audience
        self.lines = allowed_lines(policy, audience)
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
        if not dropped:
            return Projected(fields, plan.sent, plan.stripped)
        gone = tuple(line.pointer for line in self.lines if line.pointer in plan.sent and line.to not in fields)
        return Projected(fields, tuple(p for p in plan.sent if p not in gone), (*plan.stripped, *gone))

    def _plan(self, data: Mapping[str, Any]) -> Plan:
        steps: dict[str, list[tuple[str, str, int, Transform]]] = {}
        sent = []
        for line in self.lines:
            held = data.get(line.object)
            if type(held) is dict and line.name in held:
                steps.setdefault(line.object, []).append((line.name, line.to, line.as_is, line.transform))
                sent.append(line.pointer)
        stripped = tuple(p for p in pointers_of(data) if p not in set(sent))
        return Plan(tuple((item, tuple(lines)) for item, lines in steps.items()), tuple(dict.fromkeys(sent)), stripped)


def allowed_lines(policy: Policy, audience: tuple[str, ...]) -> tuple[Line, ...]:
    """The lines of the link that every profile of the audience is cleared for."""
    lines = []
    for field in policy.fields:
        item, name = field.source.split(".", 1)
        if audience and all(policy.cleared(profile, (item, name)) for profile in audience):
            plain = field.shape is words.Shape.TEXT and field.values is None
            change = transform(field, policy.country)
            lines.append(Line(item, name, field.to, change, f"/{item}/{name}", field.max if plain else -1, field))
    return tuple(lines)
