"""The whole of a link's rights as rows: roles × things × actions, with perimeter and labels. No row is left out."""

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from filters.projection import allowed_lines
from mapping.link import Phase
from mapping.masks import stays_home
from mapping.policy import Policy
from mapping.rights import Rights, exceptions_on, rights_in, rights_of
from mapping.things import ACTIONS
from mapping.words import Grant, Object


class Row(NamedTuple):
    """One right of one role, held or denied. Words are those of the link file, in every language."""

    link: str
    #: A role; or a person, for an exception.
    role: str
    #: The profiles that have the role, each with its perimeter.
    profiles: tuple[str, ...]
    #: `right`, `label`, `write` or `exception`.
    kind: str
    subject: str
    action: str
    #: `yes`, `no`, `when` for a right at some stages of the sale, or `part` for a label behind a mask.
    allowed: str
    #: The condition, the mask and the dialer's fields that the label goes out in, or until when and why.
    detail: str = ""


def rows(policy: Policy, day: date) -> list[Row]:
    """All rows of a link, role by role, and the exceptions that hold on that day."""
    found = [row for role in policy.source.roles for row in _of_role(policy, rights_of(policy.source, role))]
    return [*found, *_exceptions(policy, day)]


def holders(policy: Policy, role: str) -> tuple[str, ...]:
    """The profiles with a role, each with its perimeter."""
    return tuple(f"{rule.name}: {rule.reach.value}" for rule in policy.profiles.values() if rule.role == role)


def condition(phase: Phase) -> str:
    """A stage of the sale, in the words of the file."""
    return "; ".join(f"{path}: {', '.join(map(str, values))}" for path, values in phase.when.items())


def mask_of(rights: Rights, item: str, name: str) -> str:
    """The masks that a role reads a label by, in the words of the file; empty where it reads all of it, or nothing."""
    steps = rights.masks.get(Object(item), {}).get(name, ())
    return "" if stays_home(steps) else " | ".join(dict.fromkeys(step.mask.value for step in steps))


def sent_for(policy: Policy, role: str, item: str, name: str) -> tuple[str, ...]:
    """The dialer's fields by which holders of a role are shown a label, in whole or in part."""
    held = tuple(rule.name for rule in policy.profiles.values() if rule.role == role)
    audiences = [(profile,) for profile in held] if policy.views else [tuple(policy.profiles)] if held else []
    lines = (line for audience in audiences for line in allowed_lines(policy, audience))
    fields = (line.to for line in lines if line.object == item and policy.labels.get((item, line.name)) == name)
    return tuple(dict.fromkeys(fields))


def _of_role(policy: Policy, rights: Rights) -> Iterator[Row]:
    who = (policy.link, rights.role, holders(policy, rights.role))
    for thing, actions in ACTIONS.items():
        for action in actions:
            stages = [phase for phase in rights.during if action in phase.may.get(thing, ())]
            allowed = "yes" if rights.allows(thing, action) else "when" if stages else "no"
            detail = " | ".join(map(condition, stages)) if allowed == "when" else ""
            yield Row(*who, "right", thing.value, action.value, allowed, detail)
    for item, name in labels_of(policy):
        mask = mask_of(rights, item, name)
        allowed = "part" if mask else "yes" if name in rights.read.get(Object(item), ()) else "no"
        sent = ", ".join(sent_for(policy, rights.role, item, name))
        yield Row(*who, "label", f"{item}.{name}", "read", allowed, "; ".join(filter(None, (mask, sent))))
    for grant in Grant:
        yield Row(*who, "write", grant.value, "write", "yes" if grant in rights.write else "no")


def labels_of(policy: Policy) -> list[tuple[str, str]]:
    """Every (object, label) that the link knows: carried by a field, or read by a role."""
    read = {
        (item.value, name)
        for role in policy.source.roles.values()
        for reads in (role.read, role.masks)
        for item, held in reads.items()
        for name in held
    }
    carried = {(item, name) for (item, _), name in policy.labels.items()}
    return sorted(read | carried)


def _exceptions(policy: Policy, day: date) -> Iterator[Row]:
    for one in exceptions_on(policy.source, day):
        detail = f"{one.until}; {one.reason}; {one.decided_by}"
        given = [(thing.value, action.value) for thing, action in rights_in(one.may)]
        given += [(f"{item.value}.{name}", "read") for item, held in one.read.items() for name in held]
        given += [(grant.value, "write") for grant in one.write]
        for subject, action in given:
            yield Row(policy.link, one.person, (), "exception", subject, action, "yes", detail)
