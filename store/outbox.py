"""Commands on their way, in one lane per record: only the head of a lane may leave.

A row lives from its decision to its end. It is `pending`, or `started` once a request may have
left; ending deletes it and writes the end into the event's decision, in one transaction with
whatever the caller adds (ledger, echo marks). `store.conservation` draws it.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from mapping.decisions import Command
from mapping.reasons import Reason
from mapping.words import Side
from store.keys import Keyring
from store.leases import Lease

#: A started command is not shown by `due` again before this, unless `reclaim` says its worker is gone.
STARTED_SECONDS = 120.0


class Due(NamedTuple):
    """A command that may leave now."""

    seq: int
    #: The same for every attempt, every replay and every restored backup: the target's idempotency key.
    once: str
    command: Command
    #: How often it was started.
    attempts: int
    #: An earlier attempt may have been applied.
    in_doubt: bool
    #: The record, `object/id`.
    lane: str
    #: UTC microseconds.
    created_at: int
    #: Its body could not be opened and is empty here: park it as `undecipherable`.
    unreadable: bool = False


class Backlog(NamedTuple):
    """What waits: how many, how many of them started, and since when the oldest (UTC microseconds)."""

    pending: int
    started: int
    oldest: int | None


def add(
    conn: Connection, keys: Keyring, tenant: str, link: str, side: Side, rows: Sequence[tuple[int, Command]]
) -> None:
    """Queue the commands of events just decided, in seq order."""
    raise NotImplementedError


def due(conn: Connection, keys: Keyring, tenant: str, link: str, side: Side, limit: int) -> list[Due]:
    """Heads of lanes whose time has come, longest due first, at most `limit`; in seq order within the answer."""
    raise NotImplementedError


def started(
    conn: Connection,
    lease: Lease,
    tenant: str,
    link: str,
    side: Side,
    seqs: Sequence[int],
    seconds: float = STARTED_SECONDS,
) -> None:
    """Say so before the request leaves: from here on it is in doubt, and hidden from `due` for `seconds`."""
    raise NotImplementedError


def reclaim(conn: Connection, lease: Lease, tenant: str, link: str, side: Side) -> int:
    """Show all started commands to `due` at once: for a worker that has just taken the lease. How many."""
    raise NotImplementedError


def delivered(conn: Connection, lease: Lease, tenant: str, link: str, side: Side, done: Mapping[int, str]) -> None:
    """End: applied. seq -> the target's own key, or empty. Proposals that these commands wrote become `written`."""
    raise NotImplementedError


def withheld(conn: Connection, lease: Lease, tenant: str, link: str, side: Side, seq: int, reason: Reason) -> None:
    """End: the last look said no."""
    raise NotImplementedError


def refused(conn: Connection, lease: Lease, tenant: str, link: str, side: Side, seq: int, reason: Reason) -> None:
    """End: the target will not take it."""
    raise NotImplementedError


def postponed(
    conn: Connection,
    lease: Lease,
    tenant: str,
    link: str,
    side: Side,
    seq: int,
    seconds: float,
    code: str,
    *,
    in_doubt: bool = False,
) -> None:
    """Not before `seconds` from now; its lane waits, the others do not. `in_doubt`: the attempt may have been applied."""
    raise NotImplementedError


def parked(
    conn: Connection, keys: Keyring, lease: Lease, tenant: str, link: str, side: Side, seq: int, reason: Reason
) -> None:
    """End for now: its event goes to the quarantine. A proposal it would have written waits for its manager again."""
    raise NotImplementedError


def backlog(conn: Connection, tenant: str, link: str, side: Side) -> Backlog:
    raise NotImplementedError
