"""Events that could not be decided or applied: whole, sealed under a key of their own term, replayable."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import Connection, Row, text

from mapping.reasons import Reason
from mapping.words import Side
from store import dialect
from store.errors import Violated
from store.keys import Keyring, Purpose

#: How deep `show` looks before it says only what kind of thing it sees.
SHOWN_DEPTH: Final = 32
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_FIGURE: Final = re.compile(r"[0-9]{3}")

_SIDE: Final = text(
    "SELECT side FROM events WHERE tenant = :tenant AND link = :link AND side IN ('crm', 'dialer') AND seq = :seq"
)
_ADD: Final = text(
    "INSERT INTO quarantine (tenant, link, seq, side, stage, reason, state, parked_at, times,"
    " discarded_by, discarded_why, key_id, body)"
    " VALUES (:tenant, :link, :seq, :side, :stage, :reason, 'parked', :now, 1, '', '', :key_id, :body)"
    " ON CONFLICT (tenant, link, seq) DO UPDATE SET stage = excluded.stage, reason = excluded.reason,"
    " state = 'parked', parked_at = excluded.parked_at, times = quarantine.times + 1,"
    " key_id = excluded.key_id, body = excluded.body"
    " WHERE quarantine.state IN ('replaying', 'replayed')"
)
_LISTED: Final = (
    "SELECT q.seq, q.side, e.key, e.type, e.record, q.stage, q.reason, q.state, q.parked_at, q.times,"
    " q.discarded_by, q.discarded_why FROM quarantine q"
    " JOIN events e ON e.tenant = q.tenant AND e.link = q.link AND e.side = q.side AND e.seq = q.seq"
    " WHERE q.tenant = :tenant AND q.link = :link"
)
_ALL: Final = text(_LISTED + " ORDER BY q.seq LIMIT :limit")
_IN_STATE: Final = text(
    _LISTED + " AND q.side IN ('crm', 'dialer') AND q.state = :state ORDER BY q.seq + 0 LIMIT :limit"
)
_CENSUS: Final = text(
    "SELECT side, count(*), min(parked_at) FROM quarantine"
    " WHERE tenant = :tenant AND link = :link AND state = 'parked' GROUP BY side"
)
_BODY: Final = text("SELECT state, key_id, body FROM quarantine WHERE tenant = :tenant AND link = :link AND seq = :seq")
_TAKE: Final = text(
    "UPDATE quarantine SET state = 'replaying'"
    " WHERE tenant = :tenant AND link = :link AND seq = :seq AND state = 'parked'"
)
_DECIDE_AGAIN: Final = text(
    "UPDATE decisions SET state = 'replaying', ended_at = NULL"
    " WHERE tenant = :tenant AND link = :link AND side IN ('crm', 'dialer') AND seq = :seq AND state = 'quarantined'"
)
_DISCARD: Final = text(
    "UPDATE quarantine SET state = 'discarded', discarded_by = :by, discarded_why = :why, body = :nothing"
    " WHERE tenant = :tenant AND link = :link AND seq = :seq AND state = 'parked'"
)


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
    conn: Connection, keys: Keyring, tenant: str, link: str, seq: int, stage: Stage, reason: Reason, body: bytes
) -> None:
    """Keep a sealed copy of its own, so that it outlives the event's key. Violated for one that is there already."""
    side = conn.execute(_SIDE, {"tenant": tenant, "link": link, "seq": seq}).scalar()
    if side is None:
        raise Violated("no_such_event")
    key_id, sealed = keys.seal(conn, tenant, Purpose.PARKED, body, _bound(tenant, link, seq))
    values = {"tenant": tenant, "link": link, "seq": seq, "side": side, "stage": stage.value, "reason": reason.value}
    values |= {"now": dialect.now(conn), "key_id": key_id, "body": sealed}
    if conn.execute(_ADD, values).rowcount != 1:
        raise Violated("already_quarantined")


