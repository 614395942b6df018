"""What was decided for each event, under which revision: pointers of fields, never values."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import Connection, Row, text

from mapping.decisions import Decision
from mapping.reasons import Reason
from mapping.words import Origin, Side, Verdict
from store import dialect, schema
from store.errors import Undecipherable, Violated
from store.events import LoggedEvent
from store.keys import Keyring

#: Where an event stands after its decision: the first three are not ends (`store.conservation` draws them).
FIRST_STATE: Final = {
    Verdict.SEND: "on_its_way",
    Verdict.WRITE: "on_its_way",
    Verdict.HOLD: "held",
    Verdict.WITHHOLD: "withheld",
    Verdict.REFUSE: "refused",
    Verdict.QUARANTINE: "quarantined",
}
#: These have ended with their decision.
_ENDED: Final = frozenset({"withheld", "refused"})

_LAST: Final = text("SELECT max(seq) FROM decisions WHERE tenant = :tenant AND link = :link AND side = :side")
_AGAIN: Final = text(
    "UPDATE decisions SET record = :record, verdict = :verdict, reason = :reason, revision = :revision,"
    " profile = :profile, fields = :fields, attempt = attempt + 1, decided_at = :decided_at, state = :state,"
    " end_reason = '', ended_at = :ended_at, target_key = ''"
    " WHERE tenant = :tenant AND link = :link AND side = :side AND seq = :seq AND state = 'replaying'"
)
_DECIDED: Final = (
    "SELECT seq FROM decisions WHERE tenant = :tenant AND link = :link AND side = :side AND seq {in_numbers}"
)
_UNDECIDED: Final = (
    "SELECT e.seq FROM events e LEFT JOIN decisions d"
    " ON d.tenant = e.tenant AND d.link = e.link AND d.side = e.side AND d.seq = e.seq"
    " WHERE e.tenant = :tenant AND e.link = :link AND e.side = :side AND d.seq IS NULL AND e.seq {in_numbers}"
)
_REPLAYED: Final = text(
    "UPDATE quarantine SET state = 'replayed'"
    " WHERE tenant = :tenant AND link = :link AND seq = :seq AND state = 'replaying'"
)
_TO_REPLAY: Final = text(
    "SELECT e.tenant, e.seq, e.key, e.type, e.record, e.origin, e.received_at, q.key_id, q.body FROM quarantine q"
    " JOIN events e ON e.tenant = q.tenant AND e.link = q.link AND e.side = q.side AND e.seq = q.seq"
    " WHERE q.tenant = :tenant AND q.link = :link AND q.side = :side AND q.state = 'replaying'"
    " ORDER BY q.seq + 0 LIMIT :limit"  # by the index of states: those that wait for replay are few
)
_KEPT: Final = (
    "SELECT d.seq, d.side, e.key, d.record, d.verdict, d.reason, d.revision, d.profile, d.fields, d.attempt,"
    " d.decided_at, d.state, d.end_reason, d.ended_at, d.target_key FROM decisions d"
    " JOIN events e ON e.tenant = d.tenant AND e.link = d.link AND e.side = d.side AND e.seq = d.seq"
    " WHERE d.tenant = :tenant AND d.link = :link"
)
_OF_RECORD: Final = text(_KEPT + " AND d.record = :record ORDER BY d.seq DESC LIMIT :limit")
_OF_EVENT: Final = text(_KEPT + " AND e.tenant = :tenant AND e.link = :link AND e.key = :key")
_TALLY: Final = text(
    "SELECT verdict, reason, count(*) FROM decisions"
    " WHERE tenant = :tenant AND link = :link AND side = :side AND decided_at >= :since GROUP BY verdict, reason"
)


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
    """Keep decisions by seq. One taken for replay is overwritten, attempt + 1; any other second time is Violated."""
    now, side_ = dialect.now(conn), side.value
    last = conn.execute(_LAST, {"tenant": tenant, "link": link, "side": side_}).scalar() or 0
    again = decided(conn, tenant, link, side, [seq for seq, _ in rows if seq <= last])
    fields: dict[tuple[tuple[str, ...], ...], str] = {}
    fresh: list[tuple[Any, ...]] = []
    for seq, decision in rows:
        verdict, reason, revision, profile, sent, masked, stripped = decision[1:8]
        pointers = (sent, masked, stripped)
        packed = fields.get(pointers)
        if packed is None:
            packed = fields[pointers] = orjson.dumps(pointers).decode()
        state = FIRST_STATE[verdict]
        ended = now if state in _ENDED else None
        row = (
            *(tenant, link, side_, seq, decision.record, verdict._value_, reason._value_, revision, profile, packed),
            *(1, now, state, "", ended, ""),
        )
        if seq in again:
            _decide_again(conn, row)
        else:
            fresh.append(row)
    dialect.insert_rows(conn, schema.decisions, fresh)


def _decide_again(conn: Connection, row: tuple[Any, ...]) -> None:
    values = dict(zip(schema.decisions.columns.keys(), row, strict=True))
    if conn.execute(_AGAIN, values).rowcount == 1:
        conn.execute(_REPLAYED, {name: values[name] for name in ("tenant", "link", "seq")})
    else:
        raise Violated("already_decided")


def decided(conn: Connection, tenant: str, link: str, side: Side, seqs: Iterable[int]) -> set[int]:
    """Which of these events have a decision, also one that was taken for replay: keeping a first one again is over."""
    asked = list(seqs)
    if not asked:
        return set()
    return set(dialect.among(conn, _DECIDED, asked, tenant=tenant, link=link, side=side.value).scalars())


def undecided(conn: Connection, tenant: str, link: str, side: Side, seqs: Iterable[int]) -> set[int]:
    """Which of these events are in the log and have no decision."""
    asked = list(seqs)
    if not asked:
        return set()
    return set(dialect.among(conn, _UNDECIDED, asked, tenant=tenant, link=link, side=side.value).scalars())


def last(conn: Connection, tenant: str, link: str, side: Side) -> int:
    """The highest seq that has a decision; those below may still wait for theirs. 0 before the first."""
    return conn.execute(_LAST, {"tenant": tenant, "link": link, "side": side.value}).scalar() or 0


def to_replay(conn: Connection, keys: Keyring, tenant: str, link: str, side: Side, limit: int) -> list[LoggedEvent]:
    """Events taken for replay and not decided again yet: the decider's second inbox, from the quarantine's copies."""
    values = {"tenant": tenant, "link": link, "side": side.value, "limit": limit}
    found = []
    for _, seq, key, kind, record, origin, received_at, key_id, sealed in conn.execute(_TO_REPLAY, values).all():
        unreadable, body = False, b""
        try:
            body = keys.open(tenant, key_id, sealed, f"{tenant}|{link}|parked|{seq}".encode(), conn)
        except Undecipherable:
            unreadable = True
        found.append(LoggedEvent(seq, key, kind, record, Origin(origin), received_at, body, unreadable))
    return found


def of_record(conn: Connection, tenant: str, link: str, record: str, limit: int) -> list[Kept]:
    """Newest first."""
    values = {"tenant": tenant, "link": link, "record": record, "limit": limit}
    return [_kept(row) for row in conn.execute(_OF_RECORD, values)]


def of_event(conn: Connection, tenant: str, link: str, event_key: str) -> Kept | None:
    """None where the event is unknown or not decided yet."""
    row = conn.execute(_OF_EVENT, {"tenant": tenant, "link": link, "key": event_key}).first()
    return None if row is None else _kept(row)


def tally(conn: Connection, tenant: str, link: str, side: Side, since: int = 0) -> Mapping[tuple[Verdict, Reason], int]:
    """Decisions made at or after `since` (UTC microseconds), counted by verdict and reason."""
    values = {"tenant": tenant, "link": link, "side": side.value, "since": since}
    return {(Verdict(verdict), Reason(reason)): count for verdict, reason, count in conn.execute(_TALLY, values)}


def _kept(row: Row[Any]) -> Kept:
    seq, side, key, record, verdict, reason, revision, profile, fields, *rest = tuple(row)
    sent, masked, stripped = (tuple(pointers) for pointers in orjson.loads(fields))
    decision = Decision(
        key, Verdict(verdict), Reason(reason), revision, profile, sent, masked, stripped, command=None, record=record
    )
    return Kept(seq, Side(side), decision, *rest)
