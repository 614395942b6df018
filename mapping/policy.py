"""A link file compiled: who may see what and do what, ready to decide.

A `Policy` is immutable and complete: together with an event it is all that a decision needs. It is
made once per revision and shared by every thread.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType
from typing import Any

import orjson

from mapping.link import DispositionRule, FieldMap, Link, PersonalException
from mapping.masks import AS_IT_IS, Shown
from mapping.perimeter import Conditions, PerimeterRule, compile_perimeter
from mapping.rights import rights_of
from mapping.words import Grant, Object, Reach

#: A CRM field: ("opportunity", "margin").
Source = tuple[str, str]

_REACH_OF_MODEL = {
    "open": Reach.ALL,
    "teams": Reach.TEAM,
    "territories": Reach.TERRITORY,
    "projects": Reach.PROJECT,
}


@dataclass(frozen=True, slots=True)
class ProfileRule:
    """A profile with its role's rights folded in."""

    name: str
    role: str
    reach: Reach
    #: (object, label) pairs its role may read as they are.
    clearance: frozenset[tuple[str, str]]
    #: Those that it may read in part, and how.
    masks: Mapping[tuple[str, str], Shown]
    grants: frozenset[Grant]


@dataclass(frozen=True, slots=True)
class Policy:
    """What a link file says, in the form that decides."""

    link: str
    tenant: str
    revision: str
    country: str
    #: Whether the dialer shows different fields of a prospect to different profiles.
    views: bool
    labels: Mapping[Source, str]
    profiles: Mapping[str, ProfileRule]
    fields: tuple[FieldMap, ...]
    perimeter: PerimeterRule
    dispositions: Mapping[str, DispositionRule]
    statuses: Mapping[str, str]
    source: Link
    #: What single persons have beside their profile's rights, by person.
    exceptions: Mapping[str, tuple[PersonalException, ...]]
    #: What digests of values are made under, different for each tenant. Without it nothing is shown as a digest.
    secret: bytes = field(default=b"", repr=False)

    def rule_of(self, profile: str, person: str, day: date) -> ProfileRule | None:
        """A profile's rights as one person of it has them on a day: with their exceptions, of writes only."""
        rule = self.profiles.get(profile)
        more = [one for one in self.exceptions.get(person, ()) if one.write and one.holds(day)]
        if rule is None or not more:
            return rule
        return replace(rule, grants=rule.grants.union(*(one.write for one in more)))

    def label_of(self, pointer: str) -> str:
        """The label of a field named by a decision's pointer; `unlabelled` where it has none."""
        parts = pointer.split("/")
        return self.labels.get((parts[1], parts[2]), "unlabelled") if len(parts) == 3 else "unlabelled"

    def shown(self, profile: str, source: Source) -> Shown | None:
        """How a profile may read a field: as it is, in part, or not at all."""
        rule = self.profiles.get(profile)
        label = self.labels.get(source)
        if rule is None or label is None:
            return None
        return AS_IT_IS if (source[0], label) in rule.clearance else rule.masks.get((source[0], label))

    def asked(self) -> dict[Object, tuple[str, ...]]:
        """The CRM fields that intake may read, by object: mapped and labelled ones, and those perimeters look at."""
        wanted: dict[Object, set[str]] = {item: set() for item in Object}
        for line in self.fields:
            item, name = line.source.split(".", 1)
            if (item, name) in self.labels:
                wanted[Object(item)].add(name)
        for item, name in self.perimeter.sources() | self._looked_at():
            if item in Object.__members__.values():
                wanted[Object(item)].add(name)
        return {item: tuple(sorted(names)) for item, names in wanted.items()}

    def _looked_at(self) -> frozenset[Source]:
        """The fields that masks look at."""
        shown = [shown for rule in self.profiles.values() for shown in rule.masks.values()]
        return frozenset((item, name) for steps in shown for step in steps for item, name, _ in step.when)


def compile_link(link: Link, *, views: bool, secret: bytes = b"") -> Policy:
    """Compile a link that `mapping.reader` accepted. `views` is what the dialer's connector declares."""
    labels = {(item.value, name): label for item, fields in link.labels.items() for name, label in fields.items()}
    return Policy(
        link=link.link,
        tenant=link.owner_tenant,
        revision=revision_of(link),
        country=link.country,
        views=views,
        labels=MappingProxyType(labels),
        profiles=MappingProxyType({name: _profile(link, name) for name in link.profiles}),
        fields=tuple(link.fields),
        perimeter=compile_perimeter(link.perimeter),
        dispositions=MappingProxyType(dict(link.dispositions)),
        statuses=MappingProxyType(dict(link.statuses)),
        source=link,
        exceptions=MappingProxyType(_exceptions(link)),
        secret=secret,
    )


def canonical(link: Link) -> bytes:
    """The same bytes for the same meaning, whatever the file's layout.

    Keys are sorted, except where order has a meaning: the first campaign or territory that holds has the record.
    What a file leaves out and what it writes as the default are the same.
    """
    model: dict[str, Any] = link.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    perimeter = model["perimeter"]
    for ordered in ("projects", "territories"):
        if ordered in perimeter:
            perimeter[ordered] = list(perimeter[ordered].items())
    return orjson.dumps(model, option=orjson.OPT_SORT_KEYS)


def revision_of(link: Link) -> str:
    """The name of a revision: the first 12 hex digits of the SHA-256 of its canonical form."""
    return hashlib.sha256(canonical(link)).hexdigest()[:12]


def _exceptions(link: Link) -> dict[str, tuple[PersonalException, ...]]:
    people = dict.fromkeys(one.person for one in link.exceptions)
    return {person: tuple(one for one in link.exceptions if one.person == person) for person in people}


def _profile(link: Link, name: str) -> ProfileRule:
    profile = link.profiles[name]
    rights = rights_of(link, profile.role)
    reach = profile.perimeter or _REACH_OF_MODEL[link.perimeter.model.value]
    clearance = frozenset((item.value, label) for item, labels in rights.read.items() for label in labels)
    masks = {(item.value, label): shown for item, masked in rights.masks.items() for label, shown in masked.items()}
    return ProfileRule(name, profile.role, reach, clearance, MappingProxyType(masks), rights.write)


__all__ = ["Conditions", "Policy", "ProfileRule", "Source", "canonical", "compile_link", "revision_of"]
