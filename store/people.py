"""Who is who on the dialer's side. Everything but the id is sealed."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple, Protocol

import orjson
from sqlalchemy import Connection, Row, text

from store import dialect
from store.errors import Undecipherable
from store.keys import Keyring, Purpose

_SAVE: Final = text(
    "INSERT INTO people (tenant, link, id, key_id, body, saved_at)"
    " VALUES (:tenant, :link, :id, :key_id, :body, :now)"
    " ON CONFLICT (tenant, link, id) DO UPDATE SET"
    " key_id = excluded.key_id, body = excluded.body, saved_at = excluded.saved_at"
)
_FIND: Final = "SELECT tenant, id, key_id, body FROM people WHERE tenant = :tenant AND link = :link AND id {in_texts}"
_ALL: Final = text("SELECT tenant, id, key_id, body FROM people WHERE tenant = :tenant AND link = :link ORDER BY id")


class PersonLike(Protocol):
    """What `save` takes: a connector's PersonRow has this shape."""

    @property
    def id(self) -> str: ...
    @property
    def profile(self) -> str: ...
    @property
    def team(self) -> str: ...
    @property
    def territory(self) -> str: ...
    @property
    def campaigns(self) -> tuple[str, ...]: ...
    @property
    def crm_user(self) -> str: ...
    @property
    def starts(self) -> datetime | None: ...
    @property
    def ends(self) -> datetime | None: ...


class Person(NamedTuple):
    """Who someone is, from when to when."""

    id: str
    profile: str
    team: str = ""
    territory: str = ""
    campaigns: tuple[str, ...] = ()
    crm_user: str = ""
    starts: datetime | None = None
    ends: datetime | None = None


def save(conn: Connection, keys: Keyring, tenant: str, link: str, rows: Sequence[PersonLike]) -> None:
    """Add or replace these people; others stay."""
    now, sealer = dialect.now(conn), keys.sealer(tenant, Purpose.STANDING, conn)
    for row in rows:
        known = {name: getattr(row, name) for name in Person._fields if name != "id"}
        sealed = sealer.seal(orjson.dumps(known), _bound(tenant, link, row.id))
        values = {"tenant": tenant, "link": link, "id": row.id, "key_id": sealer.key_id, "body": sealed, "now": now}
        conn.execute(_SAVE, values)


def find(conn: Connection, keys: Keyring, tenant: str, link: str, ids: Iterable[str]) -> dict[str, Person]:
    """Those that are known. One that cannot be opened is absent, and so may do nothing."""
    rows = dialect.among(conn, _FIND, ids, tenant=tenant, link=link).all()
    people = (_person(conn, keys, link, row) for row in rows)
    return {person.id: person for person in people if person is not None}


def listing(conn: Connection, keys: Keyring, tenant: str, link: str) -> list[Person]:
    """Everybody known, those who left included, by id."""
    rows = conn.execute(_ALL, {"tenant": tenant, "link": link}).all()
    people = (_person(conn, keys, link, row) for row in rows)
    return [person for person in people if person is not None]


def _bound(tenant: str, link: str, id_: str) -> bytes:
    return f"{tenant}|{link}|person|{id_}".encode()


def _person(conn: Connection, keys: Keyring, link: str, row: Row[Any]) -> Person | None:
    try:
        known = orjson.loads(keys.open(row.tenant, row.key_id, row.body, _bound(row.tenant, link, row.id), conn))
    except Undecipherable:
        return None
    for moment in ("starts", "ends"):
        known[moment] = datetime.fromisoformat(known[moment]) if known[moment] else None
    return Person(row.id, **{**known, "campaigns": tuple(known["campaigns"])})
