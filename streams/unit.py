"""What every read and write of a link needs at hand: a transaction, the keys, whose data it is, under which right."""

from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection

from store.keys import Keyring
from store.leases import Lease


class Name(NamedTuple):
    """A link of a tenant."""

    tenant: str
    link: str


@dataclass(frozen=True, slots=True)
class Unit:
    """A transaction of one link. A unit of the writer may be run again: it touches nothing but its connection."""

    conn: Connection
    keys: Keyring
    tenant: str
    link: str


@dataclass(frozen=True, slots=True)
class Leased(Unit):
    """A unit that writes under a lease: what it does is refused once another holds it."""

    lease: Lease
