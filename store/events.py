"""The event log: whole events, sealed, in one order for each link.

`side` is everywhere in the store the side an event came FROM, also for the decisions and outbox
rows that followed from it. A key that sorts by time (a version, a UUIDv7) keeps the index of keys
local; a random one costs a page for every event.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import repeat
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, text

from mapping.words import Origin, Side
from store import dialect, schema, tail
from store.errors import TooLarge, Undecipherable
from store.keys import Keyring, Purpose

MAX_BODY_BYTES: Final = 1_048_576
#: From so many events on the database is not asked first which it knows.
MANY: Final = 50

_COLUMNS: Final = "tenant, seq, key, type, record, origin, received_at, key_id, body"
_AFTER: Final = (
    "SELECT seq, key, type, record, origin, received_at, key_id, body FROM events"
    " WHERE tenant = :tenant AND link = :link AND side = :side AND seq > :seq ORDER BY seq LIMIT :limit"
)
_ORIGINS: Final = {origin.value: origin for origin in Origin}
_LATEST: Final = text(
    f"SELECT {_COLUMNS} FROM events WHERE tenant = :tenant AND link = :link AND side = :side"
    " ORDER BY seq DESC LIMIT :limit"
)
_ONE: Final = text(
    f"SELECT {_COLUMNS} FROM events"
    " WHERE tenant = :tenant AND link = :link AND side IN ('crm', 'dialer') AND seq = :seq"
)
_BY_KEY: Final = text(f"SELECT {_COLUMNS} FROM events WHERE tenant = :tenant AND link = :link AND key = :key")
_KNOWN: Final = "SELECT key FROM events WHERE tenant = :tenant AND link = :link AND key {in_texts}"
_LAST_OF_SIDE: Final = (
    "(SELECT seq FROM events WHERE tenant = :tenant AND link = :link AND side = '{side}' ORDER BY seq DESC LIMIT 1)"
)
#: Positions count too: after a pruning they alone may remember how far the log had come.
_LAST: Final = text(
    f"SELECT {', '.join(_LAST_OF_SIDE.format(side=side.value) for side in Side)},"
    " (SELECT max(seq) FROM positions WHERE tenant = :tenant AND link = :link)"
)


class NewEvent(NamedTuple):
    """An event to be logged. `key` is its id at its source: the same key of one link is logged once."""

    key: str
    side: Side
    type: str
    record: str
    origin: Origin
    body: bytes


class LoggedEvent(NamedTuple):
    """An event as it stands in the log. `received_at`: UTC microseconds by the database's clock."""

    seq: int
    key: str
    type: str
    record: str
    origin: Origin
    received_at: int
    body: bytes
    #: The body could not be opened (shredded or altered) and is empty here: quarantine it as `undecipherable`.
    unreadable: bool = False


#: Of all its parts in a row; by the thousand, this is a third of what calling the class costs.
_AS_LOGGED: Final[Callable[[tuple[Any, ...]], LoggedEvent]] = partial(tuple.__new__, LoggedEvent)


def bound_to(tenant: str, link: str, key: str) -> bytes:
    """What an event's body is sealed to: it opens as this event of this link, and as no other."""
    return f"{tenant}|{link}|event|{key}".encode()


class Bodies(NamedTuple):
    """Bodies of a batch of new events, sealed before the writer is asked for anything."""

    key_id: int
    sealed: list[bytes]


def seal(keys: Keyring, tenant: str, link: str, events: Sequence[NewEvent], conn: Connection | None = None) -> Bodies:
    """Seal a batch: in the caller's own thread, where `append` would do so in the writer's. Raises TooLarge."""
    if any(len(event.body) > MAX_BODY_BYTES for event in events):
        raise TooLarge("event_body_too_large")
    sealer, prefix = keys.sealer(tenant, Purpose.EVENT, conn), bound_to(tenant, link, "")
    return Bodies(
        sealer.key_id,
        sealer.seal_all([event.body for event in events], [prefix + event.key.encode() for event in events]),
    )


def append(
    conn: Connection,
    keys: Keyring,
    tenant: str,
    link: str,
    events: Sequence[NewEvent],
    bodies: Bodies | None = None,
) -> list[int | None]:
    """Log events; their seqs, None for those already known. `bodies`: what `seal` made of them. Raises TooLarge."""
    if not events:
        return []
    sealed = bodies or seal(keys, tenant, link, events, conn)
    dialect.lock_append(conn, tenant, link)
    named = [event.key for event in events]
    last = max(seq or 0 for seq in conn.execute(_LAST, {"tenant": tenant, "link": link}).one())
    hoped: list[int | None] = list(range(last + 1, last + 1 + len(events)))
    if len(set(named)) == len(named):
        log = partial(_log, conn, tenant, link, events, sealed, hoped)
        # Known ones are rare, and asking costs as much as a fifth of logging: a large batch is tried without.
        if len(events) >= MANY:
            if dialect.unless_taken(conn, log):
                return hoped
        elif not known(conn, tenant, link, named):
            log()
            return hoped
    seqs = _numbered(last, known(conn, tenant, link, named), named)
    _log(conn, tenant, link, events, sealed, seqs)
    return seqs


