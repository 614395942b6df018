"""What a link reads of each CRM record, sealed; references in clear, so that a change finds the prospects it touches."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection

from mapping.words import Object
from store.keys import Keyring


class Stored(NamedTuple):
    """One CRM record as last read."""

    object: Object
    key: str
    fields: Mapping[str, Any]
    refs: Mapping[str, str]
    owner: Mapping[str, str]
    version: str


def load(
    conn: Connection, keys: Keyring, tenant: str, link: str, ids: Iterable[tuple[Object, str]]
) -> dict[tuple[Object, str], Stored]:
    """Those of the records that are known. One that cannot be opened is absent: it will be read again."""
    raise NotImplementedError


def save(conn: Connection, keys: Keyring, tenant: str, link: str, rows: Sequence[Stored]) -> list[Stored]:
    """Store them; those that differ (fields, refs or owner, by digest) from what was stored."""
    raise NotImplementedError


def contacts_of(conn: Connection, tenant: str, link: str, object_: Object, ids: Iterable[str]) -> dict[str, list[str]]:
    """The contacts that a change of these accounts or opportunities touches, by account or opportunity id.

    An opportunity touches the contact it names, or else all contacts of its account.
    """
    raise NotImplementedError


def referring(
    conn: Connection, tenant: str, link: str, object_: Object, to: Object, ids: Iterable[str]
) -> dict[str, list[str]]:
    """Keys of the `object_` records that refer to these `to` records, by the latter: opportunities of a contact."""
    raise NotImplementedError


def delete(conn: Connection, tenant: str, link: str, ids: Iterable[tuple[Object, str]]) -> None:
    raise NotImplementedError


def page(
    conn: Connection, keys: Keyring, tenant: str, link: str, object_: Object, after: str = "", limit: int = 500
) -> list[Stored]:
    """Records of one kind in key order: for `backfill` and `reconcile`."""
    raise NotImplementedError
