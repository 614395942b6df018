"""Which fields an event has, whatever their values: what the gates prepare their work by.

CRM records of one source come in few shapes; what a shape sends, strips and guards is worked out
once and kept, so that an event pays only for its values.
"""

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

P = TypeVar("P")

#: Shapes remembered at most; a source that varies its fields without end must not fill memory.
SHAPES_KEPT = 512

Shape = tuple[Any, ...]


#: A whole event's usual objects; their values are dicts, as whoever read the event has checked.
_WHOLE = frozenset({"contact", "account", "opportunity", "owner"})


def shape_of(data: Mapping[str, Any]) -> Shape:
    """The names an event carries, as a key. Two events of one shape have the same fields in the same order."""
    if data.keys() == _WHOLE and None not in data.values():
        return (*data, *map(tuple, data.values()))
    return tuple([(key, tuple(held) if type(held) is dict else None) for key, held in data.items()])


def pointers_of(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Every field of an event as a JSON Pointer (RFC 6901), but the contact's id, which names the record."""
    pointers = []
    for item, held in data.items():
        if type(held) is dict:
            pointers += [f"/{_escape(item)}/{_escape(name)}" for name in held]
        else:
            pointers.append(f"/{_escape(item)}")
    return tuple(p for p in pointers if p != "/contact/id")


class PerShape(Generic[P]):
    """What was worked out for each shape, bounded."""

    def __init__(self, work_out: Callable[[Mapping[str, Any]], P]) -> None:
        self._work_out = work_out
        self._kept: dict[Shape, P] = {}

    def of(self, shape: Shape, data: Mapping[str, Any]) -> P:
        """The plan for a shape; `data` is any event of that shape."""
        plan = self._kept.get(shape)
        if plan is None:
            plan = self._work_out(data)
            if len(self._kept) >= SHAPES_KEPT:
                self._kept.clear()
            self._kept[shape] = plan
        return plan


def _escape(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1") if "~" in name or "/" in name else name
