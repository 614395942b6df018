"""Leases by the database's clock. Each change of holder raises the epoch; work under an older epoch is refused."""

from typing import Final, NamedTuple

from sqlalchemy import Connection, text

from store import dialect
from store.errors import Fenced

_TAKE: Final = text(
    "INSERT INTO leases (tenant, name, holder, epoch, expires_at) VALUES (:tenant, :name, :holder, 1, :expires_at)"
    " ON CONFLICT (tenant, name) DO UPDATE SET"
    " epoch = leases.epoch"
    " + CASE WHEN leases.holder = excluded.holder AND leases.expires_at > :now THEN 0 ELSE 1 END,"
    " holder = excluded.holder, expires_at = excluded.expires_at"
    " WHERE leases.expires_at <= :now OR leases.holder = excluded.holder"
    " RETURNING epoch"
)
_RENEW: Final = text(
    "UPDATE leases SET expires_at = :expires_at WHERE tenant = :tenant AND name = :name AND epoch = :epoch"
)
_EPOCH: Final = "SELECT epoch FROM leases WHERE tenant = :tenant AND name = :name"
_HELD: Final = {name: text(_EPOCH + held) for name, held in dialect.HOLDS.items()}


class Lease(NamedTuple):
    """A right to work, as taken. It may have been lost since: only `check` inside a transaction tells."""

    tenant: str
    name: str
    #: Must be new for each process, or two would share one epoch.
    holder: str
    epoch: int
    #: UTC microseconds, database clock.
    expires_at: int


def take(conn: Connection, tenant: str, name: str, holder: str, seconds: float) -> Lease | None:
    """The lease if it is free, expired, or already ours; else None."""
    now = dialect.now(conn)
    lease = Lease(tenant, name, holder, 0, now + round(seconds * 1_000_000))
    epoch = conn.execute(_TAKE, {**lease._asdict(), "now": now}).scalar()
    return None if epoch is None else lease._replace(epoch=epoch)


def renew(conn: Connection, lease: Lease, seconds: float) -> Lease:
    """The same lease, longer; raises Fenced when another holder has had it."""
    longer = lease._replace(expires_at=dialect.now(conn) + round(seconds * 1_000_000))
    if conn.execute(_RENEW, longer._asdict()).rowcount != 1:
        raise Fenced("lease_lost")
    return longer


def release(conn: Connection, lease: Lease) -> None:
    """Give it back, if it is still ours."""
    conn.execute(_RENEW, lease._replace(expires_at=0)._asdict())


def check(conn: Connection, lease: Lease) -> None:
    """Raise Fenced unless this epoch is the live one; it then stays so until this transaction ends."""
    at = {"tenant": lease.tenant, "name": lease.name}
    if conn.execute(_HELD[conn.dialect.name], at).scalar() != lease.epoch:
        raise Fenced("lease_lost")
