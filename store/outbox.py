"""Commands on their way, in one lane per record: only the head of a lane may leave.

A row lives from its decision to its end. It is `pending`, or `started` once a request may have
left. Ending deletes it, makes the next of its lane the head, and writes the end into the event's
decision (`store.endings`), in one transaction with whatever the caller adds (ledger, echo marks).
`store.conservation` draws it. Every lane that has rows has exactly one head.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import Connection, text

from mapping.decisions import Command, json_of
from mapping.reasons import Reason
from mapping.words import CommandKind, Side
from store import dialect, endings, events, leases, quarantine, schema
from store.errors import TooLarge, Undecipherable, Violated
from store.keys import Keyring, Purpose
from store.leases import Lease

#: A started command is not shown by `due` again before this, unless `reclaim` says its worker is gone.
STARTED_SECONDS: Final = 120.0

_LANE: Final = "tenant = :tenant AND link = :link AND side = :side"
_BUSY: Final = f"SELECT record, max(seq) AS last FROM outbox WHERE {_LANE} AND record {{in_texts}} GROUP BY record"
_DUE: Final = text(
    "SELECT o.seq, o.record, o.kind, o.key_id, o.body, o.attempts, o.state, o.created_at, e.key FROM outbox o"
    " JOIN events e ON e.tenant = o.tenant AND e.link = o.link AND e.side = o.side AND e.seq = o.seq"
    " WHERE o.tenant = :tenant AND o.link = :link AND o.side = :side AND o.head = 1 AND o.not_before <= :now"
    " ORDER BY o.not_before, o.seq LIMIT :limit"
)
_DUE_COUNT: Final = text(
    f"SELECT count(*) FROM (SELECT 1 FROM outbox WHERE {_LANE} AND head = 1 AND not_before <= :now LIMIT :limit) AS due"
)
_START: Final = (
    "UPDATE outbox SET state = 'started', attempts = attempts + 1, not_before = :until"
    f" WHERE {_LANE} AND head = 1 AND seq {{in_numbers}}"
)
_RECLAIM: Final = text(f"UPDATE outbox SET not_before = :now WHERE {_LANE} AND head = 1 AND state = 'started'")
_POSTPONE: Final = text(
    f"UPDATE outbox SET state = :state, not_before = :until, code = :code WHERE {_LANE} AND seq = :seq"
)
_UNHEAD: Final = f"UPDATE outbox SET head = 0 WHERE {_LANE} AND record {{in_texts}} AND head = 1 AND state = 'pending'"
_HEAD: Final = (
    "UPDATE outbox SET head = 1"
    f" WHERE {_LANE} AND seq IN (SELECT min(seq) FROM outbox"
    f" WHERE {_LANE} AND record {{in_texts}} GROUP BY record HAVING max(head) = 0)"
)
#: The state is asked for so that no index covers this: SQLite would read all of the lanes' rather than look seqs up.
_ENDING: Final = f"SELECT record, state FROM outbox WHERE {_LANE} AND seq {{in_numbers}}"
_DELETE: Final = f"DELETE FROM outbox WHERE {_LANE} AND seq {{in_numbers}}"
_PENDING: Final = text(f"SELECT count(*) FROM outbox WHERE {_LANE}")
_OLDEST: Final = text(f"SELECT created_at FROM outbox WHERE {_LANE} ORDER BY seq LIMIT 1")
_STARTED: Final = text(f"SELECT count(*) FROM outbox WHERE {_LANE} AND head = 1 AND state = 'started'")


_PROPOSED: Final = (CommandKind.SET_STATUS, CommandKind.BOOK_APPOINTMENT)


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
    """What waits: how many, how many of them started, and since when the first in the log (UTC microseconds)."""

    pending: int
    started: int
    oldest: int | None


class Bodies(NamedTuple):
    """A batch of commands by columns, sealed before the writer is asked for anything."""

    key_id: int
    seqs: list[int]
    kinds: list[str] | str
    records: list[str]
    sealed: list[bytes]
    #: Whether no record comes twice.
    apart: bool


def seal(
    keys: Keyring, tenant: str, link: str, rows: Sequence[tuple[int, Command]], conn: Connection | None = None
) -> Bodies:
    """Seal a batch: in the caller's own thread, where `add` would do so in the writer's. Raises TooLarge."""
    seqs = [seq for seq, _ in rows]
    records = [command.record for _, command in rows]
    kinds = [command.kind._value_ for _, command in rows]
    plains = [json_of(command.body) for _, command in rows]
    if plains and max(map(len, plains)) > events.MAX_BODY_BYTES:
        raise TooLarge("command_body_too_large")
    sealer = keys.sealer(tenant, Purpose.EVENT, conn)
    aads = [bound_to(tenant, link, *each) for each in zip(seqs, kinds, records, strict=True)]
    same = len(set(kinds)) == 1
    sealed = sealer.seal_all(plains, aads)
    return Bodies(sealer.key_id, seqs, kinds[0] if same else kinds, records, sealed, len(set(records)) == len(records))


def add(
    conn: Connection,
    keys: Keyring,
    tenant: str,
    link: str,
    side: Side,
    rows: Sequence[tuple[int, Command]],
) -> None:
    """Queue the commands of events just decided: those of one record in seq order, records in any."""
    if rows:
        queue(conn, tenant, link, side, seal(keys, tenant, link, rows, conn), dialect.now(conn))


def queue(conn: Connection, tenant: str, link: str, side: Side, bodies: Bodies, now: int) -> None:
    """As `add`, what `seal` made of them."""
    if not bodies.seqs:
        return
    lane, records = _lane(tenant, link, side), bodies.records
    last: dict[str, int] = {row.record: row.last for row in dialect.among(conn, _BUSY, dict.fromkeys(records), **lane)}
    heads, late = ([1], set[str]()) if bodies.apart and not last else _heads(last, bodies.seqs, records)
    _insert(conn, lane, bodies, heads if 0 in heads else 1, now)
    if late:  # a replay comes back into its lane at its own, older place
        dialect.among(conn, _UNHEAD, late, **lane)
        dialect.among(conn, _HEAD, late, **lane)


def _insert(conn: Connection, lane: dict[str, Any], bodies: Bodies, heads: list[int] | int, now: int) -> None:
    same: dict[str, Any] = {**lane, "key_id": bodies.key_id, "state": "pending", "not_before": now, "attempts": 0}
    each = {"seq": bodies.seqs, "record": bodies.records, "kind": bodies.kinds, "body": bodies.sealed}
    dialect.insert(conn, schema.outbox, len(bodies.seqs), **same, **each, head=heads, code="", created_at=now)


def _heads(last: dict[str, int], seqs: Sequence[int], records: Sequence[str]) -> tuple[list[int], set[str]]:
    """Whether each is the first of its lane, and the records where one comes in before others."""
    heads: list[int] = []
    late: set[str] = set()
    for seq, record in zip(seqs, records, strict=True):
        before = last.get(record)
        heads.append(1 if before is None else 0)
        if before is None or seq > before:
            last[record] = seq
        else:
            late.add(record)
    return heads, late


def bound_to(tenant: str, link: str, seq: int, kind: str, record: str) -> bytes:
    """What a command's body is sealed to: it opens as this command of this event, and as no other."""
    return f"{tenant}|{link}|command|{seq}|{kind}|{record}".encode()


