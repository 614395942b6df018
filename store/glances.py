"""What the runtimes look up at a glance: clear columns only, nothing is opened, one query for a batch."""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import Connection, text

from mapping.words import CommandKind, Object, Origin, Side
from store import dialect, outcomes, positions

_LANES: Final = (
    "SELECT o.record, o.seq, o.kind, o.state, e.origin FROM outbox o"
    " JOIN events e ON e.tenant = o.tenant AND e.link = o.link AND e.side = o.side AND e.seq = o.seq"
    " WHERE o.tenant = :tenant AND o.link = :link AND o.side = :side AND o.record {in_texts} ORDER BY o.record, o.seq"
)
_CAUSES: Final = (
    f"SELECT d.seq, o.revision, o.profile, o.fields, e.received_at, e.origin FROM decisions d{outcomes.JOINED}"
    " JOIN events e ON e.tenant = d.tenant AND e.link = d.link AND e.side = d.side AND e.seq = d.seq"
    " WHERE d.tenant = :tenant AND d.link = :link AND d.side = :side AND d.seq {in_numbers}"
)
_KNOWN: Final = (
    "SELECT key FROM records WHERE tenant = :tenant AND link = :link AND object = :object AND key {in_texts}"
)
_REFERRING: Final = (
    "SELECT ref_key, key FROM record_refs WHERE tenant = :tenant AND link = :link AND ref_object = :to"
    " AND ref_key {in_texts} AND object = :object ORDER BY ref_key, key"
)
#: Counted in an index, and the first looked up: with a million waiting, min(received_at) would read every body.
#: Where several workers decide, some is decided ahead of the position; the first after it never is.
_UNDECIDED: Final = text(
    "SELECT (SELECT count(*) FROM events WHERE tenant = :tenant AND link = :link AND side = :side AND seq > :seq)"
    " - (SELECT count(*) FROM decisions WHERE tenant = :tenant AND link = :link AND side = :side AND seq > :seq)"
)
_FIRST_UNDECIDED: Final = text(
    "SELECT received_at FROM events WHERE tenant = :tenant AND link = :link AND side = :side AND seq > :seq"
    " ORDER BY seq LIMIT 1"
)
_OF_KIND: Final = text(
    "SELECT count(*), min(created_at) FROM outbox"
    " WHERE tenant = :tenant AND link = :link AND side = :side AND kind = :kind"
)


class Waiting(NamedTuple):
    """A command in its lane."""

    seq: int
    kind: CommandKind
    started: bool
    #: Of the event that caused it.
    origin: Origin


class Cause(NamedTuple):
    """The decision and event that a command follows from. `received_at`: UTC microseconds."""

    revision: str
    profile: str
    #: JSON Pointers of what left, as it was or masked.
    pointers: tuple[str, ...]
    received_at: int
    origin: Origin


class Heap(NamedTuple):
    """How many, and since when the oldest (UTC microseconds)."""

    size: int
    oldest: int | None


def lanes(conn: Connection, tenant: str, link: str, side: Side, records: Iterable[str]) -> dict[str, list[Waiting]]:
    """All commands of these records that have not ended, in seq order."""
    found: dict[str, list[Waiting]] = {}
    for row in dialect.among(conn, _LANES, records, **_at(tenant, link, side)).all():
        record, seq, kind, state, origin = tuple(row)
        waiting = Waiting(seq, CommandKind(kind), state == "started", Origin(origin))
        found.setdefault(record, []).append(waiting)
    return found


def causes(conn: Connection, tenant: str, link: str, side: Side, seqs: Iterable[int]) -> dict[int, Cause]:
    """What these commands follow from, by seq."""
    made = {}
    for row in dialect.among(conn, _CAUSES, seqs, **_at(tenant, link, side)).all():
        seq, revision, profile, fields, received_at, origin = tuple(row)
        sent, masked, _ = orjson.loads(fields)
        made[seq] = Cause(revision, profile, (*sent, *masked), received_at, Origin(origin))
    return made


def known(conn: Connection, tenant: str, link: str, item: Object, keys: Iterable[str]) -> set[str]:
    """Which of these CRM records are stored."""
    values = {"tenant": tenant, "link": link, "object": item.value}
    return set(dialect.among(conn, _KNOWN, keys, **values).scalars())


def referring(
    conn: Connection, tenant: str, link: str, item: Object, to: str, keys: Iterable[str]
) -> list[tuple[str, str]]:
    """Which records of a kind refer to these: (what they refer to, their key). `to` may be a word that is no object."""
    values = {"tenant": tenant, "link": link, "object": item.value, "to": to}
    return [(row.ref_key, row.key) for row in dialect.among(conn, _REFERRING, keys, **values)]


def undecided(conn: Connection, tenant: str, link: str, side: Side) -> Heap:
    """Events after the read position that nobody has decided."""
    after = {**_at(tenant, link, side), "seq": positions.read(conn, tenant, link, side)}
    return Heap(conn.execute(_UNDECIDED, after).scalar_one(), conn.execute(_FIRST_UNDECIDED, after).scalar())


def of_kind(conn: Connection, tenant: str, link: str, side: Side, kind: CommandKind) -> Heap:
    """Commands of one kind that have not ended."""
    return Heap(*conn.execute(_OF_KIND, {**_at(tenant, link, side), "kind": kind.value}).one())


def _at(tenant: str, link: str, side: Side) -> dict[str, Any]:
    return {"tenant": tenant, "link": link, "side": side.value}
