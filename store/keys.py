"""Data keys: one per tenant and day for what passes through, standing ones for what stays; all wrapped by the KEK."""

from datetime import date
from enum import StrEnum
from typing import Protocol

from sqlalchemy import Connection


class Purpose(StrEnum):
    """What a data key is for, and so how long it lives."""

    EVENT = "event"  # a key a day, dropped after days
    PARKED = "parked"  # a key a day, dropped after weeks
    STANDING = "standing"  # records, people, proposals
    MAC = "mac"  # digests of the ledger


class Sealer(Protocol):
    """One key, ready: for a batch. Not to be kept beyond the unit of work that asked for it."""

    key_id: int

    def seal(self, plaintext: bytes, aad: bytes) -> bytes:
        """Nonce, ciphertext and tag in one."""
        ...


class Keyring:
    """Seals and opens payloads. `conn` is given inside a unit of work; without it the keyring reads or writes on its own."""

    def sealer(self, tenant: str, purpose: Purpose, conn: Connection | None = None) -> Sealer:
        """The key of today; made if this is its first use."""
        raise NotImplementedError

    def seal(
        self, conn: Connection | None, tenant: str, purpose: Purpose, plaintext: bytes, aad: bytes
    ) -> tuple[int, bytes]:
        raise NotImplementedError

    def open(self, tenant: str, key_id: int, sealed: bytes, aad: bytes, conn: Connection | None = None) -> bytes:
        """The plaintext; raises Undecipherable."""
        raise NotImplementedError

    def mac(self, tenant: str, data: bytes, conn: Connection | None = None) -> bytes:
        """HMAC-SHA256 under the tenant's own key: a digest that says nothing to who lacks it."""
        raise NotImplementedError

    def shred(self, before: date, purpose: Purpose = Purpose.EVENT) -> "Shredded":
        """Drop the keys of all days before this one, except those that work in flight still needs."""
        raise NotImplementedError


class Shredded(Protocol):
    """How many day keys were dropped, and how many had to stay for work in flight."""

    dropped: int
    kept: int
