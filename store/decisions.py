"""What was decided for each event, under which revision: pointers of fields, never values."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import Connection, Row, text

from mapping.decisions import Decision
from mapping.reasons import Reason
from mapping.words import Origin, Side, Verdict
from store import dialect, outcomes, schema
from store.errors import Undecipherable, Violated
from store.events import LoggedEvent
from store.keys import Keyring
from store.outcomes import Outcome

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

_LAST: Final = text(
    "SELECT seq FROM decisions WHERE tenant = :tenant AND link = :link AND side = :side ORDER BY seq DESC LIMIT 1"
)
_AGAIN: Final = text(
    "UPDATE decisions SET record = :record, outcome = :outcome, attempt = attempt + 1, decided_at = :decided_at,"
    " state = :state, end_reason = '', ended_at = :ended_at, target_key = ''"
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
    "SELECT d.seq, d.side, e.key, d.record, o.verdict, o.reason, o.revision, o.profile, o.fields, d.attempt,"
    f" d.decided_at, d.state, d.end_reason, d.ended_at, d.target_key FROM decisions d{outcomes.JOINED}"
    " JOIN events e ON e.tenant = d.tenant AND e.link = d.link AND e.side = d.side AND e.seq = d.seq"
    " WHERE d.tenant = :tenant AND d.link = :link"
)
_OF_RECORD: Final = text(_KEPT + " AND d.record = :record ORDER BY d.seq DESC LIMIT :limit")
_OF_EVENT: Final = text(_KEPT + " AND e.tenant = :tenant AND e.link = :link AND e.key = :key")
_TALLY: Final = text(
    "SELECT o.verdict, o.reason, sum(d.made) FROM (SELECT outcome, count(*) AS made FROM decisions"
    " WHERE tenant = :tenant AND link = :link AND side = :side AND decided_at >= :since GROUP BY outcome) d"
    " JOIN outcomes o ON o.tenant = :tenant AND o.link = :link AND o.digest = d.outcome"
    " GROUP BY o.verdict, o.reason"
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


class Alike(NamedTuple):
    """Decisions of a batch that came to the same outcome."""

    outcome: Outcome
    digest: bytes
    state: str
    seqs: list[int]
    records: list[str]


def gather(rows: Iterable[tuple[int, Decision]]) -> list[Alike]:
    """A batch, sorted by outcome: in the caller's own thread, where `add` would do so in the writer's."""
    alike: dict[tuple[Any, ...], Alike] = {}
    before: tuple[Any, ...] = ()
    found: Alike | None = None
    for seq, decision in rows:
        said = decision[1:8]  # verdict to stripped: what an outcome is made of
        if found is None or said != before:  # to see that all is the same is quicker than to hash all those pointers
            before, found = said, alike.get(said)
        if found is None:
            outcome = outcomes.of(decision)
            found = alike[said] = Alike(outcome, outcome.digest, FIRST_STATE[decision.verdict], [], [])
        found.seqs.append(seq)
        found.records.append(decision.record)
    return list(alike.values())


def add(
    conn: Connection,
    tenant: str,
    link: str,
    side: Side,
    rows: Sequence[tuple[int, Decision]],
) -> None:
    """Keep decisions by seq. One taken for replay is overwritten, attempt + 1; any other second time is Violated."""
    keep(conn, tenant, link, side, gather(rows), dialect.now(conn))


def keep(conn: Connection, tenant: str, link: str, side: Side, gathered: Sequence[Alike], now: int) -> None:
    """As `add`, what `gather` made of them."""
    highest = last(conn, tenant, link, side)
    again = decided(conn, tenant, link, side, [seq for alike in gathered for seq in alike.seqs if seq <= highest])
    outcomes.add(conn, tenant, link, {alike.outcome for alike in gathered})
    for outcome in gathered:
        same: dict[str, Any] = {"tenant": tenant, "link": link, "side": side.value, "outcome": outcome.digest}
        same |= {"attempt": 1, "decided_at": now, "state": outcome.state, "end_reason": "", "target_key": ""}
        same["ended_at"] = now if outcome.state in _ENDED else None
        seqs, records = outcome.seqs, outcome.records
        if again:
            both = list(zip(seqs, records, strict=True))
            for seq, record in both:
                if seq in again:
                    _decide_again(conn, {**same, "seq": seq, "record": record})
            seqs = [seq for seq, _ in both if seq not in again]
            records = [record for seq, record in both if seq not in again]
        dialect.insert(conn, schema.decisions, len(seqs), **same, seq=seqs, record=records)


def _decide_again(conn: Connection, values: Mapping[str, Any]) -> None:
    if conn.execute(_AGAIN, values).rowcount != 1:
        raise Violated("already_decided")
    conn.execute(_REPLAYED, {name: values[name] for name in ("tenant", "link", "seq")})


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
    return {(Verdict(verdict), Reason(reason)): int(count) for verdict, reason, count in conn.execute(_TALLY, values)}


def _kept(row: Row[Any]) -> Kept:
    seq, side, key, record, verdict, reason, revision, profile, fields, *rest = tuple(row)
    sent, masked, stripped = (tuple(pointers) for pointers in orjson.loads(fields))
    decision = Decision(
        key, Verdict(verdict), Reason(reason), revision, profile, sent, masked, stripped, command=None, record=record
    )
    return Kept(seq, Side(side), decision, *rest)
