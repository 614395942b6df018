"""How far each side of a link was decided, and how far each source was read."""

from sqlalchemy import Connection

from mapping.words import Side
from store.leases import Lease


def read(conn: Connection, tenant: str, link: str, side: Side) -> int:
    """The seq of the last decided event; 0 before the first."""
    raise NotImplementedError


def move(conn: Connection, tenant: str, link: str, side: Side, seq: int, lease: Lease) -> None:
    """Forward only (Violated otherwise); raises Fenced."""
    raise NotImplementedError


def cursor(conn: Connection, tenant: str, link: str, source: str) -> str | None:
    raise NotImplementedError


def save_cursor(conn: Connection, tenant: str, link: str, source: str, cursor: str, lease: Lease) -> None:
    """Raises Fenced."""
    raise NotImplementedError
