"""The end of each link's log, kept at hand: a decider that keeps up need not read back what was logged a moment ago.

Only what is committed is here, whole and without a gap; whoever is not served reads the database. Nothing
waits here: what is forgotten, for want of room or because the process ended, stands in the log all the same.
"""

import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Engine, event

if TYPE_CHECKING:
    from store.events import NewEvent

MOST_BYTES: Final = 16 * 1_048_576

#: A seq, when it was received, and the event.
Logged = tuple[int, int, "NewEvent"]


@dataclass
class _Run:
    """The CRM's events of a stretch of a link's log; the seqs between them are the other side's."""

    after: int
    upto: int
    events: deque[Logged] = field(default_factory=deque)
    size: int = 0


class Tail:
    """Of the CRM's side only: what a dialer says is decided with facts that the database alone has."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs: dict[tuple[str, str], _Run] = {}
        self._size = 0
        #: Of the transaction that is open: link, from where to where its log goes, its events.
        self._pending: list[tuple[tuple[str, str], int, int, list[Logged]]] = []

    def follow(self, engine: Engine) -> None:
        """Learn what is logged on this engine's one connection, and forget it where that was undone."""
        event.listen(engine, "connect", self._met)
        event.listen(engine, "begin", lambda _: self._pending.clear())
        event.listen(engine, "rollback", lambda _: self._pending.clear())

    def logged(self, tenant: str, link: str, after: int, upto: int, events: Iterable[Logged]) -> None:
        """In a transaction: the log went from `after` to `upto`, by these and by those of the other side."""
        self._pending.append(((tenant, link), after, upto, list(events)))

    def committed(self) -> None:
        """To be told after each COMMIT, and not before."""
        with self._lock:
            for name, after, upto, events in self._pending:
                self._extend(name, after, upto, events)
            while self._size > MOST_BYTES:
                # Who holds most does not keep up, and reads the database anyway.
                self._forget(max(self._runs, key=lambda name: self._runs[name].size))
        self._pending.clear()

    def read_after(self, tenant: str, link: str, seq: int, limit: int) -> list[Logged]:
        """The next events of the CRM's side, where they are at hand: nothing here says nothing about the log.

        What is not after `seq` is forgotten.
        """
        with self._lock:
            run = self._runs.get((tenant, link))
            if run is None or not run.after <= seq < run.upto:
                return []
            before = run.size
            while run.events and run.events[0][0] <= seq:
                run.size -= len(run.events.popleft()[2].body)
            self._size -= before - run.size
            run.after = seq
            return [run.events[place] for place in range(min(limit, len(run.events)))]

    def _met(self, _: Any, record: Any) -> None:
        record.info["tail"] = self

    def _extend(self, name: tuple[str, str], after: int, upto: int, events: list[Logged]) -> None:
        run = self._runs.get(name)
        if run is None or run.upto != after:
            self._forget(name)
            run = self._runs[name] = _Run(after, after)
        run.events.extend(events)
        run.upto = upto
        size = sum(len(one.body) for _, _, one in events)
        run.size += size
        self._size += size

    def _forget(self, name: tuple[str, str]) -> None:
        run = self._runs.pop(name, None)
        self._size -= 0 if run is None else run.size


def of(conn: Connection) -> Tail | None:
    """That of the writer's connection."""
    found: Tail | None = conn.info.get("tail")
    return found
