"""Data keys: one per tenant and day for what passes through, standing ones for what stays; all wrapped by the KEK.

Payloads and data keys are sealed with AES-256-GCM under random nonces. What a sealed value belongs
to is authenticated with it (`aad`), so that a row's bytes cannot be moved to another row.
"""

import hmac
import os
import time
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractContextManager, suppress
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Engine, event, text

from store import dialect, sealing
from store.errors import Undecipherable, Violated, WrongKey

KEK_BYTES: Final = 32
#: How long a key is remembered before the database is asked again whether it still stands.
REMEMBER_SECONDS: Final = 600.0
MICROSECONDS_A_DAY: Final = 86_400_000_000

_CHECKED: Final = b"ecluse"
#: Where a connection has the keys of its open transaction: not to be used by others before COMMIT.
_FRESH: Final = "fresh_keys"
_ADD: Final = text(
    "INSERT INTO data_keys (tenant, key_id, purpose, wrapped, made_at, shredded_at)"
    " VALUES (:tenant, :key_id, :purpose, :wrapped, :now, NULL) ON CONFLICT DO NOTHING"
)
_FIND: Final = text("SELECT wrapped FROM data_keys WHERE tenant = :tenant AND key_id = :key_id")
#: Days that cannot go yet: what was not decided, what is on its way, what is being replayed.
_NEEDED: Final = text(
    "SELECT tenant, key_id FROM outbox"
    " UNION SELECT tenant, key_id FROM quarantine WHERE state = 'replaying'"
    " UNION SELECT e.tenant, e.key_id FROM events e LEFT JOIN positions p"
    " ON p.tenant = e.tenant AND p.link = e.link AND p.side = e.side WHERE e.seq > coalesce(p.seq, 0)"
)
_DROPPABLE: Final = text(
    "SELECT tenant, key_id FROM data_keys WHERE purpose = :purpose AND key_id < :before AND shredded_at IS NULL"
)
_DROP: Final = text(
    "UPDATE data_keys SET wrapped = :nothing, shredded_at = :now WHERE tenant = :tenant AND key_id = :key_id"
)


class Purpose(StrEnum):
    """What a data key is for, and so how long it lives."""

    EVENT = "event"  # a key a day, dropped after days
    PARKED = "parked"  # a key a day, dropped after weeks
    STANDING = "standing"  # records, people, proposals
    MAC = "mac"  # digests of the ledger


_CODES: Final = {Purpose.EVENT: 1, Purpose.PARKED: 2, Purpose.STANDING: 3, Purpose.MAC: 4}
_DAILY: Final = frozenset({Purpose.EVENT, Purpose.PARKED})


class Shredded(NamedTuple):
    """How many day keys were dropped, and how many had to stay for work in flight."""

    dropped: int
    kept: int


class _Opened(NamedTuple):
    raw: bytes
    until: float


class Sealer:
    """One key, ready: for a batch. Not to be kept beyond the unit of work that asked for it."""

    __slots__ = ("_raw", "key_id")

    def __init__(self, key_id: int, raw: bytes) -> None:
        self.key_id = key_id
        self._raw = raw

    def seal(self, plaintext: bytes, aad: bytes) -> bytes:
        """Nonce, ciphertext and tag in one."""
        return sealing.seal_all(self._raw, (plaintext,), (aad,))[0]

    def seal_all(self, plaintexts: Sequence[bytes], aads: Sequence[bytes]) -> list[bytes]:
        """The same for many, each with its own `aad`."""
        return sealing.seal_all(self._raw, plaintexts, aads)


