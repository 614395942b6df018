"""Lives of the service, as a test holds them: born by the nursery, ended by a signal, buried with their exit code."""

import asyncio
import os
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from streams.link import Word
from tests.crash.life import LONG_AFTER, Terms

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60.0


@dataclass
class Life:
    """A process of the service."""

    pid: int
    #: Where its web server listens, once it does.
    port: asyncio.Future[int]
    #: Set when it has the link's lease: how many requests of earlier lives it found in doubt.
    working: asyncio.Future[int]
    #: Set when it ended by itself: what the service returned.
    over: asyncio.Future[int]
    #: Its exit code, negative for the signal that ended it; known once it is buried.
    ended: asyncio.Future[int]
    #: What it had to say, each with where and since when.
    said: list[tuple[str, str, float]] = field(default_factory=list)

    def signal(self, number: signal.Signals) -> None:
        os.kill(self.pid, number)

    def has_said(self, *words: Word) -> bool:
        """Any of them."""
        return any(said in words for said, _, _ in self.said)

    async def opened(self) -> int:
        return await self._unless_ended(self.port)

    async def works(self) -> int:
        return await self._unless_ended(self.working)

    async def _unless_ended(self, awaited: asyncio.Future[int]) -> int:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.wait({awaited, self.over}, return_when=asyncio.FIRST_COMPLETED)
        if not awaited.done():
            raise ChildProcessError(f"the service ended by itself, with {self.over.result()}: see nursery.log")
        return awaited.result()


@dataclass
class Nursery:
    """The process that forks, and the lives it forked that are not buried yet."""

    process: Process
    lives: dict[int, Life] = field(default_factory=dict)
    born: asyncio.Queue[Life | None] = field(default_factory=asyncio.Queue)

    async def birth(self, terms: Terms = LONG_AFTER) -> Life:
        await self._command(terms._asdict())
        async with asyncio.timeout(PATIENCE_SECONDS):
            life = await self.born.get()
        if life is None:
            raise ChildProcessError("the nursery ended by itself: see nursery.log")
        return life

    async def kill(self, life: Life) -> None:
        """`kill -9`, and wait until nothing of it is left."""
        life.signal(signal.SIGKILL)
        assert await self.bury(life) == -signal.SIGKILL

    async def bury(self, life: Life) -> int:
        """Wait for its end; its exit code."""
        await self._command({"reap": life.pid})
        async with asyncio.timeout(PATIENCE_SECONDS):
            code = await life.ended
        del self.lives[life.pid]
        return code

    async def listen(self) -> None:
        """Hear what the nursery and its lives say, until it ends."""
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            self._heard(orjson.loads(line))
        self.born.put_nowait(None)

    def _life(self, pid: int) -> Life:
        if pid not in self.lives:
            future = asyncio.get_running_loop().create_future
            self.lives[pid] = Life(pid, future(), future(), future(), future())
        return self.lives[pid]

    def _heard(self, said: dict[str, Any]) -> None:
        life = self._life(said["pid"])  # a life may speak before the nursery says that it was born
        match said["is"]:
            case "born":
                self.born.put_nowait(life)
            case "open":
                life.port.set_result(said["port"])
            case "working" if not life.working.done():
                life.working.set_result(said["in_doubt"])
            case "says":
                life.said.append((said["word"], said["where"], time.monotonic()))
            case "over":
                life.over.set_result(said["code"])
            case "ended":
                life.ended.set_result(said["code"])

    async def _command(self, told: dict[str, Any]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(orjson.dumps(told) + b"\n")
        await self.process.stdin.drain()


@asynccontextmanager
async def nursery(place: Path) -> AsyncIterator[Nursery]:
    """A nursery for the working folder; when the block ends, so do all of its lives."""
    with (place / "nursery.log").open("ab") as log:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.crash.nursery", str(place), stdin=PIPE, stdout=PIPE, stderr=log, cwd=ROOT
        )
    made = Nursery(process)
    listening = asyncio.create_task(made.listen())
    try:
        yield made
    finally:
        for life in made.lives.values():
            life.signal(signal.SIGKILL)
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()
        await listening
