"""Leases by the database's clock. Each change of holder raises the epoch; work under an older epoch is refused."""

from typing import NamedTuple

from sqlalchemy import Connection


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
    raise NotImplementedError


def renew(conn: Connection, lease: Lease, seconds: float) -> Lease:
    """The same lease, longer; raises Fenced when another holder has it."""
    raise NotImplementedError


def release(conn: Connection, lease: Lease) -> None:
    """Give it back, if it is still ours."""
    raise NotImplementedError


def check(conn: Connection, lease: Lease) -> None:
    """Raise Fenced unless this epoch is the live one; it then stays so until this transaction ends."""
    raise NotImplementedError