class Keyring:
    """Seals and opens payloads. Inside a unit of work `conn` is given; else the keyring reads or writes by itself."""

    def __init__(
        self,
        kek: bytes,
        read: Callable[[], AbstractContextManager[Connection]],
        write_now: Callable[[Callable[[Connection], Any]], Any],
        scrub: Callable[[], None] = lambda: None,
    ) -> None:
        if len(kek) != KEK_BYTES:
            raise WrongKey("kek_must_be_32_bytes")
        self._kek = kek
        self._read = read
        self._write_now = write_now
        self._scrub = scrub
        self._kept: dict[tuple[str, int], _Opened] = {}

    def follow(self, engine: Engine) -> None:
        """Forget a key made in a transaction that did not commit: what it sealed is gone too, and so must it be."""
        event.listen(engine, "begin", _forget)
        event.listen(engine, "rollback", _forget)

    def committed(self, conn: Connection) -> None:
        """To be told after each COMMIT, and not before: a COMMIT that fails takes the keys of its transaction along."""
        self._kept.update(conn.info.pop(_FRESH, {}))

    def sealer(self, tenant: str, purpose: Purpose, conn: Connection | None = None) -> Sealer:
        """The key of today; made if this is its first use."""
        key_id = id_of_today(purpose)
        return Sealer(key_id, self._opened(tenant, key_id, purpose, conn).raw)

    def seal(
        self, conn: Connection | None, tenant: str, purpose: Purpose, plaintext: bytes, aad: bytes
    ) -> tuple[int, bytes]:
        sealer = self.sealer(tenant, purpose, conn)
        return sealer.key_id, sealer.seal(plaintext, aad)

    def raw(self, tenant: str, key_id: int) -> bytes | None:
        """A key itself, for the compiled core: the same object until it is asked for anew; None where it is gone.

        Not to be kept beyond the batch that asked for it, unless it is asked for again with each.
        """
        try:
            return self._opened(tenant, key_id, None, None).raw
        except Undecipherable:
            return None

    def holds(self, tenant: str, keys: Collection[tuple[int, bytes | None]]) -> bool:
        """Whether `raw` would give these very objects, and not ask the database for any."""
        now = time.monotonic()
        for key_id, raw in keys:
            kept = self._kept.get((tenant, key_id))
            if kept is None or kept.raw is not raw or kept.until <= now:
                return False
        return True

    def fetch(self, wanted: Collection[tuple[str, int]]) -> None:
        """Have keys at hand, by tenant and id, read in one go. What is gone is left out."""
        now = time.monotonic()
        missing = [name for name in wanted if (kept := self._kept.get(name)) is None or kept.until <= now]
        if not missing:
            return
        with self._read() as reader:
            for tenant, key_id in missing:
                with suppress(Undecipherable):
                    self._found(reader, tenant, key_id)

    def forget(self) -> None:
        """Drop from memory what was not asked for anew in its time: another process may have dropped it."""
        now = time.monotonic()
        for name in [name for name, kept in list(self._kept.items()) if kept.until <= now]:
            self._kept.pop(name, None)

    def today(self, tenant: str, purpose: Purpose) -> int:
        """The id of the key of today, which is made if this is its first use."""
        return self.sealer(tenant, purpose).key_id

    def open(self, tenant: str, key_id: int, sealed: bytes, aad: bytes, conn: Connection | None = None) -> bytes:
        """The plaintext; raises Undecipherable."""
        opened = sealing.open_all(self._opened(tenant, key_id, None, conn).raw, (sealed,), (aad,))[0]
        if opened is None:
            raise Undecipherable("altered_or_moved")
        return opened

    def open_all(
        self,
        tenant: str,
        key_ids: Sequence[int],
        sealed: Sequence[bytes],
        aads: Sequence[bytes],
        conn: Connection | None = None,
    ) -> list[bytes | None]:
        """The plaintexts, in order; None for each that does not open, whatever the reason."""
        if len(set(key_ids)) == 1:
            return self._opened_under(tenant, key_ids[0], sealed, aads, conn)
        found: list[bytes | None] = [None] * len(key_ids)
        for key_id in set(key_ids):
            places = [place for place, one in enumerate(key_ids) if one == key_id]
            part = [sealed[place] for place in places], [aads[place] for place in places]
            for place, plain in zip(places, self._opened_under(tenant, key_id, *part, conn), strict=True):
                found[place] = plain
        return found

    def _opened_under(
        self, tenant: str, key_id: int, sealed: Sequence[bytes], aads: Sequence[bytes], conn: Connection | None
    ) -> list[bytes | None]:
        try:
            raw = self._opened(tenant, key_id, None, conn).raw
        except Undecipherable:
            return [None] * len(sealed)
        return sealing.open_all(raw, sealed, aads)

    def mac(self, tenant: str, data: bytes, conn: Connection | None = None) -> bytes:
        """HMAC-SHA256 under the tenant's own key: a digest that says nothing to who lacks it."""
        return hmac.digest(self._opened(tenant, _CODES[Purpose.MAC], Purpose.MAC, conn).raw, data, "sha256")

    def shred(self, before: date, purpose: Purpose = Purpose.EVENT) -> Shredded:
        """Drop the keys of all days before this one, except those that work in flight still needs."""
        days = min((before - date(1970, 1, 1)).days, _today())
        if purpose not in _DAILY:
            raise Violated("purpose_has_no_days")
        shredded: Shredded = self._write_now(lambda conn: _shred(conn, purpose, days * 10))
        self._kept.clear()
        self._scrub()
        return shredded

    def check(self, conn: Connection, *, create: bool = False) -> None:
        """Raise WrongKey unless the KEK is the one this database's check value was made with."""
        if create:
            wrapped = self._wrap("", 0, _CHECKED)
            conn.execute(
                _ADD, {"tenant": "", "key_id": 0, "purpose": "check", "wrapped": wrapped, "now": dialect.now(conn)}
            )
        found = conn.execute(_FIND, {"tenant": "", "key_id": 0}).scalar()
        if found is not None and self._unwrap("", 0, bytes(found)) != _CHECKED:
            raise WrongKey("kek_does_not_open_this_database")

    def _opened(self, tenant: str, key_id: int, make: Purpose | None, conn: Connection | None) -> _Opened:
        kept = self._kept.get((tenant, key_id))
        if kept is not None and kept.until > time.monotonic():
            return kept
        if conn is not None:
            fresh = conn.info.get(_FRESH, {}).get((tenant, key_id))
            return fresh or self._found(conn, tenant, key_id) or self._made(conn, tenant, key_id, make)
        with self._read() as reader:
            found = self._found(reader, tenant, key_id)
        if found is None and make is not None:
            self._write_now(lambda unit: self._opened(tenant, key_id, make, unit))
            with self._read() as reader:
                found = self._found(reader, tenant, key_id)
        if found is None:
            raise Undecipherable("no_such_key")
        return found

    def _found(self, conn: Connection, tenant: str, key_id: int) -> _Opened | None:
        wrapped = conn.execute(_FIND, {"tenant": tenant, "key_id": key_id}).scalar()
        if wrapped is None:
            return None
        opened = self._ready(tenant, key_id, bytes(wrapped))
        if _FRESH not in conn.info:
            self._kept[tenant, key_id] = opened
        return opened

    def _made(self, conn: Connection, tenant: str, key_id: int, purpose: Purpose | None) -> _Opened:
        if purpose is None:
            raise Undecipherable("no_such_key")
        wrapped = self._wrap(tenant, key_id, os.urandom(KEK_BYTES))
        values = {"tenant": tenant, "key_id": key_id, "purpose": purpose.value, "wrapped": wrapped}
        conn.execute(_ADD, {**values, "now": dialect.now(conn)})
        # Another process may have been first: what the table holds now is what everybody uses.
        stored = conn.execute(_FIND, {"tenant": tenant, "key_id": key_id}).scalar_one()
        opened = self._ready(tenant, key_id, bytes(stored))
        conn.info.setdefault(_FRESH, {})[tenant, key_id] = opened
        return opened

    def _ready(self, tenant: str, key_id: int, wrapped: bytes) -> _Opened:
        raw = self._unwrap(tenant, key_id, wrapped) if wrapped else None
        if raw is None or len(raw) != KEK_BYTES:
            raise Undecipherable("key_shredded" if not wrapped else "key_does_not_unwrap")
        return _Opened(raw, time.monotonic() + REMEMBER_SECONDS)

    def _wrap(self, tenant: str, key_id: int, raw: bytes) -> bytes:
        return sealing.seal_all(self._kek, (raw,), (_wrapping(tenant, key_id),))[0]

    def _unwrap(self, tenant: str, key_id: int, wrapped: bytes) -> bytes | None:
        return sealing.open_all(self._kek, (wrapped,), (_wrapping(tenant, key_id),))[0]


def _forget(conn: Connection) -> None:
    if not conn.invalidated:
        conn.info.pop(_FRESH, None)


def _wrapping(tenant: str, key_id: int) -> bytes:
    return f"ecluse|data_key|{tenant}|{key_id}".encode()


def _today() -> int:
    return (datetime.now(UTC).date() - date(1970, 1, 1)).days


def id_of_today(purpose: Purpose) -> int:
    """Ten times the day, plus the purpose: the same in every process, and older days are smaller numbers."""
    return _CODES[purpose] + (_today() * 10 if purpose in _DAILY else 0)


def _shred(conn: Connection, purpose: Purpose, before: int) -> Shredded:
    needed = {(row.tenant, row.key_id) for row in conn.execute(_NEEDED)}
    old = {(row.tenant, row.key_id) for row in conn.execute(_DROPPABLE, {"purpose": purpose.value, "before": before})}
    at = dialect.now(conn)
    for tenant, key_id in old - needed:
        conn.execute(_DROP, {"nothing": b"", "now": at, "tenant": tenant, "key_id": key_id})
    return Shredded(len(old - needed), len(old & needed))
