"""The event log: whole events, sealed, in one order for each link.

`side` is everywhere in the store the side an event came FROM, also for decisions and outbox rows that followed from it.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from mapping.words import Origin, Side
from store.keys import Keyring

MAX_BODY_BYTES = 1_048_576


class NewEvent(NamedTuple):
    """An event to be logged. `key` is its id at its source: the same key of one link is logged once."""

    key: str
    side: Side
    type: str
    record: str
    origin: Origin
    body: bytes


class LoggedEvent(NamedTuple):
    """An event as it stands in the log. `received_at`: UTC microseconds by the database's clock."""

    seq: int
    key: str
    type: str
    record: str
    origin: Origin
    received_at: int
    body: bytes
    #: The body could not be opened (shredded or altered) and is empty here: quarantine it as `undecipherable`.
    unreadable: bool = False


def append(conn: Connection, keys: Keyring, tenant: str, link: str, events: Sequence[NewEvent]) -> list[int | None]:
    """Log events; their seqs, None for those already known. Raises TooLarge."""
    raise NotImplementedError


def read_after(
    conn: Connection, keys: Keyring, tenant: str, link: str, side: Side, seq: int, limit: int
) -> list[LoggedEvent]:
    """The next events of one side. Whoever has seen seq n will never see a smaller one appear."""
    raise NotImplementedError


def one(conn: Connection, keys: Keyring, tenant: str, link: str, seq: int) -> LoggedEvent | None:
    raise NotImplementedError


def by_key(conn: Connection, keys: Keyring, tenant: str, link: str, key: str) -> LoggedEvent | None:
    raise NotImplementedError


def latest(conn: Connection, keys: Keyring, tenant: str, link: str, side: Side, limit: int) -> list[LoggedEvent]:
    """The newest events of one side, newest first: what `plan` tries a new revision on."""
    raise NotImplementedError


def known(conn: Connection, tenant: str, link: str, keys: Iterable[str]) -> set[str]:
    """Which of these event keys are already logged."""
    raise NotImplementedError
