"""How far each side of a link was decided, and how far each source was read."""

from typing import Final

from sqlalchemy import Connection, text

from mapping.words import Side
from store import dialect, leases
from store.errors import Violated
from store.leases import Lease

_READ: Final = text("SELECT seq FROM positions WHERE tenant = :tenant AND link = :link AND side = :side")
_MOVE: Final = text(
    "INSERT INTO positions (tenant, link, side, seq, moved_at) VALUES (:tenant, :link, :side, :seq, :now)"
    " ON CONFLICT (tenant, link, side) DO UPDATE SET seq = excluded.seq, moved_at = excluded.moved_at"
    " WHERE positions.seq <= excluded.seq"
)
_CURSOR: Final = text("SELECT cursor FROM cursors WHERE tenant = :tenant AND link = :link AND source = :source")
_FORGET: Final = text("DELETE FROM cursors WHERE tenant = :tenant AND link = :link AND source = :source")
_SAVE: Final = text(
    "INSERT INTO cursors (tenant, link, source, cursor, saved_at) VALUES (:tenant, :link, :source, :cursor, :now)"
    " ON CONFLICT (tenant, link, source) DO UPDATE SET cursor = excluded.cursor, saved_at = excluded.saved_at"
)


def read(conn: Connection, tenant: str, link: str, side: Side) -> int:
    """The seq of the last decided event; 0 before the first."""
    return int(conn.execute(_READ, {"tenant": tenant, "link": link, "side": side.value}).scalar() or 0)


def move(conn: Connection, tenant: str, link: str, side: Side, seq: int, lease: Lease, now: int | None = None) -> None:
    """Forward only (Violated otherwise); raises Fenced. `now`, where the database's clock was asked already."""
    leases.check(conn, lease)
    now = dialect.now(conn) if now is None else now
    values = {"tenant": tenant, "link": link, "side": side.value, "seq": seq, "now": now}
    if conn.execute(_MOVE, values).rowcount != 1:
        raise Violated("position_moves_back")


def cursor(conn: Connection, tenant: str, link: str, source: str) -> str | None:
    """Where the source's next page begins."""
    found: str | None = conn.execute(_CURSOR, {"tenant": tenant, "link": link, "source": source}).scalar()
    return found


def save_cursor(conn: Connection, tenant: str, link: str, source: str, cursor: str, lease: Lease) -> None:
    """Raises Fenced."""
    leases.check(conn, lease)
    values = {"tenant": tenant, "link": link, "source": source, "cursor": cursor, "now": dialect.now(conn)}
    conn.execute(_SAVE, values)


def forget_cursor(conn: Connection, tenant: str, link: str, source: str, lease: Lease) -> None:
    """The source is read from its start again. Raises Fenced."""
    leases.check(conn, lease)
    conn.execute(_FORGET, {"tenant": tenant, "link": link, "source": source})
