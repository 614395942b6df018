"""One of the loops of a worker: a turn, and again a turn, until it is told to stop.

A turn reads where it stands from the database, so a loop that failed just turns again, after a pause.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from store.errors import Fenced, StoreError
from streams.health import Progress
from streams.link import Word

LONGEST_BACKOFF_SECONDS = 30.0

Turn = Callable[[], Awaitable[int]]


class Report(Protocol):
    """Who is told what went wrong in which role."""

    def __call__(self, word: Word, where: str = "", code: str = "") -> None: ...


@dataclass
class Role:
    """What is done in turns, one at a time, and what wakes it."""

    name: str
    turn: Turn
    #: Seconds to sleep when a turn found nothing.
    pause: Callable[[], float]
    #: Whether to turn again at once when a turn found something.
    eager: bool = True
    #: Whether a turn lasts as long as a system on the other side likes: a long one is no standstill then.
    may_take_long: bool = False
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    async def once(self) -> int:
        async with self.lock:
            return await self.turn()

    async def keep_turning(
        self, until: asyncio.Event, progress: Progress, monotonic: Callable[[], float], report: Report
    ) -> None:
        """Turn until the event is set. Raises Fenced, and nothing else."""
        failures = 0
        while not until.is_set():
            self.wake.clear()
            pause = self.pause()
            try:
                if not self.may_take_long:
                    progress.has_work(monotonic())
                moved = await self.once()
                failures = 0
                if moved and self.eager:
                    progress.advanced(monotonic())
                    continue
                progress.idle(monotonic())
                pause = self.pause()
            except Fenced:
                report(Word.LEASE_LOST)
                raise
            except StoreError as error:
                failures += 1
                progress.idle(monotonic())  # it turned: a restart would not bring the database back
                report(Word.DATABASE_UNAVAILABLE, self.name, error.code)
            except Exception as error:  # noqa: BLE001 - the one loop that catches broadly: the next turn starts from the database
                failures += 1
                progress.idle(monotonic())  # it turned: what fails again and again takes no other link along
                report(Word.WORKER_FAILED, self.name, type(error).__name__)
            if failures:
                pause = min(2.0 ** (failures - 1), LONGEST_BACKOFF_SECONDS)
            await _either(self.wake, until, pause)


async def _either(first: asyncio.Event, second: asyncio.Event, seconds: float) -> None:
    """Until one of two events is set, or so long."""
    waiting = [asyncio.ensure_future(event.wait()) for event in (first, second)]
    try:
        await asyncio.wait(waiting, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for one in waiting:
            one.cancel()
