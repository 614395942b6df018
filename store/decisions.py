"""What was decided for each event, under which revision: pointers of fields, never values."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from mapping.decisions import Decision
from mapping.reasons import Reason
from mapping.words import Side, Verdict
from store.keys import Keyring
from store.events import LoggedEvent


class Kept(NamedTuple):
    """A decision as kept. `decision.command` is always None: commands live sealed in the outbox."""

    seq: int
    side: Side
    decision: Decision
    #: 1 for the first time, more after replays.
    attempt: int
    #: UTC microseconds.
    decided_at: int
    #: Where the event stands now: see `store.conservation`.
    state: str
    #: Why it ended so, where that is not the decision's own reason; or empty.
    end_reason: str
    ended_at: int | None
    #: The target's own id of what was written, where it gave one.
    target_key: str


def add(conn: Connection, tenant: str, link: str, side: Side, rows: Sequence[tuple[int, Decision]]) -> None:
    """Keep decisions by seq. An event that was taken for replay is overwritten, attempt + 1; any other second time is Violated."""
    raise NotImplementedError


def to_replay(conn: Connection, keys: Keyring, tenant: str, link: str, side: Side, limit: int) -> list[LoggedEvent]:
    """Events taken for replay and not decided again yet: the decider's second inbox, body from the quarantine's copy."""
    raise NotImplementedError


def of_record(conn: Connection, tenant: str, link: str, record: str, limit: int) -> list[Kept]:
    """Newest first."""
    raise NotImplementedError


def of_event(conn: Connection, tenant: str, link: str, event_key: str) -> Kept | None:
    raise NotImplementedError


def tally(conn: Connection, tenant: str, link: str, side: Side, since: int = 0) -> Mapping[tuple[Verdict, Reason], int]:
    """Decisions made at or after `since` (UTC microseconds), counted by verdict and reason."""
    raise NotImplementedError
