"""What has been disclosed to the dialer, and what we wrote into the CRM so that its echo is known."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import Connection, Row, text

from store import dialect

ECHO_HOURS: Final = 24
_ECHO_MICROSECONDS: Final = ECHO_HOURS * 3_600_000_000

_COLUMNS: Final = "record, audience, pointers, digest, revision, campaign, seq"
_DISCLOSED: Final = (
    f"SELECT {_COLUMNS} FROM disclosures"
    " WHERE tenant = :tenant AND link = :link AND record {in_texts} AND recalled_at IS NULL"
)
_RECORD: Final = text(
    "INSERT INTO disclosures (tenant, link, record, audience, pointers, digest, revision, campaign, seq,"
    " disclosed_at, recalled_at, changed_at) VALUES (:tenant, :link, :record, :audience, :pointers, :digest,"
    " :revision, :campaign, :seq, :now, NULL, :now)"
    " ON CONFLICT (tenant, link, record) DO UPDATE SET audience = excluded.audience, pointers = excluded.pointers,"
    " digest = excluded.digest, revision = excluded.revision, campaign = excluded.campaign, seq = excluded.seq,"
    " disclosed_at = excluded.disclosed_at, recalled_at = NULL, acknowledged_at = NULL,"
    " changed_at = excluded.changed_at"
)
_FORGET: Final = (
    "UPDATE disclosures SET recalled_at = :now, changed_at = :now, seq = CASE WHEN seq > :seq THEN seq ELSE :seq END"
    " WHERE tenant = :tenant AND link = :link AND record {in_texts} AND recalled_at IS NULL"
)
_STANDING: Final = (
    f"SELECT {_COLUMNS} FROM disclosures"
    " WHERE tenant = :tenant AND link = :link AND record > :after AND recalled_at IS NULL"
)
_LAST_SEQS: Final = "SELECT record, seq FROM disclosures WHERE tenant = :tenant AND link = :link AND record {in_texts}"
#: Commits may end in another order than their clocks were read in, so the feed stays this far behind.
_SETTLING: Final = 1_000_000
_CHANGES: Final = (
    "SELECT record, campaign, changed_at, recalled_at FROM disclosures WHERE tenant = :tenant AND link = :link"
    " AND changed_at >= :moment AND (changed_at > :moment OR record > :record) AND changed_at < :before"
)
_WAITING: Final = " AND recalled_at IS NOT NULL AND acknowledged_at IS NULL"
_ACKNOWLEDGE: Final = text(
    "UPDATE disclosures SET acknowledged_at = COALESCE(acknowledged_at, :now)"
    " WHERE tenant = :tenant AND link = :link AND record = :record AND recalled_at = :recalled_at"
)
_MARK: Final = text(
    "INSERT INTO echoes (tenant, link, record_field, digest, written_at)"
    " VALUES (:tenant, :link, :record_field, :digest, :now)"
    " ON CONFLICT (tenant, link, record_field, digest) DO UPDATE SET written_at = excluded.written_at"
)
_TAKE: Final = text(
    "DELETE FROM echoes WHERE tenant = :tenant AND link = :link AND record_field = :record_field"
    " AND digest = :digest RETURNING written_at"
)
_OVERWRITTEN: Final = text(
    "DELETE FROM echoes WHERE tenant = :tenant AND link = :link AND record_field = :record_field"
    " AND written_at < :before"
)
_STALE: Final = text("DELETE FROM echoes WHERE tenant = :tenant AND link = :link AND written_at < :before")


class Disclosure(NamedTuple):
    """What the dialer holds of one record, because we sent it."""

    record: str
    #: The profiles that may see it, as one word list.
    audience: str
    #: JSON Pointers of the fields sent.
    pointers: tuple[str, ...]
    #: Keyed digest (`Keyring.mac`) of what was sent.
    digest: bytes
    revision: str
    campaign: str
    #: The event that caused it: a command of an older one has been overtaken.
    seq: int = 0


class Change(NamedTuple):
    """A record that the dialer was given, or has to give back: its last change, and when (UTC microseconds)."""

    record: str
    campaign: str
    at: int
    recalled: bool


def disclosed(conn: Connection, tenant: str, link: str, records: Iterable[str]) -> dict[str, Disclosure]:
    """What the dialer holds now of these records; a recalled one is absent."""
    rows = dialect.among(conn, _DISCLOSED, records, tenant=tenant, link=link)
    return {row.record: _disclosure(row) for row in rows}


def record_disclosures(conn: Connection, tenant: str, link: str, rows: Sequence[Disclosure]) -> None:
    """Replace what is known of these records."""
    if not rows:
        return
    shared = {"tenant": tenant, "link": link, "now": dialect.now(conn)}
    values = [{**shared, **row._asdict(), "pointers": orjson.dumps(row.pointers).decode()} for row in rows]
    conn.execute(_RECORD, values)


def forget(conn: Connection, tenant: str, link: str, records: Iterable[str], seq: int = 0) -> None:
    """They were recalled, by the event `seq`: the dialer holds them no more. The rows stay, marked."""
    dialect.among(conn, _FORGET, records, tenant=tenant, link=link, seq=seq, now=dialect.now(conn))


def standing(
    conn: Connection, tenant: str, link: str, *, campaign: str | None = None, after: str = "", limit: int = 500
) -> list[Disclosure]:
    """A page of everything disclosed and not recalled, by record: for recalls and reconciliation."""
    values: dict[str, Any] = {"tenant": tenant, "link": link, "after": after, "limit": limit}
    narrowed = _STANDING
    if campaign is not None:
        narrowed += " AND campaign = :campaign"
        values["campaign"] = campaign
    return [_disclosure(row) for row in conn.execute(text(narrowed + " ORDER BY record LIMIT :limit"), values)]


def changes(
    conn: Connection, tenant: str, link: str, after: tuple[int, str], limit: int, *, recalls: bool = False
) -> list[Change]:
    """The last change of each record after a (moment, record), oldest first: what a dialer that fetches asks for.

    With `recalls`, only those that the dialer has to give back and has not confirmed.
    """
    statement = _CHANGES + (_WAITING if recalls else "") + " ORDER BY changed_at, record LIMIT :limit"
    values = {"tenant": tenant, "link": link, "moment": after[0], "record": after[1], "limit": limit}
    rows = conn.execute(text(statement), {**values, "before": dialect.now(conn) - _SETTLING})
    return [Change(row.record, row.campaign, row.changed_at, row.recalled_at is not None) for row in rows]


def acknowledge(conn: Connection, tenant: str, link: str, record: str, recalled_at: int) -> bool:
    """The dialer has erased the record. False where there is no such recall; true again the second time."""
    values = {"tenant": tenant, "link": link, "record": record, "recalled_at": recalled_at}
    return conn.execute(_ACKNOWLEDGE, {**values, "now": dialect.now(conn)}).rowcount > 0


def last_seqs(conn: Connection, tenant: str, link: str, records: Iterable[str]) -> Mapping[str, int]:
    """The newest event delivered for each record, recalls included."""
    rows = dialect.among(conn, _LAST_SEQS, records, tenant=tenant, link=link)
    return {row.record: row.seq for row in rows}


def mark_written(conn: Connection, tenant: str, link: str, record_field: str, digest: bytes) -> None:
    """We wrote this value (its digest) into `contact/42.status`."""
    values = {"tenant": tenant, "link": link, "record_field": record_field, "digest": digest}
    conn.execute(_MARK, {**values, "now": dialect.now(conn)})


def take_echo(conn: Connection, tenant: str, link: str, record_field: str, digest: bytes) -> bool:
    """Whether this is our own write coming back, within 24 h. True once.

    What we wrote there before goes with it, and all of it where the value is none of ours: it has been written
    over, and should it come again, somebody has set it.
    """
    values = {"tenant": tenant, "link": link, "record_field": record_field, "digest": digest}
    written_at = conn.execute(_TAKE, values).scalar()
    now = dialect.now(conn)
    conn.execute(_OVERWRITTEN, {**values, "before": now + 1 if written_at is None else written_at})
    return written_at is not None and written_at > now - _ECHO_MICROSECONDS


def drop_stale_echoes(conn: Connection, tenant: str, link: str) -> int:
    """Marks whose echo never came, or came within the write itself; how many."""
    before = dialect.now(conn) - _ECHO_MICROSECONDS
    return conn.execute(_STALE, {"tenant": tenant, "link": link, "before": before}).rowcount


def _disclosure(row: Row[Any]) -> Disclosure:
    return Disclosure(
        row.record,
        row.audience,
        tuple(orjson.loads(row.pointers)),
        bytes(row.digest),
        row.revision,
        row.campaign,
        row.seq,
    )
