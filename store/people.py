"""Who is who on the dialer's side. Everything but the id is sealed."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from sqlalchemy import Connection

from store.keys import Keyring


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
    raise NotImplementedError


def find(conn: Connection, keys: Keyring, tenant: str, link: str, ids: Iterable[str]) -> dict[str, Person]:
    raise NotImplementedError


def listing(conn: Connection, keys: Keyring, tenant: str, link: str) -> list[Person]:
    raise NotImplementedError
