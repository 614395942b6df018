"""The embedded runtime: one process, one event loop, all links; nothing but Python and a database.

`start` and `stop` for a service, `run` for both with a signal between, `drain` for a demonstration
and for tests: it works until nothing moves any more.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from streams.crew import Crew
from streams.link import Gear, Incident, LinkRuntime, Word


class EmbeddedRuntime(Crew):
    """Runs links, all of them, or those whose lease it can have."""

    def __init__(
        self, links: Sequence[LinkRuntime], gear: Gear, *, folder: Path | None = None, holder: str | None = None
    ) -> None:
        super().__init__(links, gear, folder=folder, holder=holder)
        self._stop = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin to work on every link whose lease is free; the others are waited for."""
        self._tasks = [asyncio.create_task(self.keep(worker, self._stop)) for worker in self.workers.values()]
        self._tasks += [
            asyncio.create_task(each) for each in (*self.upkeep(self._stop), self.forget_hourly(self._stop))
        ]
        self.pulse.started = True
        self._gear.report(Incident(Word.STARTED))

    async def stop(self) -> bool:
        """Take nothing in any more, and finish what is under way or leave it in doubt; whether all ended in time."""
        self.pulse.stopping = True
        self._stop.set()
        for worker in self.workers.values():
            worker.stop()
        late: set[asyncio.Task[None]] = set()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=self._gear.pace.stop_seconds)
        for task in late:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for worker in self.workers.values():
            await self.release(worker)
        self._tasks = []
        self._gear.report(Incident(Word.STOPPED_LATE if late else Word.STOPPED))
        return not late

    async def drain(self, *, poll: bool = True) -> int:
        """Work until nothing moves any more but what waits for its time or for a manager; how much moved."""
        moved = 0
        for worker in self.workers.values():
            await self.hold(worker)
            await worker.roles["sweep"].once()
        while True:
            turned = 0
            for worker in self.workers.values():
                turned += await worker.step(poll=poll)
            moved += turned
            if turned:
                continue
            waits = [wait for worker in self.workers.values() if (wait := worker.due_in()) is not None]
            if not waits:
                return moved
            await self._gear.sleep(min(waits))
