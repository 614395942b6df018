"""How a command's end becomes its event's end, and that of the event which proposed it."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, text

from mapping.reasons import Reason
from mapping.words import Side
from store import dialect

_EVENT: Final = "tenant = :tenant AND link = :link AND side = :side AND seq = :seq"
_DELIVERED: Final = text(
    f"UPDATE decisions SET state = 'delivered', ended_at = :now, target_key = :target_key WHERE {_EVENT}"
)
_STOPPED: Final = text(f"UPDATE decisions SET state = :state, ended_at = :now, end_reason = :reason WHERE {_EVENT}")
_WRITTEN: Final = (
    "UPDATE proposals SET state = 'written', body = :nothing"
    " WHERE tenant = :tenant AND link = :link AND state = 'validated' AND write_seq {in_numbers}"
    " RETURNING side, seq, write_seq"
)
_REFUSED: Final = text(
    "UPDATE proposals SET state = 'refused', body = :nothing"
    " WHERE tenant = :tenant AND link = :link AND state = 'validated' AND write_seq = :seq RETURNING side, seq"
)
_WAITS_AGAIN: Final = text(
    "UPDATE proposals SET state = 'proposed', decided_by = '', decided_at = NULL, write_seq = NULL"
    " WHERE tenant = :tenant AND link = :link AND state = 'validated' AND write_seq = :seq"
)


def delivered(conn: Connection, tenant: str, link: str, side: Side, done: Mapping[int, str]) -> None:
    """These commands were applied, and with them what they carried out."""
    if not done:
        return
    where: dict[str, Any] = {"tenant": tenant, "link": link}
    ended = [{**where, "side": side.value, "seq": seq, "target_key": key} for seq, key in done.items()]
    written = dialect.among(conn, _WRITTEN, done, **where, nothing=b"").all()
    ended += [{**where, "side": row.side, "seq": row.seq, "target_key": done[row.write_seq]} for row in written]
    now = dialect.now(conn)
    conn.execute(_DELIVERED, [{**each, "now": now} for each in ended])


def stopped(conn: Connection, tenant: str, link: str, side: Side, seq: int, state: str, reason: Reason) -> None:
    """This command ended `withheld` or `refused`, and what it would have carried out with it."""
    where: dict[str, Any] = {"tenant": tenant, "link": link}
    ended = [(side.value, seq)]
    ended.extend((row.side, row.seq) for row in conn.execute(_REFUSED, {**where, "seq": seq, "nothing": b""}).all())
    for from_side, each in ended:
        stop_event(conn, tenant, link, from_side, each, state, reason)


def stop_event(conn: Connection, tenant: str, link: str, side: str, seq: int, state: str, reason: Reason) -> None:
    """This event ended without effect."""
    values = {"tenant": tenant, "link": link, "side": side, "seq": seq, "state": state, "reason": reason.value}
    conn.execute(_STOPPED, {**values, "now": dialect.now(conn)})


def parked(conn: Connection, tenant: str, link: str, side: Side, seq: int, reason: Reason) -> None:
    """This event is in the quarantine now; a proposal it was to write is open again."""
    conn.execute(_WAITS_AGAIN, {"tenant": tenant, "link": link, "seq": seq})
    stop_event(conn, tenant, link, side.value, seq, "quarantined", reason)