def listing(
    conn: Connection, tenant: str, link: str, *, state: ParkedState | None = ParkedState.PARKED, limit: int = 200
) -> list[Parked]:
    """Oldest first."""
    values: dict[str, Any] = {"tenant": tenant, "link": link, "limit": limit}
    if state is None:
        return [_parked(row) for row in conn.execute(_ALL, values)]
    return [_parked(row) for row in conn.execute(_IN_STATE, {**values, "state": state.value})]


def census(conn: Connection, tenant: str, link: str) -> dict[Side, tuple[int, int]]:
    """How many are parked, and since when the oldest (UTC microseconds), by side; a side without any is absent."""
    rows = conn.execute(_CENSUS, {"tenant": tenant, "link": link})
    return {Side(side): (count, oldest) for side, count, oldest in rows}


def show(conn: Connection, keys: Keyring, tenant: str, link: str, seq: int) -> Mapping[str, Any]:
    """The shape of the event: names, types and lengths, never values. Raises Violated when there is none."""
    row = conn.execute(_BODY, {"tenant": tenant, "link": link, "seq": seq}).first()
    if row is None:
        raise Violated("not_in_quarantine")
    if not row.body:
        return {"type": "discarded"}
    body = keys.open(tenant, row.key_id, row.body, _bound(tenant, link, seq), conn)
    try:
        return _shape(orjson.loads(body), 0)
    except orjson.JSONDecodeError:
        return {"type": "not json", "bytes": len(body)}


def take_for_replay(conn: Connection, keys: Keyring, tenant: str, link: str, seq: int) -> bytes:
    """Open it for another decision and return its body; `decisions.to_replay` gives it out until it was decided.

    Raises Violated unless it is parked, Undecipherable when its key is gone.
    """
    where = {"tenant": tenant, "link": link, "seq": seq}
    row = conn.execute(_BODY, where).first()
    if row is None or row.state != ParkedState.PARKED.value:
        raise Violated("not_in_quarantine")
    body = keys.open(tenant, row.key_id, row.body, _bound(tenant, link, seq), conn)
    taken = conn.execute(_TAKE, where).rowcount == 1
    if not taken or conn.execute(_DECIDE_AGAIN, where).rowcount != 1:
        raise Violated("not_in_quarantine")
    return body


def discard(conn: Connection, tenant: str, link: str, seq: int, *, by: str, why: str) -> None:
    """Give it up: the row stays with who and why, the body goes. Violated unless parked, or without by and why."""
    if not by.strip() or not why.strip():
        raise Violated("discard_needs_by_and_why")
    values = {"tenant": tenant, "link": link, "seq": seq, "by": by, "why": why, "nothing": b""}
    if conn.execute(_DISCARD, values).rowcount != 1:
        raise Violated("not_in_quarantine")


def _bound(tenant: str, link: str, seq: int) -> bytes:
    return f"{tenant}|{link}|parked|{seq}".encode()


def _parked(row: Row[Any]) -> Parked:
    seq, side, key, kind, record, stage, reason, state, *rest = tuple(row)
    return Parked(seq, Side(side), key, kind, record, Stage(stage), Reason(reason), ParkedState(state), *rest)


def _named(key: str, at: int) -> str:
    """A key that looks like a field's name; whoever sent the event may have made a value of any other."""
    named = _NAME.fullmatch(key) and not _FIGURE.search(key)
    return key if named else f"({at}: {len(key)})"


def _shape(value: Any, depth: int) -> dict[str, Any]:
    match value:
        case dict() if depth < SHOWN_DEPTH:
            shapes = [(_named(key, at), _shape(held, depth + 1)) for at, (key, held) in enumerate(value.items())]
            return {"type": "object", "keys": dict(shapes)}
        case list() if depth < SHOWN_DEPTH:
            return {"type": "array", "length": len(value), "items": [_shape(held, depth + 1) for held in value[:20]]}
        case str():
            return {"type": "string", "length": len(value)}
        case bool():
            return {"type": "boolean"}
        case int() | float():
            return {"type": "number"}
        case None:
            return {"type": "null"}
        case _:
            return {"type": type(value).__name__, "length": len(value)}
