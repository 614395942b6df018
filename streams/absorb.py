"""CRM intake, one page in one transaction: what changed is stored, made whole and logged, and the cursor moves.

A page that is read twice finds its rows unchanged and makes no event. Runs inside a unit of the
writer, which may run it again from its start: it touches nothing but its connection.
"""

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from connectors.port import Page, Reject, Row
from mapping.policy import Policy
from mapping.words import EventType, Object, Origin, Side
from store import events as event_store
from store import ledger, positions
from store import records as record_store
from store.events import MAX_BODY_BYTES, NewEvent
from store.records import Stored
from streams import factreader, numbers, whole
from streams.echo import canonical, field_name
from streams.reading import Reading, is_news
from streams.unit import Leased, Unit

#: Contacts made whole at a time: what a change of one large account may hold in memory.
FAN_OUT = 500
#: The longest row that is kept: three of them and an envelope fit into one event.
ROW_BYTES = 320 * 1024

RecordId = tuple[Object, str]


class Feed(NamedTuple):
    """What a page's events have in common."""

    #: `crm/tryton/nord`: the CloudEvents source.
    source: str
    origin: Origin
    #: RFC 3339.
    now: str
    #: The page's cursor: what tells two visits to the same state apart.
    cursor: str
    #: What of the object is read, where a page of it is what is absorbed.
    reading: Reading = Reading(())


class Absorbed(NamedTuple):
    """What became of a page."""

    events: int
    rejects: int
    echoes: int
    #: Of the events: those that say nothing new, only more or less of it. They are a backfill, whatever the page is.
    retold: int = 0


@dataclass
class _Touched:
    """Contacts to make whole; False beside one whose change was not (only) our own echo."""

    echoes: dict[str, bool] = field(default_factory=dict)

    def add(self, contacts: Iterable[str], *, echo: bool) -> None:
        for key in contacts:
            self.echoes[key] = self.echoes.get(key, True) and echo


def absorb(unit: Leased, policy: Policy, item: Object, page: Page, feed: Feed) -> Absorbed:
    """Store a page and log what it means. Raises Fenced when the lease is gone."""
    at = (unit.conn, unit.tenant, unit.link)
    sealed = (unit.conn, unit.keys, unit.tenant, unit.link)
    rows, refused = _readable(page.rows)
    before = record_store.load(*sealed, rows)
    touched, retold = _Touched(), _Touched()
    gone = [name for name, row in rows.items() if row.deleted]
    _of_deleted(unit, gone, touched)
    record_store.delete(*at, gone)
    for row in record_store.save(*sealed, [_stored(unit, policy, row) for row in rows.values() if not row.deleted]):
        old = before.get((row.object, row.key))
        into = touched if is_news(feed.reading, old, row) else retold
        _of_changed(unit, old, row, into, echo=old is not None and is_echo(unit, old, row))
    rejects = [*page.rejects, *refused]
    events = [*_deletions(unit, gone, before, feed), *_rejections(item, rejects, feed)]
    logged = sum(seq is not None for seq in event_store.append(*sealed, events))
    logged += log_whole(unit, touched.echoes, feed)
    aside = {key: echo for key, echo in retold.echoes.items() if key not in touched.echoes}
    again = log_whole(unit, aside, feed._replace(origin=Origin.BACKFILL))
    positions.save_cursor(*at, item.value, page.cursor, unit.lease)
    return Absorbed(logged + again, len(rejects), sum(touched.echoes.values()), again)


def log_whole(unit: Unit, contacts: Mapping[str, bool], feed: Feed) -> int:
    """Log one whole event for each contact that is stored, in bounded batches; how many.

    `contacts` says of each whether it is our own echo. A record may come back to a state that it
    had before: that key then stands in the log already, and the event is logged under another one.
    """
    logged = 0
    for chunk in _chunks(sorted(contacts)):
        pending = factreader.whole_data(unit, chunk)
        for attempt in itertools.count():
            extra = [] if attempt == 0 else [feed.cursor, str(attempt)]
            events = [
                _changed(unit, key, (data, [*versions, *extra]), feed, echo=contacts[key])
                for key, (data, versions) in pending.items()
            ]
            seqs = event_store.append(unit.conn, unit.keys, unit.tenant, unit.link, events)
            again = [key for key, seq in zip(pending, seqs, strict=True) if seq is None]
            logged += len(pending) - len(again)
            pending = {key: pending[key] for key in again}
            if not pending:
                break
    return logged


def is_echo(unit: Unit, old: Stored, new: Stored) -> bool:
    """Whether every difference is a write of ours coming back. Marks that fit are used up, each once."""
    names = [name for name in {**old.fields, **new.fields} if old.fields.get(name) != new.fields.get(name)]
    found = [
        ledger.take_echo(
            unit.conn,
            unit.tenant,
            unit.link,
            field_name(f"{new.object.value}/{new.key}", name),
            unit.keys.mac(unit.tenant, canonical(new.fields.get(name)), unit.conn),
        )
        for name in names
    ]
    return bool(found) and all(found) and old.refs == new.refs and old.owner == new.owner


