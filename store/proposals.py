"""What telemarketers propose and a manager decides. A proposal is decided once."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Connection

from mapping.decisions import Command
from mapping.words import Side
from store.keys import Keyring


class ProposalKind(StrEnum):
    """What is proposed."""

    APPOINTMENT = "appointment"
    LEAD_STATUS = "lead_status"


class ProposalState(StrEnum):
    """proposed -> validated -> written | refused; proposed -> rejected | expired; validated -> proposed when its write is parked."""

    PROPOSED = "proposed"
    VALIDATED = "validated"
    REJECTED = "rejected"
    EXPIRED = "expired"
    WRITTEN = "written"
    #: Validated, but its write was refused by the target or withheld by the last look.
    REFUSED = "refused"


class NewProposal(NamedTuple):
    """A proposal to be kept: the event `seq` made it, `command` is what a validation would write."""

    id: str
    kind: ProposalKind
    record: str
    proposed_by: str
    seq: int
    #: UTC microseconds.
    deadline: int
    command: Command


class Proposal(NamedTuple):
    """A proposal as it stands. Times are UTC microseconds."""

    id: str
    kind: ProposalKind
    record: str
    state: ProposalState
    proposed_by: str
    seq: int
    created_at: int
    deadline: int
    decided_by: str
    decided_at: int | None
    #: What a validation would write; None once it has ended, or where it cannot be opened.
    command: Command | None


def add(conn: Connection, keys: Keyring, tenant: str, link: str, new: NewProposal, side: Side = Side.DIALER) -> bool:
    """Keep it; False when this id is already there (then hold nothing: refuse the event)."""
    raise NotImplementedError


def find(conn: Connection, keys: Keyring, tenant: str, link: str, ids: Iterable[str]) -> dict[str, Proposal]:
    raise NotImplementedError


def decide(
    conn: Connection, tenant: str, link: str, id_: str, state: ProposalState, by: str, *, write_seq: int | None = None
) -> bool:
    """Compare and set from `proposed` to validated or rejected; False when it was already decided.

    `write_seq` is the event whose command carries it out: needed with VALIDATED. The event that
    proposed it ends with that command's end, or as withheld when it is rejected.
    """
    raise NotImplementedError


def expire_due(conn: Connection, tenant: str, link: str, limit: int = 500) -> list[Proposal]:
    """End those still proposed after their deadline; their events end withheld, `expired`. `command` is None in the answer."""
    raise NotImplementedError


def listing(
    conn: Connection,
    keys: Keyring,
    tenant: str,
    link: str,
    *,
    state: ProposalState | None = None,
    kind: ProposalKind | None = None,
    limit: int = 200,
) -> list[Proposal]:
    """Nearest deadline first."""
    raise NotImplementedError
