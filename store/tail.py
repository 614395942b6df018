"""The end of each link's log, kept at hand: a decider that keeps up need not read back what was logged a moment ago.

Only what is committed is here, whole and without a gap; whoever is not served reads the database. Nothing
waits here: what is forgotten, for want of room or because the process ended, stands in the log all the same.
"""

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from sqlalchemy import Connection, Engine, event

if TYPE_CHECKING:
    from store.events import LoggedEvent

MOST_BYTES: Final = 16 * 1_048_576


#: Where a connection has the tail, and what its open transaction has logged.
_TAIL: Final = "tail"
_PENDING: Final = "tail_pending"


class _Pending(NamedTuple):
    name: tuple[str, str]
    after: int
    upto: int
    events: "list[LoggedEvent]"


@dataclass
class _Run:
    """The CRM's events of a stretch of a link's log; the seqs between them are the other side's."""

    after: int
    upto: int
    events: "deque[LoggedEvent]" = field(default_factory=deque)
    size: int = 0


class Tail:
    """Of the CRM's side only: what a dialer says is decided with facts that the database alone has."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs: dict[tuple[str, str], _Run] = {}
        self._size = 0
        self._wanted = True

    def leave(self) -> None:
        """Nobody here decides from the tail: hold nothing from now on."""
        with self._lock:
            self._wanted = False
            self._runs.clear()
            self._size = 0

    def follow(self, engine: Engine) -> None:
        """Learn what is logged on an engine's connections, and forget it where that was undone."""
        event.listen(engine, "connect", lambda _, record: record.info.update({_TAIL: self}))
        event.listen(engine, "begin", _undone)
        event.listen(engine, "rollback", _undone)

    def committed(self, conn: Connection) -> None:
        """To be told after each COMMIT, and not before."""
        pending: list[_Pending] = conn.info.pop(_PENDING, [])
        with self._lock:
            for part in pending if self._wanted else ():
                self._extend(part)
            while self._size > MOST_BYTES:
                # Who holds most does not keep up, and reads the database anyway.
                self._forget(max(self._runs, key=lambda name: self._runs[name].size))

    def read_after(self, tenant: str, link: str, seq: int, limit: int) -> "list[LoggedEvent]":
        """The next events of the CRM's side, where they are at hand: nothing here says nothing about the log.

        What is not after `seq` is forgotten.
        """
        with self._lock:
            run = self._runs.get((tenant, link))
            if run is None or not run.after <= seq < run.upto:
                return []
            before = run.size
            while run.events and run.events[0].seq <= seq:
                run.size -= len(run.events.popleft().body)
            self._size -= before - run.size
            run.after = seq
            return list(islice(run.events, limit))

    def _extend(self, part: _Pending) -> None:
        run = self._runs.get(part.name)
        if run is None or run.upto != part.after:
            self._forget(part.name)
            run = self._runs[part.name] = _Run(part.after, part.after)
        run.events.extend(part.events)
        run.upto = part.upto
        size = sum(len(one.body) for one in part.events)
        run.size += size
        self._size += size

    def _forget(self, name: tuple[str, str]) -> None:
        run = self._runs.pop(name, None)
        self._size -= 0 if run is None else run.size


def logged(conn: Connection, tenant: str, link: str, after: int, upto: int, events: "Iterable[LoggedEvent]") -> None:
    """In a transaction: a log went from `after` to `upto`, by these and by those of the dialer's side."""
    if _TAIL in conn.info:
        conn.info.setdefault(_PENDING, []).append(_Pending((tenant, link), after, upto, list(events)))


def _undone(conn: Connection) -> None:
    if not conn.invalidated:
        conn.info.pop(_PENDING, None)
