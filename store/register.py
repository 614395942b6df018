"""Which revision of each link is live, and who made it so, when, and why. Rows are only ever added."""

from datetime import date
from typing import NamedTuple

from sqlalchemy import Connection


class Live(NamedTuple):
    """A revision as it was made live."""

    number: int
    revision: str
    reason: str
    date: date
    decided_by: str
    source_text: str
    #: UTC microseconds.
    made_live_at: int


def revision(conn: Connection, tenant: str, link: str) -> Live | None:
    """The live one."""
    raise NotImplementedError


def make_live(
    conn: Connection,
    tenant: str,
    link: str,
    revision_id: str,
    reason: str,
    date_: date,
    decided_by: str,
    source_text: str,
) -> Live:
    """Raises Violated without reason, date or decider."""
    raise NotImplementedError


def history(conn: Connection, tenant: str, link: str, limit: int = 100) -> list[Live]:
    """Newest first."""
    raise NotImplementedError


def links(conn: Connection) -> list[tuple[str, str]]:
    """Every (tenant, link) that has a live revision."""
    raise NotImplementedError
