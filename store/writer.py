"""One thread writes, in groups: a unit of work is acknowledged once the COMMIT of its group is durable.

accepted ── run in a group ──┬── COMMIT ok ───────────► acknowledged
                             ├── a unit raises ───────► ROLLBACK, each unit again in a transaction of its own
                             ├── database away ───────► ROLLBACK, the group again, until PATIENCE_SECONDS are over
                             └── COMMIT not answered ─► CommitInDoubt to every unit: never run again by itself
"""

import asyncio
import queue
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from sqlalchemy import Connection, Engine

from store.errors import Closed, CommitInDoubt, StoreError, Unavailable, is_driver_error, translated

T = TypeVar("T")

#: A group takes more units in until it has run this long, or holds so many: the first one waits for the last.
GROUP_SECONDS: Final = 0.02
GROUP_UNITS: Final = 64
#: How long the writer tries to reach a database that went away before its callers hear of it.
PATIENCE_SECONDS: Final = 15.0
FIRST_PAUSE_SECONDS: Final = 0.05
LONGEST_PAUSE_SECONDS: Final = 1.0


@dataclass(frozen=True)
class _Unit:
    work: Callable[[Connection], Any]
    settle: Callable[[Any, BaseException | None], None]


class Writer:
    """The only way to write. A unit may be run again before its COMMIT, so it touches nothing but its connection.

    A unit that raises is rolled back alone and its exception comes back to its caller; errors of the
    driver come as those of `store.errors`. Cancelling the caller does not undo a unit. Called from
    inside a unit, `write_now` runs in that same unit.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        tend: Callable[[Connection], None] = lambda _: None,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        """`tend` is called after each group, between transactions: the place for checkpoints."""
        self._engine = engine
        self._tend = tend
        #: Told of each COMMIT: its seconds, and how many units it held. Must not raise.
        self.committed: Callable[[float, int], None] = lambda _seconds, _units: None
        self._patience = patience
        self._queue: queue.SimpleQueue[_Unit | None] = queue.SimpleQueue()
        self._gate = threading.Lock()
        self._closed = False
        self._connection: Connection | None = None
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in the next group; return once it is on disk."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def settle(result: Any, error: BaseException | None) -> None:
            try:
                loop.call_soon_threadsafe(_settle_async, future, result, error)
            except RuntimeError:  # the loop was closed meanwhile: nobody is left to tell
                return

        self._submit(_Unit(work, settle))
        return await future

    def write_now(self, work: Callable[[Connection], T]) -> T:
        """The same for callers without an event loop; blocks."""
        if threading.current_thread() is self._thread and self._connection is not None:
            return work(self._connection)
        future: Future[T] = Future()

        def settle(result: Any, error: BaseException | None) -> None:
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)

        self._submit(_Unit(work, settle))
        return future.result()

    def close(self) -> None:
        """Finish what was accepted, then stop. Later calls raise Closed."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    def _submit(self, unit: _Unit) -> None:
        with self._gate:
            if self._closed:
                raise Closed("writer_closed")
            self._queue.put(unit)

    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            if self._group(first):
                break
        if self._connection is not None:
            self._connection.close()

    def _group(self, first: _Unit) -> bool:
        """Run one group. True when the end of the queue was met."""
        units, last = [first], False
        began = time.monotonic()

        def more() -> _Unit | None:
            nonlocal last
            if last or len(units) >= GROUP_UNITS or time.monotonic() - began > GROUP_SECONDS:
                return None
            try:
                unit = self._queue.get_nowait()
            except queue.Empty:
                return None
            if unit is None:
                last = True
            else:
                units.append(unit)
            return unit

        self._commit(units, more)
        return last

    def _commit(self, units: list[_Unit], more: Callable[[], _Unit | None]) -> None:
        deadline, pause = time.monotonic() + self._patience, FIRST_PAUSE_SECONDS
        while True:
            results: list[Any] = []
            error = self._attempt(units, results, more)
            if isinstance(error, Unavailable) and time.monotonic() + pause < deadline:
                time.sleep(pause)
                pause = min(pause * 2, LONGEST_PAUSE_SECONDS)
                continue
            break
        if error is None:
            for unit, result in zip(units, results, strict=True):
                unit.settle(result, None)
        elif len(units) == 1:
            units[0].settle(None, error)
        elif isinstance(error, CommitInDoubt | Unavailable):
            for unit in units:
                unit.settle(None, type(error)(error.code, sqlstate=error.sqlstate))
        else:
            for unit in units:
                self._commit([unit], lambda: None)

    def _attempt(
        self, units: Sequence[_Unit], results: list[Any], more: Callable[[], _Unit | None]
    ) -> BaseException | None:
        """One transaction for these units and those that `more` adds to them. The error instead of raising it."""
        committing = False
        try:
            conn = self._ready()
            results.extend(unit.work(conn) for unit in units)
            while (unit := more()) is not None:
                results.append(unit.work(conn))
            committing = True
            began = time.perf_counter()
            conn.commit()
            self.committed(time.perf_counter() - began, len(results))
        except Exception as error:  # noqa: BLE001 - whatever a unit raises belongs to its caller
            return self._undone(error, committing=committing)
        self._look_after(conn)
        return None

    def _ready(self) -> Connection:
        if self._connection is None:
            self._connection = self._engine.connect()
        conn = self._connection
        conn.begin()
        return conn

    def _undone(self, error: Exception, *, committing: bool) -> Exception:
        told = translated(error) if is_driver_error(error) else error
        conn = self._connection
        if conn is not None:
            try:
                conn.rollback()
            except Exception as failure:  # noqa: BLE001 - the connection is of no more use
                told = told if not is_driver_error(error) else translated(failure)
                self._drop(conn)
            else:
                # After a COMMIT that failed SQLAlchemy takes the transaction for over, and rolls nothing back.
                if committing or conn.invalidated or isinstance(told, Unavailable):
                    self._drop(conn)
        if committing and not _certainly_aborted(told):
            return CommitInDoubt("commit_in_doubt", sqlstate=getattr(told, "sqlstate", ""))
        return told

    def _drop(self, conn: Connection) -> None:
        self._connection = None
        try:
            conn.invalidate()
            conn.close()
        except Exception:  # noqa: BLE001, S110 - it is gone already
            pass

    def _look_after(self, conn: Connection) -> None:
        try:
            self._tend(conn)
        except Exception:  # noqa: BLE001 - what was committed stays committed; the next group tries again
            self._drop(conn)


def _certainly_aborted(error: BaseException) -> bool:
    """Whether the database itself said that this COMMIT did not happen."""
    state = getattr(error, "sqlstate", "") if isinstance(error, StoreError) else ""
    return state.startswith(("23", "40")) or state in {"SQLITE_BUSY", "SQLITE_FULL"}


def _settle_async(future: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