def _readable(rows: Iterable[Row]) -> tuple[dict[RecordId, Row], list[Reject]]:
    """Rows as JSON has them, the last of each record; those that no JSON or no event can hold are rejects."""
    good: dict[RecordId, Row] = {}
    bad = []
    for row in rows:
        fields = whole.plain(row.fields)
        try:
            size = len(whole.written(fields))
        except (TypeError, ValueError):
            bad.append(Reject(row.key, "not_json"))
            continue
        if size > ROW_BYTES:
            bad.append(Reject(row.key, "too_large"))
            continue
        good[row.object, row.key] = row._replace(fields=fields)
    return good, bad


def _stored(unit: Unit, policy: Policy, row: Row) -> Stored:
    refs = dict(row.refs)
    if row.object is Object.CONTACT:
        refs |= numbers.references(unit, policy, row.fields)
    return Stored(row.object, row.key, row.fields, refs, dict(row.owner), row.version)


def _of_deleted(unit: Unit, gone: Iterable[RecordId], touched: _Touched) -> None:
    for item in (Object.ACCOUNT, Object.OPPORTUNITY):
        keys = [key for kind, key in gone if kind is item]
        if keys:
            touched.add(_contacts_of(unit, item, keys), echo=False)


def _of_changed(unit: Unit, old: Stored | None, new: Stored, touched: _Touched, *, echo: bool) -> None:
    """The contacts a changed row touches: also those it hung on before."""
    if new.object is Object.CONTACT:
        touched.add([new.key], echo=echo)
        return
    touched.add(_contacts_of(unit, new.object, [new.key]), echo=echo)
    if new.object is Object.OPPORTUNITY and old is not None and old.refs != new.refs:
        if old.refs.get("contact"):
            touched.add([old.refs["contact"]], echo=False)
        elif old.refs.get("account"):
            touched.add(_contacts_of(unit, Object.ACCOUNT, [old.refs["account"]]), echo=False)


def _contacts_of(unit: Unit, item: Object, keys: list[str]) -> list[str]:
    found = record_store.contacts_of(unit.conn, unit.tenant, unit.link, item, keys)
    return [key for contacts in found.values() for key in contacts]


def _changed(
    unit: Unit, key: str, state: tuple[Mapping[str, object], Iterable[str]], feed: Feed, *, echo: bool
) -> NewEvent:
    data, versions = state
    record = f"{Object.CONTACT.value}/{key}"
    name = whole.event_key(record, data, versions)
    body = whole.envelope(
        key=name,
        kind=EventType.CRM_CHANGED,
        source=feed.source,
        record=record,
        time=feed.now,
        tenant=unit.tenant,
        origin=feed.origin.value,
        data=data,
        echo=echo,
    )
    if len(body) > MAX_BODY_BYTES:
        return _rejected(name, Object.CONTACT, Reject(key, "too_large"), feed)
    return NewEvent(name, Side.CRM, EventType.CRM_CHANGED.value, record, feed.origin, body)


def _deletions(
    unit: Unit, gone: Iterable[RecordId], before: Mapping[RecordId, Stored], feed: Feed
) -> Iterator[NewEvent]:
    for item, key in gone:
        if item is not Object.CONTACT or (item, key) not in before:
            continue
        record = f"{item.value}/{key}"
        name = whole.event_key(record, {"deleted": True}, [before[item, key].version, feed.cursor])
        body = whole.envelope(
            key=name,
            kind=EventType.CRM_DELETED,
            source=feed.source,
            record=record,
            time=feed.now,
            tenant=unit.tenant,
            origin=feed.origin.value,
            data={},
        )
        yield NewEvent(name, Side.CRM, EventType.CRM_DELETED.value, record, feed.origin, body)


def _rejections(item: Object, rejects: Iterable[Reject], feed: Feed) -> Iterator[NewEvent]:
    for reject in rejects:
        what = {"code": reject.code, "fields": list(reject.fields)}
        yield _rejected(whole.event_key(f"reject:{item.value}/{reject.key}", what, [feed.cursor]), item, reject, feed)


def _rejected(name: str, item: Object, reject: Reject, feed: Feed) -> NewEvent:
    """A row that could not be read is an event that no one can decide: received, and quarantined as malformed."""
    record = f"{item.value}/{reject.key}" if reject.key else ""
    what = {"code": reject.code, "fields": list(reject.fields), "object": item.value, "key": reject.key}
    body = whole.written({"id": name, "source": feed.source, "time": feed.now, "rejected": what})
    return NewEvent(name, Side.CRM, "crm.row.rejected", record, feed.origin, body)


def _chunks(keys: list[str]) -> Iterator[list[str]]:
    for at in range(0, len(keys), FAN_OUT):
        yield keys[at : at + FAN_OUT]
