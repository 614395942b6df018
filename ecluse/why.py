"""Why a field goes out, or does not: the rules of one revision tried one after the other, and the one that decides.

Pure: a policy, an event's data and a day in, names and codes out. Never a value.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from mapping.perimeter import Person, person_reaches, reaches
from mapping.policy import Policy
from mapping.words import Object

#: The steps, in the order in which they are tried.
STEPS = ("known", "named", "label", "profile", "clearance", "perimeter")


class Candidate(NamedTuple):
    """How one profile fares."""

    profile: str
    role: str
    #: What its role may read of the field's object.
    cleared_for: tuple[str, ...]
    cleared: bool
    reach: str
    #: Whether it may open the record at all; None where no record is at hand.
    opens: bool | None


class Why(NamedTuple):
    """The rules tried for one field."""

    object: str
    field: str
    #: The dialer's names that it fills; none: not named in the link.
    named: tuple[str, ...]
    label: str | None
    candidates: tuple[Candidate, ...]
    #: Who gets it in the end.
    receivers: tuple[str, ...]
    #: The step that decides; empty where the field goes out.
    decides: str
    campaign: str

    @property
    def sent(self) -> bool:
        return bool(self.receivers)


def of_field(
    policy: Policy,
    item: str,
    name: str,
    *,
    data: Mapping[str, Any] | None = None,
    day: date | None = None,
    asked: str | None = None,
    person: Person | None = None,
) -> Why:
    """Try the rules for one field: for one profile, or for all where none is asked."""
    named = tuple(line.to for line in policy.fields if line.source == f"{item}.{name}")
    label = policy.labels.get((item, name))
    place = policy.perimeter.place(data, day) if data is not None and day is not None else None
    candidates = []
    for profile, rule in policy.profiles.items():
        if asked not in (None, profile):
            continue
        labels = tuple(sorted(label for of, label in rule.clearance if of == item))
        opens = None
        if place is not None:
            opens = person_reaches(rule.reach, person, place) if person else reaches(rule.reach, place)
        cleared = policy.cleared(profile, (item, name))
        candidates.append(Candidate(profile, rule.role, labels, cleared, rule.reach.value, opens))
    receivers = _receivers(policy, candidates, (item, name)) if named and label is not None else ()
    decides = _decides(policy, item, named, label, candidates, receivers)
    return Why(item, name, named, label, tuple(candidates), receivers, decides, place.campaign if place else "")


def of_all(
    policy: Policy, *, data: Mapping[str, Any] | None = None, day: date | None = None, asked: str | None = None
) -> list[Why]:
    """Every field that the link names or labels, object by object."""
    sources = {tuple(line.source.split(".", 1)) for line in policy.fields} | set(policy.labels)
    order = [item.value for item in Object]
    return [
        of_field(policy, item, name, data=data, day=day, asked=asked)
        for item, name in sorted(sources, key=lambda source: (order.index(source[0]), source[1]))
    ]


def _receivers(policy: Policy, candidates: list[Candidate], source: tuple[str, str]) -> tuple[str, ...]:
    """A dialer that shows everybody the same gets only what every profile may read and open."""
    if not policy.views:
        rules = [policy.cleared(name, source) for name in policy.profiles]
        shared = all(rules) and all(one.opens is not False for one in candidates)
        return tuple(one.profile for one in candidates) if shared else ()
    return tuple(one.profile for one in candidates if one.cleared and one.opens is not False)


def _decides(
    policy: Policy, item: str, named: tuple[str, ...], label: str | None, candidates: list[Candidate],
    receivers: tuple[str, ...],
) -> str:  # fmt: skip
    if receivers:
        return ""
    if item not in {one.value for one in Object}:
        return "known"
    if not named:
        return "named"
    if label is None:
        return "label"
    if not candidates:
        return "profile"
    shown_alike = not policy.views and not all(one.cleared for one in candidates)
    return "clearance" if shown_alike or not any(one.cleared for one in candidates) else "perimeter"
