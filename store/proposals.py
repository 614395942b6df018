"""What telemarketers propose and a manager decides. A proposal is decided once."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import Connection, Row, text

from mapping.decisions import Command
from mapping.reasons import Reason
from mapping.words import CommandKind, Side
from store import dialect, endings
from store.errors import Undecipherable, Violated
from store.keys import Keyring, Purpose

_COLUMNS: Final = (
    "tenant, id, kind, record, state, proposed_by, seq, created_at, deadline, decided_by, decided_at, key_id, body"
)
_ADD: Final = text(
    "INSERT INTO proposals (tenant, link, id, kind, record, state, proposed_by, side, seq, created_at, deadline,"
    " decided_by, decided_at, write_seq, key_id, body) VALUES (:tenant, :link, :id, :kind, :record, 'proposed',"
    " :proposed_by, :side, :seq, :now, :deadline, '', NULL, NULL, :key_id, :body)"
    " ON CONFLICT (tenant, link, id) DO NOTHING"
)
_FIND: Final = f"SELECT {_COLUMNS} FROM proposals WHERE tenant = :tenant AND link = :link AND id {{in_texts}}"
_VALIDATE: Final = text(
    "UPDATE proposals SET state = 'validated', decided_by = :by, decided_at = :now, write_seq = :write_seq"
    " WHERE tenant = :tenant AND link = :link AND id = :id AND state = 'proposed' RETURNING side, seq"
)
_REJECT: Final = text(
    "UPDATE proposals SET state = 'rejected', decided_by = :by, decided_at = :now, body = :nothing"
    " WHERE tenant = :tenant AND link = :link AND id = :id AND state = 'proposed' RETURNING side, seq"
)
_OVERDUE: Final = text(
    "SELECT id FROM proposals WHERE tenant = :tenant AND link = :link AND state = 'proposed' AND deadline <= :now"
    " ORDER BY deadline LIMIT :limit"
)
_EXPIRE: Final = (
    "UPDATE proposals SET state = 'expired', decided_at = :now, body = :nothing"
    " WHERE tenant = :tenant AND link = :link AND state = 'proposed' AND id {in_texts}"
    f" RETURNING {_COLUMNS}, side"
)
_CENSUS: Final = text(
    "SELECT kind, state, count(*), min(created_at) FROM proposals"
    " WHERE tenant = :tenant AND link = :link GROUP BY kind, state"
)
_LISTING: Final = f"SELECT {_COLUMNS} FROM proposals WHERE tenant = :tenant AND link = :link"


class ProposalKind(StrEnum):
    """What is proposed."""

    APPOINTMENT = "appointment"
    LEAD_STATUS = "lead_status"


class ProposalState(StrEnum):
    """proposed -> validated -> written | refused; proposed -> rejected | expired.

    validated -> proposed again when the write that carries it out is parked.
    """

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
    """Keep it; False when this id is already there (then the event may not be held: refuse it)."""
    plain = orjson.dumps({"kind": new.command.kind.value, "record": new.command.record, "body": dict(new.command.body)})
    key_id, sealed = keys.seal(conn, tenant, Purpose.STANDING, plain, _bound(tenant, link, new.id))
    values = {"tenant": tenant, "link": link, **new._asdict(), "kind": new.kind.value, "side": side.value}
    del values["command"]
    return conn.execute(_ADD, {**values, "now": dialect.now(conn), "key_id": key_id, "body": sealed}).rowcount == 1


def find(conn: Connection, keys: Keyring, tenant: str, link: str, ids: Iterable[str]) -> dict[str, Proposal]:
    """Those that are known, in whatever state."""
    rows = dialect.among(conn, _FIND, ids, tenant=tenant, link=link).all()
    return {row.id: _proposal(conn, keys, link, row) for row in rows}


def decide(
    conn: Connection, tenant: str, link: str, id_: str, state: ProposalState, by: str, *, write_seq: int | None = None
) -> bool:
    """Compare and set from `proposed` to validated or rejected; False when it was already decided.

    `write_seq` is the event whose command carries it out: needed with VALIDATED, and its command
    must be in the outbox by the same COMMIT. The event that proposed it ends with that command, or
    as withheld when it is rejected.
    """
    values: dict[str, Any] = {"tenant": tenant, "link": link, "id": id_, "by": by, "now": dialect.now(conn)}
    if state is ProposalState.VALIDATED and write_seq is not None:
        return conn.execute(_VALIDATE, {**values, "write_seq": write_seq}).first() is not None
    if state is not ProposalState.REJECTED:
        raise Violated("not_a_managers_decision")
    rejected = conn.execute(_REJECT, {**values, "nothing": b""}).first()
    if rejected is None:
        return False
    endings.stop_event(conn, tenant, link, rejected.side, rejected.seq, "withheld", Reason.REJECTED_BY_MANAGER)
    return True


def expire_due(conn: Connection, tenant: str, link: str, limit: int = 500) -> list[Proposal]:
    """End those still proposed after their deadline; their events end withheld, `expired`. `command` is None here."""
    where = {"tenant": tenant, "link": link}
    now = dialect.now(conn)
    ids = conn.execute(_OVERDUE, {**where, "now": now, "limit": limit}).scalars().all()
    expired = dialect.among(conn, _EXPIRE, ids, **where, now=now, nothing=b"").all() if ids else []
    for row in expired:
        endings.stop_event(conn, tenant, link, row.side, row.seq, "withheld", Reason.EXPIRED)
    return [_proposal(conn, None, link, row) for row in expired]


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
    narrowed, values = _LISTING, {"tenant": tenant, "link": link, "limit": limit}
    for name, wanted in (("state", state), ("kind", kind)):
        if wanted is not None:
            narrowed += f" AND {name} = :{name}"
            values[name] = wanted.value
    rows = conn.execute(text(narrowed + " ORDER BY deadline, id LIMIT :limit"), values).all()
    return [_proposal(conn, keys, link, row) for row in rows]


def census(conn: Connection, tenant: str, link: str) -> dict[tuple[ProposalKind, ProposalState], tuple[int, int]]:
    """How many there are, and since when the oldest (UTC microseconds), by kind and state. Opens nothing."""
    rows = conn.execute(_CENSUS, {"tenant": tenant, "link": link})
    return {(ProposalKind(kind), ProposalState(state)): (count, oldest) for kind, state, count, oldest in rows}


def _bound(tenant: str, link: str, id_: str) -> bytes:
    return f"{tenant}|{link}|proposal|{id_}".encode()


def _proposal(conn: Connection, keys: Keyring | None, link: str, row: Row[Any]) -> Proposal:
    command = None
    if keys is not None and row.body:
        try:
            plain = orjson.loads(keys.open(row.tenant, row.key_id, row.body, _bound(row.tenant, link, row.id), conn))
            command = Command(CommandKind(plain["kind"]), plain["record"], plain["body"])
        except Undecipherable:
            command = None
    return Proposal(
        row.id,
        ProposalKind(row.kind),
        row.record,
        ProposalState(row.state),
        row.proposed_by,
        row.seq,
        row.created_at,
        row.deadline,
        row.decided_by,
        row.decided_at,
        command,
    )
