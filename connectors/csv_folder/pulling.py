"""Reading an export: page by page to its end, then who is missing from it."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator
from itertools import islice
from typing import NamedTuple

import orjson

from connectors.csv_folder.reading import Columns, Export, Line, cell, examined, key_in, lines, state_of
from connectors.csv_folder.settings import Settings, Sheet
from connectors.faults import Malformed, Transient
from connectors.port import Asked, Page, Reject, Row, Session
from connectors.records import VendorModel, packed, parsed, unpacked

#: So many records may always be gone at once.
FEW_GONE = 20


class _Cursor(VendorModel):
    #: Of the file that was read.
    digest: str = ""
    #: Rows of it that were read; -1: all.
    row: int = 0
    #: Keys of the last whole export, packed; empty unless each export is full.
    held: str = ""
    #: What was read of it: fields and columns.
    of: str = ""

    def written(self) -> str:
        return orjson.dumps(self.model_dump()).decode()


class _Read(NamedTuple):
    """A row of the port, or a reject, and the key it had."""

    key: str
    row: Row | None
    reject: Reject | None


class _Seen:
    """The keys of one export, and whether a row could not be read: then nobody can say who is missing."""

    def __init__(self) -> None:
        self.keys: set[str] = set()
        self.blind = False


async def pull(session: Session[Settings], asked: Asked, since: str | None) -> AsyncIterator[Page]:
    """Pages of one object's export, from a cursor on; none where the file is the one that was read."""
    settings = session.settings
    sheet = settings.sheet(asked.object)
    if sheet is None:
        return
    export = await asyncio.to_thread(examined, settings, sheet)
    columns, of = Columns(sheet, export), _fingerprint(settings, sheet, asked)
    last = _read_cursor(since)
    same = last.digest == export.digest and last.of == of
    if same and last.row < 0:
        return
    start = last.row if same else 0
    now = _Cursor(digest=export.digest, row=start, held=last.held, of=of)
    seen = _Seen()
    found = _found(lines(export), columns, asked, export.digest[:16], seen)
    await asyncio.to_thread(lambda: sum(1 for _ in islice(found, start)))
    while some := await asyncio.to_thread(lambda: list(islice(found, settings.page_size))):
        now = now.model_copy(update={"row": now.row + len(some)})
        rows, rejects = [one.row for one in some if one.row], [one.reject for one in some if one.reject]
        yield Page(rows, rejects, now.written())
    if not await asyncio.to_thread(_left_alone, export):
        raise Transient("file_changing")
    gone = _gone(settings, asked, sheet, now, seen)
    before = unpacked(now.held) if now.held else set()
    for at in range(0, len(gone), settings.page_size):
        part = gone[at : at + settings.page_size]
        before -= set(part)
        now = now.model_copy(update={"held": packed(before)})
        yield Page([_deleted(asked, key, export) for key in part], [], now.written())
    held = packed(seen.keys | before if seen.blind else seen.keys) if settings.full_export else ""
    yield Page([], [], now.model_copy(update={"row": -1, "held": held}).written())


def _found(every: Iterator[Line], columns: Columns, asked: Asked, version: str, seen: _Seen) -> Iterator[_Read]:
    for line in every:
        key, wrong = key_in(line.cells, columns.key)
        code = line.code or wrong
        seen.blind = seen.blind or bool(code)
        if not code and key in seen.keys:
            code = "duplicate_key"
        if key:
            seen.keys.add(key)
        if code:
            yield _Read(key, None, Reject(key, code))
            continue
        fields = {name: cell(line.cells, columns.fields[name]) for name in asked.fields if name in columns.fields}
        refs = {name: line.cells[at] for name, at in columns.refs.items() if line.cells[at]}
        owner = {name: line.cells[at] for name, at in columns.owner.items() if line.cells[at]}
        yield _Read(key, Row(asked.object, key, fields, refs, owner, version), None)


def _gone(settings: Settings, asked: Asked, sheet: Sheet, now: _Cursor, seen: _Seen) -> list[str]:
    """Keys of the last whole export that this one no longer has. Raises Malformed where they are too many."""
    if not settings.full_export or not now.held or seen.blind:
        return []
    before = unpacked(now.held)
    gone = sorted(before - seen.keys)
    if len(gone) > max(FEW_GONE, len(before) * settings.most_gone_percent / 100):
        raise Malformed("too_many_gone", fields=(asked.object.value, sheet.file))
    return gone


def _deleted(asked: Asked, key: str, export: Export) -> Row:
    return Row(asked.object, key, {}, {}, {}, export.digest[:16], deleted=True)


def _left_alone(export: Export) -> bool:
    try:
        return state_of(export.path) == export.state
    except OSError:
        return False


def _read_cursor(text: str | None) -> _Cursor:
    if not text:
        return _Cursor()
    try:
        return parsed(_Cursor, orjson.loads(text))
    except ValueError:
        raise Malformed("bad_cursor") from None


def _fingerprint(settings: Settings, sheet: Sheet, asked: Asked) -> str:
    whole = repr((sorted(asked.fields), sheet.model_dump(), settings.encoding, settings.delimiter))
    return hashlib.sha256(whole.encode()).hexdigest()[:16]
