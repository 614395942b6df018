"""Reading what changed: stream by stream to the end, then what is gone.

Two requests for a page: which records changed (ids and instants only, inactive ones included), then
the fields that were asked for, of the active ones. Values of an inactive number are never read.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from connectors.faults import Malformed
from connectors.port import Asked, Page, Reject, Row, Session
from connectors.records import sifted
from connectors.tryton.cursor import FIELD, Cursor, Position, Seen, Stream, Window, read_cursor
from connectors.tryton.rows import PARTY, Reading, domain, fingerprint, key_of, reading
from connectors.tryton.rpc import read
from connectors.tryton.settings import Settings
from connectors.tryton.values import stamp_of

ASCENDING = [[FIELD, "ASC"], ["id", "ASC"]]
DESCENDING = [[FIELD, "DESC"], ["id", "DESC"]]
ALL = {"active_test": False}
IDS_IN_ONE_ANSWER = 10_000
#: So many may always be gone at once.
FEW_GONE = 20


async def pull(session: Session[Settings], asked: Asked, since: str | None) -> AsyncIterator[Page]:
    """Pages of one object, from a cursor on."""
    walk = _Walk(session, await reading(session, asked), fingerprint(session, asked))
    cursor = read_cursor(since) if since else None
    await walk.begin(cursor)
    if cursor and cursor.of == walk.of and await walk.is_quiet(cursor):
        return
    for stream in walk.streams:
        while page := await walk.page(stream):
            yield page
    async for page in walk.end(narrowed=cursor is not None and cursor.of != walk.of):
        yield page


class _Walk:
    """One pull on its way."""

    def __init__(self, session: Session[Settings], what: Reading, of: str) -> None:
        self._session = session
        self._what = what
        self.of = of
        self.streams = what.streams()
        self._windows: dict[str, Window] = {}
        #: Keys of all records that were read and not told as deleted.
        self._held: set[str] = set()
        #: Models and ids that Tryton could not read in this pull.
        self._bad: set[tuple[str, int]] = set()

    async def begin(self, cursor: Cursor | None) -> None:
        """Take up where the cursor says; from the beginning where it says nothing of what we read."""
        at = cursor.at if cursor and cursor.of == self.of else {}
        self._held = set(cursor.held) if cursor else set()
        for stream in self.streams:
            start = at.get(stream.model)
            if start is None:  # what hangs on a record is read with it, so only its later changes are news
                start = await self._top(stream) if stream.link else Position()
            self._windows[stream.model] = Window(start, self._session.settings.overlap_seconds)

    async def is_quiet(self, cursor: Cursor) -> bool:
        """Whether nothing stands above the floors but what stood there, and nothing is gone."""
        for stream in self.streams:
            seen, floor = cursor.seen.get(stream.model), self._windows[stream.model].start
            if seen is None or floor.id:
                return False
            if seen != Seen(await self._count(stream, floor.after(), ALL), *await self._top(stream, floor.after())):
                return False
        return await self._count(self.streams[0], [], {}) == len(self._held)

    async def page(self, stream: Stream) -> Page | None:
        """The next page of a stream, None at its end."""
        window = self._windows[stream.model]
        found, bad = await self._changed(stream, window.last.after())
        news = [Reject(str(key), "crm_failed") for key in bad if (stream.model, key) not in self._bad]
        self._bad |= {(stream.model, key) for key in bad}
        if not found and not news:
            return None
        stamps, inactive = _touched(found, stream)
        rows, rejects = await self._read(stamps, inactive, stream)
        if not stream.link:
            rejects += news
            self._held |= {reject.key for reject in news}
        window.move([Position(stamp_of(item.get(FIELD)), int(key_of(item))) for item in found])
        return Page(rows, rejects, self._cursor(settled=False))

    async def _changed(self, stream: Stream, above: list[Any]) -> tuple[list[dict[str, Any]], list[int]]:
        """The next changes, in order; and the ids among them of which Tryton cannot even tell that much."""
        fields = [FIELD, *(["party"] if stream.link else ["active"] if stream.model == PARTY else [])]
        size = self._session.settings.page_size
        try:
            return await self._search(stream, above, size, ASCENDING, fields), []
        except Malformed as fault:
            if fault.code != "crm_failed":
                raise
        wanted = [*domain(self._session, stream), above] if above else domain(self._session, stream)
        while True:
            ids = await self._rpc(stream.model, "search", wanted, 0, size, ASCENDING, context=ALL)
            found, bad = await self._one_by_one(stream, ids, fields)
            if found or len(ids) < size:
                return found, bad
            size *= 2  # a whole page of them: look behind it for one that can be read

    async def _one_by_one(
        self, stream: Stream, ids: Sequence[int], fields: list[str]
    ) -> tuple[list[dict[str, Any]], list[int]]:
        found: list[dict[str, Any]] = []
        bad: list[int] = []
        for key in ids:
            try:
                found += await self._rpc(stream.model, "read", [key], fields, context=ALL)
            except Malformed:
                bad.append(key)
        return found, bad

    async def end(self, *, narrowed: bool) -> AsyncIterator[Page]:
        """What is gone since it was held, and the cursor from which the next pull starts.

        Raises Malformed where so much is gone that a right was rather taken from us than records from Tryton.
        """
        main = self.streams[0]
        gone: list[str] = []
        if await self._count(main, [], {}) != len(self._held):
            gone = sorted(self._held - await self._ids(main), key=lambda key: (len(key), key))
        most = len(self._held) * self._session.settings.most_gone_percent / 100
        if len(gone) > max(most, FEW_GONE) and not narrowed:
            raise Malformed("too_many_gone", fields=(main.model,))
        size = self._session.settings.page_size
        for start in range(0, len(gone), size):
            some = gone[start : start + size]
            self._held -= set(some)
            yield Page([self._deleted(key, "") for key in some], [], self._cursor(settled=False))
        yield Page([], [], self._cursor(settled=True))

    async def _read(
        self, stamps: Mapping[int, str], inactive: Sequence[int], stream: Stream
    ) -> tuple[list[Row], list[Reject]]:
        active = [key for key in stamps if key not in inactive]
        records, rejects = await self._records(active)
        rows, unread = sifted(
            records, lambda one: self._what.row(one, stamps.get(one["id"], "") if stream.link else ""), _known_key
        )
        rejects += unread
        self._held |= {row.key for row in rows} | {reject.key for reject in rejects if reject.key}
        for key in inactive:
            if str(key) in self._held:
                self._held.discard(str(key))
                rows.append(self._deleted(str(key), stamps[key]))
        return rows, rejects

    async def _records(self, ids: Sequence[int]) -> tuple[list[Any], list[Reject]]:
        """The records of these ids that are still there. One that Tryton itself cannot read is put aside."""
        if not ids:
            return [], []
        main = self.streams[0]
        wanted = [*domain(self._session, main), ["id", "in", list(ids)]]
        try:
            return await self._rpc(main.model, "search_read", wanted, 0, None, None, self._what.fields, context={}), []
        except Malformed as fault:
            if fault.code != "crm_failed":
                raise
        if len(ids) == 1:
            return [], [Reject(str(ids[0]), "crm_failed")]
        found: list[Any] = []
        rejects: list[Reject] = []
        for key in ids:
            some, aside = await self._records([key])
            found += some
            rejects += aside
        return found, rejects

    def _deleted(self, key: str, stamp: str) -> Row:
        return Row(self._what.object, key, {}, {}, {}, stamp, deleted=True)

    def _cursor(self, *, settled: bool) -> str:
        at, seen = {}, {}
        for model, window in self._windows.items():
            if not settled:
                at[model] = window.last
                continue
            at[model], stood = window.settled()
            if stood is not None:
                seen[model] = stood
        return Cursor(at, seen, self._held, self.of).written()

    async def _top(self, stream: Stream, above: list[Any] | None = None) -> Position:
        try:
            found = await self._search(stream, above or [], 1, DESCENDING, [FIELD])
        except Malformed as fault:
            if fault.code != "crm_failed":
                raise
            found = []
        return Position(stamp_of(found[0].get(FIELD)), int(key_of(found[0]))) if found else Position()

    async def _ids(self, stream: Stream) -> set[str]:
        ids: set[str] = set()
        last = 0
        while True:
            wanted = [*domain(self._session, stream), ["id", ">", last]]
            found = await self._rpc(stream.model, "search", wanted, 0, IDS_IN_ONE_ANSWER, [["id", "ASC"]], context={})
            ids |= {str(key) for key in found}
            if len(found) < IDS_IN_ONE_ANSWER:
                return ids
            last = found[-1]

    async def _search(
        self, stream: Stream, above: list[Any], limit: int, order: list[list[str]], fields: list[str]
    ) -> list[dict[str, Any]]:
        wanted = [*domain(self._session, stream), above] if above else domain(self._session, stream)
        return await self._rpc(stream.model, "search_read", wanted, 0, limit, order, fields, context=ALL)

    async def _count(self, stream: Stream, above: list[Any], context: dict[str, Any]) -> int:
        wanted = [*domain(self._session, stream), above] if above else domain(self._session, stream)
        count = await read(self._session, f"model.{stream.model}.search_count", wanted, 0, None, context=context)
        if not isinstance(count, int):
            raise Malformed("wrong_shape", fields=(stream.model,))
        return count

    async def _rpc(self, model: str, method: str, *params: Any, context: dict[str, Any]) -> list[Any]:
        found = await read(self._session, f"model.{model}.{method}", *params, context=context)
        if not isinstance(found, list):
            raise Malformed("wrong_shape", fields=(model,))
        return found


def _touched(found: Sequence[Mapping[str, Any]], stream: Stream) -> tuple[dict[int, str], list[int]]:
    """The records that a page of a stream is about, with the latest instant of each; which of them are inactive."""
    stamps: dict[int, str] = {}
    for item in found:
        key = item.get("party") if stream.link else item.get("id")
        if isinstance(key, int):
            stamps[key] = stamp_of(item.get(FIELD))
    inactive = [int(key_of(item)) for item in found if stream.model == PARTY and not item.get("active")]
    return stamps, inactive


def _known_key(record: Any) -> str:
    return str(record["id"]) if isinstance(record, dict) and isinstance(record.get("id"), int) else ""
