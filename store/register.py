"""Which revision of each link is live, and who made it so, when, and why. Rows are only ever added."""

from datetime import date
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, text

from store import dialect
from store.errors import Violated

_NEWEST_FIRST: Final = text(
    "SELECT number, revision, reason, date, decided_by, source_text, made_live_at FROM revisions"
    " WHERE tenant = :tenant AND link = :link ORDER BY number DESC LIMIT :limit"
)
#: Two at once would take the same number: the primary key lets one of them through.
_ADD: Final = text(
    "INSERT INTO revisions (tenant, link, number, revision, reason, date, decided_by, source_text, made_live_at)"
    " SELECT :tenant, :link, coalesce(CAST(:after AS bigint), max(number), 0) + 1, :revision, :reason, :date,"
    " :decided_by, :source_text, :now FROM revisions WHERE tenant = :tenant AND link = :link"
)
_KNOWN: Final = text(
    "SELECT number FROM revisions WHERE tenant = :tenant AND link = :link AND revision = :revision LIMIT 1"
)
_SIZE: Final = text("SELECT count(*) FROM revisions")
_NUMBERS: Final = text("SELECT tenant, link, max(number) AS number FROM revisions GROUP BY tenant, link")
_LINKS: Final = text("SELECT DISTINCT tenant, link FROM revisions ORDER BY tenant, link")


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
    newest = history(conn, tenant, link, 1)
    return newest[0] if newest else None


def make_live(
    conn: Connection,
    tenant: str,
    link: str,
    revision_id: str,
    reason: str,
    date_: date,
    decided_by: str,
    source_text: str,
    *,
    after: int | None = None,
) -> Live:
    """Raises Violated without reason or decider, and where `after` is said but is not the newest number any more."""
    if not reason.strip() or not decided_by.strip():
        raise Violated("revision_needs_reason_and_decider")
    newest = revision(conn, tenant, link) if after is not None else None
    if after is not None and (newest.number if newest else 0) != after:
        raise Violated("revision_superseded")
    values = {"tenant": tenant, "link": link, "revision": revision_id, "reason": reason, "date": date_.isoformat()}
    values |= {"decided_by": decided_by, "source_text": source_text}
    conn.execute(_ADD, {**values, "after": after, "now": dialect.now(conn)})
    return history(conn, tenant, link, 1)[0]


def history(conn: Connection, tenant: str, link: str, limit: int = 100) -> list[Live]:
    """Newest first."""
    rows = conn.execute(_NEWEST_FIRST, {"tenant": tenant, "link": link, "limit": limit})
    return [_live(row) for row in rows]


def known(conn: Connection, tenant: str, link: str, revision_id: str) -> bool:
    """Whether a revision was ever made live."""
    return conn.execute(_KNOWN, {"tenant": tenant, "link": link, "revision": revision_id}).scalar() is not None


def size(conn: Connection) -> int:
    """How many rows there are: a figure that changes whenever any link has a new revision, and only then."""
    return int(conn.execute(_SIZE).scalar_one())


def numbers(conn: Connection) -> dict[tuple[str, str], int]:
    """The newest number of every (tenant, link): one query for all of them."""
    return {(row.tenant, row.link): row.number for row in conn.execute(_NUMBERS)}


def links(conn: Connection) -> list[tuple[str, str]]:
    """Every (tenant, link) that has a live revision."""
    return [(row.tenant, row.link) for row in conn.execute(_LINKS)]


def _live(row: Row[Any]) -> Live:
    return Live(
        row.number,
        row.revision,
        row.reason,
        date.fromisoformat(row.date),
        row.decided_by,
        row.source_text,
        row.made_live_at,
    )
