"""What a role may do, read and write, with what it has from the roles that it extends.

Rights only add up along `extends`, and what is not listed is denied. So a manager has at least what
the people they lead have (R017), and a right is taken away nowhere: whoever should have less
extends a lesser role, or none (R023).
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from mapping.link import Link, May, PersonalException, Phase, Role
from mapping.masks import AS_IT_IS, Shown, steps_of
from mapping.perimeter import conditions_of, holds
from mapping.things import ACTIONS, Action, Thing
from mapping.words import Grant, Object

#: More roles than a link may have cannot stand in one line.
LINE_MAX: Final = 16

Right = tuple[Thing, Action]


class Rights(NamedTuple):
    """What one role has, its own and what it extends folded together."""

    role: str
    #: The role itself, then those it extends, nearest first.
    line: tuple[str, ...]
    may: frozenset[Right]
    #: Labels that it reads as they are.
    read: Mapping[Object, tuple[str, ...]]
    #: Labels that it reads in part, and how.
    masks: Mapping[Object, Mapping[str, Shown]]
    write: frozenset[Grant]
    #: Whether somebody said, anywhere along the line, what the role may do outside the link.
    stated: bool
    #: What it may do only at some stages of the sale, beside `may`.
    during: tuple[Phase, ...] = ()

    def allows(self, thing: Thing, action: Action) -> bool:
        """Whether the right is listed. No action implies another, and no thing another."""
        return (thing, action) in self.may

    def allows_at(self, thing: Thing, action: Action, data: Mapping[str, Any]) -> bool:
        """Whether the right is listed for a record as it stands: at its stage of the sale."""
        return self.allows(thing, action) or any(
            action in phase.may.get(thing, ()) and holds(conditions_of(phase.when), data) for phase in self.during
        )

    def actions(self, thing: Thing) -> tuple[Action, ...]:
        """What the role may do with a thing, in the order of the words."""
        return tuple(action for action in ACTIONS[thing] if (thing, action) in self.may)


def rights_of(link: Link, role: str) -> Rights:
    """The rights of a role of a link."""
    line = tuple(line_of(link.roles, role))
    held = [link.roles[name] for name in line]
    may = frozenset(right for one in held for right in rights_in(one.may))
    shown = {item: _shown(held, item) for item in Object}
    return Rights(
        role=role,
        line=line,
        may=may,
        read={
            item: whole for item, of in shown.items() if (whole := tuple(name for name, how in of.items() if not how))
        },
        masks={item: parts for item, of in shown.items() if (parts := {name: how for name, how in of.items() if how})},
        write=frozenset(grant for one in held for grant in one.write),
        stated=any("may" in one.model_fields_set for one in held),
        during=tuple(phase for one in held for phase in one.during),
    )


def _shown(line: Sequence[Role], item: Object) -> dict[str, Shown]:
    """How a role reads each label of an object. What it says itself stands before what it inherits."""
    said: dict[str, Shown] = {}
    for role in line:
        for name, rules in role.masks.get(item, {}).items():
            said.setdefault(name, steps_of(rules))
        for name in role.read.get(item, ()):
            said.setdefault(name, AS_IT_IS)
    return said


def rights_of_person(link: Link, role: str, person: str, day: date) -> Rights:
    """The rights of one person with a role, with the exceptions that hold on that day."""
    rights = rights_of(link, role)
    more = [one for one in exceptions_on(link, day) if one.person == person]
    read = dict(rights.read)
    for one in more:
        for item, labels in one.read.items():
            read[item] = tuple(dict.fromkeys((*read.get(item, ()), *labels)))
    return rights._replace(
        may=rights.may.union(right for one in more for right in rights_in(one.may)),
        read=read,
        write=rights.write.union(grant for one in more for grant in one.write),
    )


def exceptions_on(link: Link, day: date) -> list[PersonalException]:
    """The personal exceptions that have not expired."""
    return [one for one in link.exceptions if one.holds(day)]


def rights_in(may: May) -> Iterator[Right]:
    """What stands under a `may`, one by one."""
    return ((thing, action) for thing, actions in may.items() for action in actions)


def line_of(roles: Mapping[str, Role], role: str) -> Iterator[str]:
    """A role and those it extends, as far as they exist; a circle is walked once, an endless line is cut."""
    seen: set[str] = set()
    name: str | None = role
    while name is not None and name in roles and name not in seen and len(seen) < LINE_MAX:
        seen.add(name)
        yield name
        name = roles[name].extends


__all__ = ["LINE_MAX", "Right", "Rights", "exceptions_on", "line_of", "rights_in", "rights_of", "rights_of_person"]
