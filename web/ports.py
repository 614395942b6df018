"""What the web needs from the rest of Écluse, and nothing of how it is done."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from connectors.port import Happening, PersonRow
from mapping.reasons import Reason
from streams.intake import Receipt, Shedding

#: A vendor's raw body and headers (lower case) into happenings; raises Malformed.
Read = Callable[[bytes, Mapping[str, str]], Sequence[Happening]]
#: A reason and a language (`fr`, `en`) into a short title for people.
Translate = Callable[[Reason, str], str]


@dataclass(frozen=True)
class Door:
    """One link as a dialer meets it: what opens it, and the words it knows. Holds digests where it can, never shown."""

    link: str
    tenant: str
    profiles: frozenset[str] = frozenset()
    campaigns: frozenset[str] = frozenset()
    #: SHA-256 of each live secret address and of each live bearer token.
    hooks: tuple[bytes, ...] = field(default=(), repr=False)
    tokens: tuple[bytes, ...] = field(default=(), repr=False)
    #: Keys of the Standard Webhooks signatures.
    signing: tuple[bytes, ...] = field(default=(), repr=False)
    #: How the link's own dialer speaks at /hooks; None where it does not.
    read: Read | None = None


class Change(NamedTuple):
    """A prospect to fetch, or to give back. Thin: nothing about the person."""

    id: str
    prospect: str
    campaign: str
    #: `upsert` or `recall`.
    change: str
    at: datetime


class Feed(NamedTuple):
    """A page of changes, oldest first. `next` is the cursor to ask with afterwards, also when nothing came."""

    changes: Sequence[Change]
    next: str
    more: bool


class Check(NamedTuple):
    """One thing that health depends on, or is told beside it."""

    name: str
    ok: bool
    #: It is told, and does not count.
    note: bool = False


class Desk(Protocol):
    """Everything behind the doors. `door` is asked on each request; the others only for a door that opened."""

    def door(self, link: str) -> Door | None: ...

    async def receive(self, door: Door, happenings: Sequence[Happening]) -> Receipt:
        """Return only once all of it is on disk; all or nothing. Raises Shedding."""
        ...

    async def feed(self, door: Door, after: str, limit: int) -> Feed | None:
        """Changes after a cursor (empty: from the first that is kept); None where the cursor is none of ours."""
        ...

    async def prospect_view(
        self, door: Door, record: str, profile: str, person: str | None
    ) -> Mapping[str, Any] | None:
        """What that profile sees of the prospect, or None: outside the perimeter and unknown are one answer."""
        ...

    async def recalls(self, door: Door, after: str, limit: int) -> Feed | None:
        """Recalls that the dialer has not confirmed yet."""
        ...

    async def acknowledge_recall(self, door: Door, recall: str) -> bool:
        """The dialer has erased the prospect. False where there is no such recall; true again the second time."""
        ...

    async def save_people(self, door: Door, people: Sequence[PersonRow]) -> None: ...

    def liveness(self) -> Sequence[Check]:
        """Whether the process does its work; at once, and without asking anything that could be away."""
        ...

    async def readiness(self) -> Sequence[Check]:
        """Whether requests should come here."""
        ...

    def metrics_text(self) -> bytes:
        """The text exposition format of Prometheus."""
        ...

    def count_intake(self, result: str, seconds: float) -> None:
        """One request at a door that takes events: `accepted`, `duplicate`, or the code of the refusal."""
        ...


__all__ = [
    "Change",
    "Check",
    "Desk",
    "Door",
    "Feed",
    "Read",
    "Receipt",
    "Shedding",
    "Translate",
]
