"""How much of a value is shown: the rules of a link file, compiled. `filters.masking` does what they say."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from mapping.link import MaskRule
from mapping.perimeter import Conditions, conditions_of, holds
from mapping.words import Mask


class MaskStep(NamedTuple):
    """One rule: what is left of a value, where the conditions hold."""

    mask: Mask
    #: Characters that `truncate` leaves.
    at: int
    #: Where the bands of `range` begin and end, rising.
    steps: tuple[int, ...]
    when: Conditions


#: The rules for one field, of which the first that holds decides. None at all: it is shown as it is.
Shown = tuple[MaskStep, ...]
AS_IT_IS: Final[Shown] = ()
#: Where no rule holds.
STAYS_HOME: Final = MaskStep(Mask.DROP, 0, (), ())


def steps_of(rules: Sequence[MaskRule]) -> Shown:
    """The rules of one label, compiled."""
    return tuple(MaskStep(one.mask, one.at or 0, tuple(one.steps or ()), conditions_of(one.when)) for one in rules)


def deciding(shown: Shown, data: Mapping[str, Any]) -> MaskStep:
    """The rule that decides for a whole record: the first that holds.

    Where one before it cannot be judged, for the record lacks what it looks at, the value stays home: that rule may
    have been written to hide it.
    """
    for step in shown:
        if holds(step.when, data):
            return step
        if not _judged(step.when, data):
            return STAYS_HOME
    return STAYS_HOME


def stays_home(shown: Shown) -> bool:
    """Whether nothing of it is shown, whatever the record."""
    return bool(shown) and all(step.mask is Mask.DROP for step in shown)


def _judged(when: Conditions, data: Mapping[str, Any]) -> bool:
    for item, name, _ in when:
        held = data.get(item)
        value = held.get(name) if type(held) is dict else None
        if value is None or type(value) in (dict, list):
            return False
    return True


def shown_to_all(each: Iterable[Shown | None]) -> Shown | None:
    """How several see one and the same: no more than each of them may.

    Where two of them see different parts of a value, what both may see is not known: then nobody sees any.
    """
    found = set(each)
    if not found or None in found:
        return None
    found.discard(AS_IT_IS)
    if len(found) > 1:
        return None
    return found.pop() if found else AS_IT_IS


__all__ = ["AS_IT_IS", "STAYS_HOME", "MaskStep", "Shown", "deciding", "shown_to_all", "stays_home", "steps_of"]