def _log(
    conn: Connection, tenant: str, link: str, events: Sequence[NewEvent], bodies: Bodies, seqs: Sequence[int | None]
) -> None:
    """Insert those that have a seq."""
    logged, fresh, sealed = [seq for seq in seqs if seq is not None], events, bodies.sealed
    if not logged:
        return
    if len(logged) < len(seqs):
        there = [place for place, seq in enumerate(seqs) if seq is not None]
        fresh, sealed = [events[place] for place in there], [sealed[place] for place in there]
    named, sides, kinds, records, origins, plains = map(list, zip(*fresh, strict=True))
    now = dialect.now(conn)
    same: dict[str, Any] = {"tenant": tenant, "link": link, "received_at": now, "key_id": bodies.key_id}
    same |= {"side": _common(sides), "type": _common(kinds), "origin": _common(origins)}
    dialect.insert(conn, schema.events, len(logged), **same, seq=logged, key=named, record=records, body=sealed)
    columns = zip(logged, named, kinds, records, origins, repeat(now), plains, repeat(object=False))
    ours = map(_AS_LOGGED, columns) if same["side"] == Side.CRM else _of_crm(sides, map(_AS_LOGGED, columns))
    tail.logged(conn, tenant, link, logged[0] - 1, logged[-1], ours)


def _of_crm(sides: Sequence[Side], logged: Iterable[LoggedEvent]) -> Iterable[LoggedEvent]:
    return (event for side, event in zip(sides, logged, strict=True) if side is Side.CRM)


def _numbered(last: int, seen: set[str], named: Sequence[str]) -> list[int | None]:
    """A seq for each key that is not in the log yet; None for the others, and for a second time."""
    seqs: list[int | None] = []
    for key in named:
        if key in seen:
            seqs.append(None)
            continue
        seen.add(key)
        last += 1
        seqs.append(last)
    return seqs


def _common(words: list[Any]) -> list[str] | str:
    """A column of words; what is the same in every row is said once."""
    if words.count(words[0]) == len(words):
        return str(words[0])
    return list(map(str, words))


def read_after(
    conn: Connection, keys: Keyring, tenant: str, link: str, side: Side, seq: int, limit: int
) -> list[LoggedEvent]:
    """The next events of one side. Whoever has seen seq n will never see a smaller one appear."""
    values = {"tenant": tenant, "link": link, "side": side.value, "seq": seq, "limit": limit}
    found = dialect.rows(conn, _AFTER, values)
    if not found:
        return []
    seqs, named, kinds, records, origins, received, key_ids, sealed = map(list, zip(*found, strict=True))
    prefix = bound_to(tenant, link, "")
    opened = keys.open_all(tenant, key_ids, sealed, [prefix + key.encode() for key in named], conn)
    bodies, unreadable = [body or b"" for body in opened], [body is None for body in opened]
    sources = map(_ORIGINS.__getitem__, origins)
    return list(map(_AS_LOGGED, zip(seqs, named, kinds, records, sources, received, bodies, unreadable, strict=True)))


def at_hand(tail_: tail.Tail, tenant: str, link: str, seq: int, limit: int) -> list[LoggedEvent]:
    """As `read_after` for the CRM's side, of what was logged here a moment ago. Empty: ask the database."""
    return tail_.read_after(tenant, link, seq, limit)


def one(conn: Connection, keys: Keyring, tenant: str, link: str, seq: int) -> LoggedEvent | None:
    """The event of this seq, of either side."""
    row = conn.execute(_ONE, {"tenant": tenant, "link": link, "seq": seq}).first()
    return None if row is None else _logged(conn, keys, link, row)


def by_key(conn: Connection, keys: Keyring, tenant: str, link: str, key: str) -> LoggedEvent | None:
    """The event of this id, of either side."""
    row = conn.execute(_BY_KEY, {"tenant": tenant, "link": link, "key": key}).first()
    return None if row is None else _logged(conn, keys, link, row)


def latest(conn: Connection, keys: Keyring, tenant: str, link: str, side: Side, limit: int) -> list[LoggedEvent]:
    """The newest events of one side, newest first: what `plan` tries a new revision on."""
    values = {"tenant": tenant, "link": link, "side": side.value, "limit": limit}
    return [_logged(conn, keys, link, row) for row in conn.execute(_LATEST, values)]


def known(conn: Connection, tenant: str, link: str, keys: Iterable[str]) -> set[str]:
    """Which of these event keys are already logged."""
    return set(dialect.among(conn, _KNOWN, keys, tenant=tenant, link=link).scalars())


def _logged(conn: Connection, keys: Keyring, link: str, row: Row[Any]) -> LoggedEvent:
    tenant, seq, key, kind, record, origin, received_at, key_id, sealed = tuple(row)
    unreadable, body = False, b""
    try:
        body = keys.open(tenant, key_id, sealed, bound_to(tenant, link, key), conn)
    except Undecipherable:
        unreadable = True
    return LoggedEvent(seq, key, kind, record, Origin(origin), received_at, body, unreadable)