def due(conn: Connection, keys: Keyring, tenant: str, link: str, side: Side, limit: int) -> list[Due]:
    """Heads of lanes whose time has come, longest due first, at most `limit`; in seq order within the answer."""
    values = {**_lane(tenant, link, side), "now": dialect.now(conn), "limit": limit}
    found = []
    for seq, record, kind, key_id, sealed, attempts, state, created_at, key in conn.execute(_DUE, values).all():
        unreadable, body = False, {}
        try:
            bound = bound_to(tenant, link, seq, kind, record)
            body = orjson.loads(keys.open(tenant, key_id, sealed, bound, conn))
        except Undecipherable:
            unreadable = True
        command = Command(CommandKind(kind), record, body)
        once = effect_key(tenant, link, _cause(command, key), command.kind)
        found.append(Due(seq, once, command, attempts, state == "started", record, created_at, unreadable))
    return sorted(found)


def due_count(conn: Connection, tenant: str, link: str, side: Side, limit: int) -> int:
    """How many lanes have a command whose time has come; counted up to `limit`, and nothing is opened."""
    values = {**_lane(tenant, link, side), "now": dialect.now(conn), "limit": limit}
    return int(conn.execute(_DUE_COUNT, values).scalar_one())


def _cause(command: Command, event_key: str) -> str:
    """What an effect follows from: its event; a proposal's, from the proposal, whoever validated it and how often."""
    proposal = command.body.get("id") if command.kind in _PROPOSED else None
    return f"{command.record}#{proposal}" if proposal else event_key


