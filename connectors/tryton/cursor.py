"""Where a pull is, as text: a position in each stream of changes, and which records are held.

A stream is paged by (`last_modified_at`, `id`). When a pull has reached the end, each position goes
back by the overlap and is written as (instant, 0): a floor, from which the next pull reads again.
`seen` says how many rows stood above that floor and which came last, so that a quiet CRM is
recognised by counting and nothing is read again.
"""

from collections import deque
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson

from connectors.faults import Malformed
from connectors.records import VendorModel, packed, parsed, unpacked
from connectors.tryton.rpc import moment

FIELD = "last_modified_at"


class Position(NamedTuple):
    """The last row that was read; everything after it is still to come. Without a stamp: the beginning."""

    stamp: str = ""
    id: int = 0

    def after(self) -> list[Any]:
        """Tryton's domain of the rows behind this one."""
        if not self.stamp:
            return []
        at = moment(datetime.fromisoformat(self.stamp))
        if not self.id:
            return [[FIELD, ">=", at]]
        return ["OR", [[FIELD, ">", at]], [[FIELD, "=", at], ["id", ">", self.id]]]

    def back(self, seconds: int) -> "Position":
        """The floor that lies so far before this row."""
        if not self.id:
            return self
        at = datetime.fromisoformat(self.stamp) - timedelta(seconds=seconds)
        return Position(at.isoformat(timespec="microseconds"))


class Seen(NamedTuple):
    """What stood above a floor."""

    rows: int
    stamp: str
    id: int


class Stream(NamedTuple):
    """One model whose changes matter: the records themselves, or what hangs on them by `link`."""

    model: str
    link: str = ""


class Window:
    """The rows of one stream that lie within the overlap of its last row."""

    def __init__(self, start: Position, seconds: int) -> None:
        self.start = self.last = start
        self._seconds = seconds
        self._rows: deque[Position] = deque()

    def move(self, rows: list[Position]) -> None:
        """Rows were read, in order."""
        if not rows:
            return
        self.last = rows[-1]
        self._rows.extend(rows)
        floor = self.last.back(self._seconds).stamp
        while self._rows[0].stamp < floor:
            self._rows.popleft()

    def settled(self) -> tuple[Position, Seen | None]:
        """The floor for the next pull; what stands above it, where this pull has read all of that."""
        floor = self.last.back(self._seconds)
        if self.start.stamp > floor.stamp:
            return floor, None
        latest = {row.id: row for row in self._rows}
        top = self._rows[-1] if self._rows else Position()
        return floor, Seen(len(latest), top.stamp, top.id)


class _Written(VendorModel):
    at: dict[str, tuple[str, int]]
    seen: dict[str, tuple[int, str, int]]
    held: str
    of: str


class Cursor(NamedTuple):
    """All that a pull has to remember. `of` names what is read: fields and filters."""

    at: dict[str, Position]
    seen: dict[str, Seen]
    held: set[str]
    of: str

    def written(self) -> str:
        whole = {"at": self.at, "seen": self.seen, "held": packed(self.held), "of": self.of}
        return orjson.dumps(whole, default=tuple).decode()


def read_cursor(text: str) -> Cursor:
    """Raises Malformed."""
    try:
        whole = parsed(_Written, orjson.loads(text))
        for stamp, _ in whole.at.values():
            if stamp:
                datetime.fromisoformat(stamp)
    except ValueError:
        raise Malformed("bad_cursor") from None
    at = {model: Position(*where) for model, where in whole.at.items()}
    return Cursor(at, {model: Seen(*seen) for model, seen in whole.seen.items()}, unpacked(whole.held), whole.of)
