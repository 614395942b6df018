"""A file of cases, as read: what is given, what happens, and what is expected of it."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from connectors.port import PersonRow
from mapping.place import Span
from mapping.words import Grant


class Happening(StrEnum):
    """What a step is: an event of a side, or only time that passes."""

    CRM = "crm"
    DIALER = "dialer"
    CLOCK = "clock"


class Anything:
    """The mark of a field that has to be seen, whatever its value."""


ANYTHING = Anything()

#: Field in the dialer's words -> the value that is expected, as it is written, or `ANYTHING`.
Sight = Mapping[str, Any]


class Expect(NamedTuple):
    """What one decision has to be. What is empty is not looked at."""

    place: Span
    verdict: str = ""
    reason: str = ""
    kind: str = ""
    campaign: str = ""
    result: str = ""
    status: str = ""
    author: str = ""
    validated_by: str = ""


class Step(NamedTuple):
    """One thing that happens at a moment, and what has to become of it."""

    place: Span
    happens: Happening
    now: datetime
    #: The name of a record of the file, or empty.
    record: str
    #: What the CRM changed of the record: object -> field -> value.
    change: Mapping[str, Mapping[str, Any]]
    type: str
    #: Who says so, of the file's people.
    by: str
    data: Mapping[str, Any]
    #: None: nothing is said of decisions. As many as there have to be decisions, otherwise.
    expects: tuple[Expect, ...] | None
    #: Profile or person -> what they see. None: nothing is said of it. Who is not in it sees nothing.
    sees: Mapping[str, Sight] | None
    #: Where the sight of each stands, and under "" of all.
    seen_at: Mapping[str, Span]


class Entry(NamedTuple):
    """One word of a matrix: a field of an object, or all that carry a label."""

    object: str
    name: str
    is_label: bool
    place: Span

    def __str__(self) -> str:
        return f"{self.object}.{self.name}"


class Allow(NamedTuple):
    """A matrix: all that each profile may. What is not in it is denied. A part that is None is not looked at."""

    read: Mapping[str, tuple[Entry, ...]] | None
    masked: Mapping[str, tuple[Entry, ...]]
    write: Mapping[str, tuple[Grant, ...]] | None
    #: Where each profile stands in each part.
    places: Mapping[tuple[str, str], Span]


class Case(NamedTuple):
    """Steps in their order, or a matrix."""

    name: str
    place: Span
    steps: tuple[Step, ...]
    allow: Allow | None = None


class CaseFile(NamedTuple):
    """The cases of one file, with the people and records that they share."""

    file: str
    people: tuple[PersonRow, ...]
    #: Name -> a whole record, as intake would have joined it; each has an id.
    records: Mapping[str, Mapping[str, Mapping[str, Any]]]
    cases: tuple[Case, ...]


def record_of(data: Mapping[str, Mapping[str, Any]]) -> str:
    """The name of a whole record, as decisions give it."""
    return f"contact/{data['contact']['id']}"
