"""What comes out when two revisions are tried side by side. Names of fields, codes, ids and counts; never a value."""

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NamedTuple

from mapping.words import Grant, Side

#: In the place of a field: all that the profile may see of a record.
WHOLE: Final = "*"


class Way(StrEnum):
    """What becomes of a field for a profile."""

    SHOWN = "shown"
    HIDDEN = "hidden"
    CHANGED = "changed"


class Effect(NamedTuple):
    """One field of the dialer, or the whole record, for one profile."""

    way: Way
    field: str
    #: The CRM's field that it is made of, as a JSON Pointer.
    pointer: str
    profile: str


@dataclass
class Extent:
    """How far an effect goes."""

    records: int = 0
    people: set[str] = field(default_factory=set)


class Outcome(NamedTuple):
    """How an event ends."""

    verdict: str
    reason: str
    #: The kind of command that follows, or empty.
    command: str


class Shift(NamedTuple):
    """Events of one side that end otherwise, or with another content."""

    side: Side
    before: Outcome
    after: Outcome


@dataclass
class Preview:
    """What the second revision would do otherwise than the first."""

    effects: dict[Effect, Extent] = field(default_factory=dict)
    #: Dialer fields whose source was not read so far: how many records have a value there is not known yet.
    unread: frozenset[str] = frozenset()
    shifts: Counter[Shift] = field(default_factory=Counter)
    events: Counter[Side] = field(default_factory=Counter)
    #: Events whose content is gone or cannot be opened.
    unreadable: int = 0
    #: What each profile did with its rights, in the events of the dialer.
    used: dict[str, set[Grant]] = field(default_factory=dict)
    records: int = 0
    #: How many of the records the dialer holds.
    held: int = 0
    enter: list[str] = field(default_factory=list)
    leave: list[str] = field(default_factory=list)
    #: Of those that leave, the ones that the dialer holds.
    recalled: list[str] = field(default_factory=list)
    #: Sent before and after, with another content.
    altered: list[str] = field(default_factory=list)

    @property
    def volume(self) -> int:
        """Records taken back or newly sent."""
        return len(self.recalled) + len(self.enter)

    @property
    def changes(self) -> bool:
        return bool(self.effects or self.shifts or self.enter or self.leave or self.altered)
