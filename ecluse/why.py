"""Why a field goes out, or does not: the rules of one revision tried one after the other, and the one that decides.

Pure: a policy, an event's data and a day in, names and codes out. Never a value.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

from ecluse.i18n import N_
from mapping.masks import Shown, deciding, shown_to_all
from mapping.perimeter import Person, person_reaches, reaches
from mapping.policy import Policy
from mapping.words import Mask, Object

#: The steps, in the order in which they are tried.
STEPS = ("known", "named", "label", "profile", "clearance", "perimeter")
#: The step that decides -> why the field does not go out; "" where no rule forbids it.
WHY = {
    "known": N_("not an object that links read"),
    "named": N_("not named under `fields`"),
    "label": N_("has no label"),
    "profile": N_("no such profile"),
    "clearance": N_("the role is not cleared for it"),
    "perimeter": N_("the record is outside the perimeter"),
    "": N_("has no value that fits"),
}


class Candidate(NamedTuple):
    """How one profile fares."""

    profile: str
    role: str
    #: What its role may read of the field's object; where only in part, as `label: mask`.
    cleared_for: tuple[str, ...]
    cleared: bool
    #: How much of it, where not all; several masks where it hangs on a record that is not at hand.
    mask: str
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
    everybody = []
    for profile, rule in policy.profiles.items():
        opens = None
        if place is not None:
            knows = person is not None and asked in (None, profile)
            opens = person_reaches(rule.reach, person, place) if knows and person else reaches(rule.reach, place)
        everybody.append(_candidate(policy, profile, (item, name), data)._replace(opens=opens))
    found = [one for one in everybody if asked in (None, one.profile)]
    clear = _clear(policy, everybody, (item, name)) if label is not None else frozenset()
    # A dialer that shows everybody the same gets only what every profile may open.
    open_to_all = policy.views or all(one.opens is not False for one in everybody)
    receivers = tuple(
        one.profile for one in found if named and one.profile in clear and open_to_all and one.opens is not False
    )
    decides = "" if receivers else _decides(item, named, label, found, clear)
    return Why(item, name, named, label, tuple(found), receivers, decides, place.campaign if place else "")


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


def _mask(shown: Shown, data: Mapping[str, Any] | None) -> str:
    if data is not None:
        return deciding(shown, data).mask.value
    return "/".join(dict.fromkeys(step.mask.value for step in shown))


def _candidate(policy: Policy, profile: str, source: tuple[str, str], data: Mapping[str, Any] | None) -> Candidate:
    rule = policy.profiles[profile]
    labels = [label for of, label in rule.clearance if of == source[0]]
    labels += [f"{label}: {_mask(shown, data)}" for (of, label), shown in rule.masks.items() if of == source[0]]
    shown = policy.shown(profile, source)
    mask = _mask(shown, data) if shown else ""
    cleared = shown is not None and mask != Mask.DROP
    return Candidate(profile, rule.role, tuple(sorted(labels)), cleared, mask, rule.reach.value, None)


def _clear(policy: Policy, everybody: list[Candidate], source: tuple[str, str]) -> frozenset[str]:
    """Who may read something of a field: each for itself, or all of them the same of it."""
    if policy.views:
        return frozenset(one.profile for one in everybody if one.cleared)
    part = shown_to_all(policy.shown(one.profile, source) for one in everybody)
    alike = part is not None and all(one.cleared for one in everybody)
    return frozenset(one.profile for one in everybody) if alike else frozenset()


def _decides(
    item: str, named: tuple[str, ...], label: str | None, candidates: list[Candidate], clear: frozenset[str]
) -> str:
    """The step that keeps a field at home."""
    if item not in {one.value for one in Object}:
        return "known"
    if not named:
        return "named"
    if label is None:
        return "label"
    if not candidates:
        return "profile"
    return "perimeter" if any(one.profile in clear for one in candidates) else "clearance"
