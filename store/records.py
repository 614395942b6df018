"""What a link reads of each CRM record, sealed; references in clear, so that a change finds its prospects."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import Connection, Row, text

from mapping.words import Object
from store import dialect
from store.errors import Undecipherable
from store.keys import Keyring, Purpose

_WHERE: Final = "WHERE tenant = :tenant AND link = :link AND object = :object"
_LOAD: Final = f"SELECT tenant, object, key, version, key_id, body FROM records {_WHERE} AND key {{in_texts}}"
_DIGESTS: Final = f"SELECT key, digest FROM records {_WHERE} AND key {{in_texts}}"
_SAVE: Final = text(
    "INSERT INTO records (tenant, link, object, key, version, digest, key_id, body, read_at)"
    " VALUES (:tenant, :link, :object, :key, :version, :digest, :key_id, :body, :now)"
    " ON CONFLICT (tenant, link, object, key) DO UPDATE SET version = excluded.version, digest = excluded.digest,"
    " key_id = excluded.key_id, body = excluded.body, read_at = excluded.read_at"
)
_SEEN: Final = text(f"UPDATE records SET version = :version, read_at = :now {_WHERE} AND key = :key")
_NO_REFS: Final = f"DELETE FROM record_refs {_WHERE} AND key {{in_texts}}"
_REF: Final = text(
    "INSERT INTO record_refs (tenant, link, object, key, ref_object, ref_key)"
    " VALUES (:tenant, :link, :object, :key, :ref_object, :ref_key)"
)
_REFS: Final = f"SELECT key, ref_object, ref_key FROM record_refs {_WHERE} AND key {{in_texts}}"
_REFERRING: Final = (
    "SELECT ref_key, key FROM record_refs WHERE tenant = :tenant AND link = :link AND ref_object = :to"
    " AND ref_key {in_texts} AND object = :object ORDER BY ref_key, key"
)
_DELETE: Final = f"DELETE FROM records {_WHERE} AND key {{in_texts}}"
_PAGE: Final = text(
    f"SELECT tenant, object, key, version, key_id, body FROM records {_WHERE} AND key > :after"
    " ORDER BY key LIMIT :limit"
)
_KEYS_OF: Final = text(f"SELECT key FROM records {_WHERE} AND key > :after ORDER BY key LIMIT :limit")


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
    found = {}
    for object_, wanted in _by_object(ids).items():
        rows = dialect.among(conn, _LOAD, wanted, tenant=tenant, link=link, object=object_.value).all()
        for row in rows:
            stored = _stored(conn, keys, link, row)
            if stored is not None:
                found[stored.object, stored.key] = stored
    return found


def save(conn: Connection, keys: Keyring, tenant: str, link: str, rows: Sequence[Stored]) -> list[Stored]:
    """Store them; those that differ (fields, refs or owner, by digest) from what was stored."""
    before: dict[tuple[Object, str], bytes] = {}
    for object_, wanted in _by_object((row.object, row.key) for row in rows).items():
        known = dialect.among(conn, _DIGESTS, wanted, tenant=tenant, link=link, object=object_.value)
        before |= {(object_, row.key): bytes(row.digest) for row in known}
    now, sealer = dialect.now(conn), keys.sealer(tenant, Purpose.STANDING, conn)
    changed: dict[tuple[Object, str], Stored] = {}
    for row in rows:
        plain = _plain(row)
        digest = keys.mac(tenant, plain, conn)
        values = {"tenant": tenant, "link": link, "object": row.object.value, "key": row.key, "version": row.version}
        if before.get((row.object, row.key)) == digest:
            conn.execute(_SEEN, {**values, "now": now})
            continue
        before[row.object, row.key] = digest
        sealed = sealer.seal(plain, _bound(tenant, link, row.object.value, row.key))
        conn.execute(_SAVE, {**values, "digest": digest, "key_id": sealer.key_id, "body": sealed, "now": now})
        changed[row.object, row.key] = row
    _save_refs(conn, tenant, link, changed)
    return list(changed.values())


def contacts_of(conn: Connection, tenant: str, link: str, object_: Object, ids: Iterable[str]) -> dict[str, list[str]]:
    """The contacts that a change of these accounts or opportunities touches, by account or opportunity id.

    An opportunity touches the contact it names, or else all contacts of its account.
    """
    wanted = list(ids)
    if object_ is not Object.OPPORTUNITY:
        return referring(conn, tenant, link, Object.CONTACT, object_, wanted)
    contacts: dict[str, str] = {}
    accounts: dict[str, str] = {}
    where = {"tenant": tenant, "link": link, "object": object_.value}
    for row in dialect.among(conn, _REFS, wanted, **where):
        (contacts if row.ref_object == Object.CONTACT.value else accounts)[row.key] = row.ref_key
    unnamed = {key: account for key, account in accounts.items() if key not in contacts}
    of_accounts = referring(conn, tenant, link, Object.CONTACT, Object.ACCOUNT, unnamed.values())
    found = {key: [contact] for key, contact in contacts.items()}
    found |= {key: of_accounts[account] for key, account in unnamed.items() if account in of_accounts}
    return found


def referring(
    conn: Connection, tenant: str, link: str, object_: Object, to: Object, ids: Iterable[str]
) -> dict[str, list[str]]:
    """Keys of the `object_` records that refer to these `to` records, by the latter: opportunities of a contact."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    where = {"tenant": tenant, "link": link, "object": object_.value, "to": to.value}
    for row in dialect.among(conn, _REFERRING, ids, **where):
        found[row.ref_key].append(row.key)
    return dict(found)