def effect_key(tenant: str, link: str, event_key: str, kind: CommandKind) -> str:
    """Names an effect by its cause, not by a number that a restored database could give out again."""
    cause = f"{tenant}\0{link}\0{event_key}\0{kind.value}"
    return hashlib.sha256(cause.encode()).hexdigest()[:32]


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
    leases.check(conn, lease)
    until = dialect.now(conn) + round(seconds * 1_000_000)
    changed = dialect.among(conn, _START, seqs, **_lane(tenant, link, side), until=until).rowcount
    if changed != len(set(seqs)):
        raise Violated("not_head_of_its_lane")


def reclaim(conn: Connection, lease: Lease, tenant: str, link: str, side: Side) -> int:
    """Show all started commands to `due` at once: for a worker that has just taken the lease. How many."""
    leases.check(conn, lease)
    return conn.execute(_RECLAIM, {**_lane(tenant, link, side), "now": dialect.now(conn)}).rowcount


def delivered(conn: Connection, lease: Lease, tenant: str, link: str, side: Side, done: Mapping[int, str]) -> None:
    """End: applied. seq -> the target's own key, or empty. Proposals that these commands wrote become `written`."""
    _leave(conn, lease, tenant, link, side, done)
    endings.delivered(conn, tenant, link, side, done)


def withheld(conn: Connection, lease: Lease, tenant: str, link: str, side: Side, seq: int, reason: Reason) -> None:
    """End: the last look said no."""
    _leave(conn, lease, tenant, link, side, (seq,))
    endings.stopped(conn, tenant, link, side, seq, "withheld", reason)


def refused(conn: Connection, lease: Lease, tenant: str, link: str, side: Side, seq: int, reason: Reason) -> None:
    """End: the target will not take it."""
    _leave(conn, lease, tenant, link, side, (seq,))
    endings.stopped(conn, tenant, link, side, seq, "refused", reason)


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
    """Not before `seconds` from now; only its lane waits. `in_doubt`: the attempt may have been applied."""
    leases.check(conn, lease)
    until = dialect.now(conn) + round(seconds * 1_000_000)
    values = {"seq": seq, "until": until, "code": code, "state": "started" if in_doubt else "pending"}
    if conn.execute(_POSTPONE, {**_lane(tenant, link, side), **values}).rowcount != 1:
        raise Violated("not_in_outbox")


def parked(
    conn: Connection, keys: Keyring, lease: Lease, tenant: str, link: str, side: Side, seq: int, reason: Reason
) -> None:
    """End for now: its event goes to the quarantine. A proposal it would have written waits for its manager again."""
    _leave(conn, lease, tenant, link, side, (seq,))
    event = events.one(conn, keys, tenant, link, seq)
    body = b"" if event is None else event.body
    quarantine.add(conn, keys, tenant, link, seq, quarantine.Stage.DELIVER, reason, body)
    endings.parked(conn, tenant, link, side, seq, reason)


def backlog(conn: Connection, tenant: str, link: str, side: Side) -> Backlog:
    """What waits in all lanes of one side."""
    lane = _lane(tenant, link, side)
    pending, started_ = (int(conn.execute(count, lane).scalar_one()) for count in (_PENDING, _STARTED))
    return Backlog(pending, started_, conn.execute(_OLDEST, lane).scalar())


def _leave(
    conn: Connection, lease: Lease, tenant: str, link: str, side: Side, seqs: Sequence[int] | Mapping[int, str]
) -> None:
    leases.check(conn, lease)
    lane = _lane(tenant, link, side)
    records = dialect.among(conn, _ENDING, seqs, **lane).scalars().all()
    if len(records) != len(set(seqs)):
        raise Violated("not_in_outbox")
    dialect.among(conn, _DELETE, seqs, **lane)
    dialect.among(conn, _HEAD, records, **lane)


def _lane(tenant: str, link: str, side: Side) -> dict[str, Any]:
    return {"tenant": tenant, "link": link, "side": side.value}
