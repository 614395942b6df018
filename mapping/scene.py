"""What the side-by-side checks look at: a link, where its words stand, and what is around it."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from mapping.findings import Findings
from mapping.link import Link
from mapping.place import Path, Place, Span
from mapping.rights import Rights, line_of, rights_of
from mapping.words import Grant, Object

#: Labels that a link file is expected to use. A firm may add its own.
KNOWN_LABELS: Final = (
    "identity", "reachability", "context", "progress", "pricing", "margin", "billing", "strategy", "confidential",
    "free_text",
)  # fmt: skip
#: What callers never need: margins, prices, invoices, priorities, confidential notes (R043, R044, R045).
RESERVED_LABELS: Final = frozenset({"pricing", "margin", "billing", "strategy", "confidential"})

#: Grants of whoever calls, and of whoever decides on what callers propose.
CALLS: Final = frozenset({Grant.CALL_RESULT, Grant.PROPOSE_LEAD_STATUS, Grant.PROPOSE_APPOINTMENT})
DECIDES: Final = frozenset({Grant.SET_LEAD_STATUS, Grant.VALIDATE_APPOINTMENT})


@dataclass(frozen=True, slots=True)
class Around:
    """What this installation knows. None: not known, so not checked."""

    crm: Collection[str] | None = None
    dialer: Collection[str] | None = None
    connections: Collection[str] | None = None


@dataclass(frozen=True)
class Scene:
    """One link under examination."""

    link: Link
    root: Place
    views: bool
    findings: Findings
    #: Top-level keys that are not whole, because something under them was refused.
    hurt: frozenset[str] = frozenset()
    around: Around = Around()
    #: (object, label that a role reads) -> the label that was meant, so that one slip is reported once.
    meant: dict[tuple[str, str], str] = field(default_factory=dict)

    def at(self, *path: str | int) -> Place:
        """The place at a path, or the nearest one above it."""
        return self.root.at(*path)

    def rule(self, *path: str | int) -> Path:
        """Where one of several rules stands: a rule that stands alone has no number in the file."""
        return path if self.root.at(*path[:-1]).items else path[:-1]

    def section(self, name: str) -> Span:
        """A top-level key, or the first one where it is absent."""
        return (self.root.step(name) or self.root.first()).name

    @cached_property
    def labels(self) -> dict[tuple[str, str], str]:
        """The label of each (object, field)."""
        return {(item.value, name): label for item, held in self.link.labels.items() for name, label in held.items()}

    @cached_property
    def carried(self) -> dict[str, set[str]]:
        """The labels that the fields of each object carry."""
        return {item.value: set(self.link.labels.get(item, {}).values()) for item in Object}

    def line_of(self, role: str) -> Iterator[str]:
        """A role and those it extends, as far as they exist; a circle is walked once, an endless line is cut."""
        yield from line_of(self.link.roles, role)

    def rights(self, role: str) -> Rights:
        """All that a role may do, read and write."""
        return rights_of(self.link, role)

    def whole_line(self, role: str) -> bool:
        """Whether a role and all that it extends exist, and come to an end."""
        line = list(self.line_of(role))
        return bool(line) and self.link.roles[line[-1]].extends is None

    def cleared(self, role: str, item: str) -> tuple[str, ...]:
        """The labels of an object that a role may read, as they are or in part, its own first."""
        roles = [self.link.roles[name] for name in self.line_of(role)]
        own = ([*one.read.get(Object(item), []), *one.masks.get(Object(item), {})] for one in roles)
        return tuple(dict.fromkeys(self.meant.get((item, label), label) for labels in own for label in labels))

    def grants(self, role: str) -> frozenset[Grant]:
        """What a role may write or propose."""
        return frozenset(grant for name in self.line_of(role) for grant in self.link.roles[name].write)

    def somebody_may(self, *grants: Grant) -> bool:
        """Whether a profile holds one of the grants."""
        return any(self.grants(profile.role) & set(grants) for profile in self.link.profiles.values())


def where(span: Span) -> str:
    """A place in words."""
    return f"{span.file}:{span.line}"


__all__ = ["CALLS", "DECIDES", "KNOWN_LABELS", "RESERVED_LABELS", "Around", "Scene", "where"]
