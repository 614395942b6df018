"""Events that could not be decided or applied: whole, sealed under a key of their own term, replayable."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import Connection

from mapping.reasons import Reason
from mapping.words import Side
from store.keys import Keyring


class Stage(StrEnum):
    """Where it failed."""

    DECIDE = "decide"
    DELIVER = "deliver"


class ParkedState(StrEnum):
    """parked -> replaying -> replayed (or parked again); parked -> discarded."""

    PARKED = "parked"
    REPLAYING = "replaying"
    REPLAYED = "replayed"
    DISCARDED = "discarded"


class Parked(NamedTuple):
    """A quarantined event, without its content."""

    seq: int
    side: Side
    key: str
    type: str
    record: str
    stage: Stage
    reason: Reason
    state: ParkedState
    #: UTC microseconds.
    parked_at: int
    #: How often it was quarantined.
    times: int
    discarded_by: str
    discarded_why: str


def add(
    conn: Connection,
    keys: Keyring,
    tenant: str,
    link: str,
    seq: int,
    stage: Stage,
    reason: Reason,
    body: bytes,
) -> None:
    """Keep a sealed copy of its own, so that it outlives the event's key."""
    raise NotImplementedError


def listing(
    conn: Connection, tenant: str, link: str, *, state: ParkedState | None = ParkedState.PARKED, limit: int = 200
) -> list[Parked]:
    """Oldest first."""
    raise NotImplementedError


def show(conn: Connection, keys: Keyring, tenant: str, link: str, seq: int) -> Mapping[str, Any]:
    """The shape of the event: keys, types and lengths, never values. Raises Violated when there is none."""
    raise NotImplementedError


def take_for_replay(conn: Connection, keys: Keyring, tenant: str, link: str, seq: int) -> bytes:
    """Open it for another decision and return its body; `decisions.to_replay` gives it out until it was decided.

    Raises Violated unless it is parked, Undecipherable when its key is gone.
    """
    raise NotImplementedError


def discard(conn: Connection, tenant: str, link: str, seq: int, *, by: str, why: str) -> None:
    """Give it up: the row stays with who and why, the body goes. Raises Violated unless parked, or without by and why."""
    raise NotImplementedError
