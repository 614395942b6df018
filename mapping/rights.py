"""What a role may do, read and write, with what it has from the roles that it extends.

Rights only add up along `extends`, and what is not listed is denied. So a manager has at least what
the people they lead have (R017), and a right is taken away nowhere: whoever should have less
extends a lesser role, or none (R023).
"""

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from mapping.link import Link, Role
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
    read: Mapping[Object, tuple[str, ...]]
    write: frozenset[Grant]
    #: Whether somebody said, anywhere along the line, what the role may do outside the link.
    stated: bool

    def allows(self, thing: Thing, action: Action) -> bool:
        """Whether the right is listed. No action implies another, and no thing another."""
        return (thing, action) in self.may

    def actions(self, thing: Thing) -> tuple[Action, ...]:
        """What the role may do with a thing, in the order of the words."""
        return tuple(action for action in ACTIONS[thing] if (thing, action) in self.may)


def rights_of(link: Link, role: str) -> Rights:
    """The rights of a role of a link."""
    line = tuple(line_of(link.roles, role))
    held = [link.roles[name] for name in line]
    read: dict[Object, tuple[str, ...]] = {}
    for item in Object:
        labels = (label for one in held for label in one.read.get(item, ()))
        if found := tuple(dict.fromkeys(labels)):
            read[item] = found
    return Rights(
        role=role,
        line=line,
        may=frozenset((thing, action) for one in held for thing, actions in one.may.items() for action in actions),
        read=read,
        write=frozenset(grant for one in held for grant in one.write),
        stated=any("may" in one.model_fields_set for one in held),
    )


def line_of(roles: Mapping[str, Role], role: str) -> Iterator[str]:
    """A role and those it extends, as far as they exist; a circle is walked once, an endless line is cut."""
    seen: set[str] = set()
    name: str | None = role
    while name is not None and name in roles and name not in seen and len(seen) < LINE_MAX:
        seen.add(name)
        yield name
        name = roles[name].extends


__all__ = ["LINE_MAX", "Right", "Rights", "line_of", "rights_of"]