def delete(conn: Connection, tenant: str, link: str, ids: Iterable[tuple[Object, str]]) -> None:
    """Forget these records and what they referred to."""
    for object_, wanted in _by_object(ids).items():
        dialect.among(conn, _DELETE, wanted, tenant=tenant, link=link, object=object_.value)


def page(
    conn: Connection, keys: Keyring, tenant: str, link: str, object_: Object, after: str = "", limit: int = 500
) -> list[Stored]:
    """Records of one kind in key order: for `backfill` and `reconcile`. The last one's key starts the next page."""
    values = {"tenant": tenant, "link": link, "object": object_.value, "after": after, "limit": limit}
    rows = conn.execute(_PAGE, values).all()
    return [stored for row in rows if (stored := _stored(conn, keys, link, row)) is not None]


def keys_of(conn: Connection, tenant: str, link: str, object_: Object, after: str, limit: int) -> list[str]:
    """The keys of records of one kind, in order, those that cannot be opened as well. The last one starts the next."""
    values = {"tenant": tenant, "link": link, "object": object_.value, "after": after, "limit": limit}
    return list(conn.execute(_KEYS_OF, values).scalars())


def _save_refs(conn: Connection, tenant: str, link: str, changed: Mapping[tuple[Object, str], Stored]) -> None:
    for object_, wanted in _by_object(changed).items():
        dialect.among(conn, _NO_REFS, wanted, tenant=tenant, link=link, object=object_.value)
    refs = [
        {"tenant": tenant, "link": link, "object": object_.value, "key": key, "ref_object": to, "ref_key": ref_key}
        for (object_, key), row in changed.items()
        for to, ref_key in row.refs.items()
    ]
    if refs:
        conn.execute(_REF, refs)


def _by_object(ids: Iterable[tuple[Object, str]]) -> dict[Object, list[str]]:
    found: defaultdict[Object, list[str]] = defaultdict(list)
    for object_, key in ids:
        found[object_].append(key)
    return found


def _bound(tenant: str, link: str, object_: str, key: str) -> bytes:
    return f"{tenant}|{link}|record|{object_}|{key}".encode()


def _plain(row: Stored) -> bytes:
    whole = {"fields": dict(row.fields), "refs": dict(row.refs), "owner": dict(row.owner)}
    return orjson.dumps(whole, default=_as_text, option=orjson.OPT_SORT_KEYS)


def _as_text(value: object) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError


def _stored(conn: Connection, keys: Keyring, link: str, row: Row[Any]) -> Stored | None:
    try:
        bound = _bound(row.tenant, link, row.object, row.key)
        whole = orjson.loads(keys.open(row.tenant, row.key_id, row.body, bound, conn))
    except Undecipherable:
        return None
    return Stored(Object(row.object), row.key, whole["fields"], whole["refs"], whole["owner"], row.version)
