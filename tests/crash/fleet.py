"""Workers at one broker, as many as a test wants, each a process; and what may happen to them and to the broker."""

import asyncio
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import text

from mapping.words import Side
from store import conservation
from streams.link import Word
from tests.crash.life import Terms
from tests.crash.lives import Life
from tests.crash.site import Load
from tests.crash.stage import Stage, staged
from tests.services.kafka import Kafka

#: Dealt out so that two, and three, workers have as many each.
LINKS = ("sud", "est", "tours", "nord", "lille", "brest")
TERMS = Terms(aged=False, lease_seconds=4, renew_seconds=1.0)
SESSION = "4s"
#: What a busy machine may take until everything is well again: for loops that end sooner, never for a figure.
PATIENCE_SECONDS = 300.0
#: What a worker says that gives up.
STALLED = (Word.POSITION_STALLED, Word.STREAM_STALLED)
LOUD = (Word.LEASE_LOST, Word.TRANSACTION_ABORTED, Word.BROKER_UNAVAILABLE, Word.WORKER_FAILED, *STALLED)
PARTIAL = text("UPDATE outbox SET not_before = 0 WHERE state = 'pending' AND not_before > 0")

SETTINGS = """\
kafka:
  bootstrap: {bootstrap}
  prefix: {prefix}
  session: {session}
  partitions: 12
  replication: {replication}
  share: 500
  development: true
"""


@dataclass
class Fleet:
    """The workers that live, by name, and all that ever lived."""

    stage: Stage
    kafka: Kafka
    lives: dict[str, Life] = field(default_factory=dict)
    buried: list[Life] = field(default_factory=list)
    #: What was done to it.
    done: Counter[str] = field(default_factory=Counter)

    async def join(self, worker: str, flaw: str = "") -> Life:
        """A worker whose door is open. Whether it has work yet, `works` of it tells."""
        life = await self.stage.nursery.birth(TERMS._replace(worker=worker, flaw=flaw))
        self.stage.doors.append(await life.opened())
        self.lives[worker] = life
        self.done["joined"] += 1
        return life

    async def open(self, *workers: str) -> None:
        """These workers, until each dialer knows every contact; then the load begins."""
        for worker in workers:
            await self.join(worker)
        stage = self.stage
        assert await stage.until(lambda: all(site.known() for site in stage.sites), seconds=PATIENCE_SECONDS)
        stage.load()

    async def kill(self, worker: str) -> None:
        """With no warning."""
        await self.stage.nursery.kill(self.dismiss(worker))
        self.stage.figures.kills += 1

    async def leave(self, worker: str) -> None:
        """In good order, once it has come in good order."""
        life = self.lives[worker]
        await self.stage.until(lambda: life.has_said(Word.STARTED), seconds=PATIENCE_SECONDS)
        self.dismiss(worker)
        life.signal(signal.SIGTERM)
        assert await self.ended(life) == 0, f"{worker} ended late, or not well"
        self.done["left"] += 1

    async def supervise(self) -> None:
        """As whoever runs processes does: who gave up, because only a new process would help, is replaced."""
        for worker in [name for name, life in self.lives.items() if life.over.done()]:
            life = self.dismiss(worker)
            assert life.has_said(*STALLED), f"{worker} ended by itself, and did not say why"
            await self.ended(life)
            self.done["gave up"] += 1
            await self.join(worker)

    async def ended(self, life: Life) -> int:
        """Its exit code, once it has ended by itself. The nursery stays free until then."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            await asyncio.shield(life.over)
        return await self.stage.nursery.bury(life)

    def dismiss(self, worker: str) -> Life:
        life = self.lives.pop(worker)
        self.buried.append(life)
        self.stage.doors.remove(life.port.result())
        return life

    async def bounce(self, number: int = 0, *, hard: bool, away: float = 0.0) -> None:
        """End a broker and start it again."""
        node = self.kafka.nodes[number]
        node.ask_to_stop(hard=hard)
        await asyncio.to_thread(node.wait_stopped)
        await asyncio.sleep(away)
        node.start()  # in this thread: a broker ends with the thread that started it
        await asyncio.to_thread(node.wait_ready, len(self.kafka.nodes))
        self.done["hard bounces" if hard else "clean bounces"] += 1

    async def freeze(self, worker: str, seconds: float) -> None:
        """Let a worker stand still for so long, in the middle of whatever it does."""
        life = self.lives[worker]
        life.signal(signal.SIGSTOP)
        await asyncio.sleep(seconds)
        life.signal(signal.SIGCONT)
        self.done["frozen"] += 1

    async def moves(self, effects: int = 20) -> None:
        """Wait until every dialer has heard something new: whatever happened, all links are worked for again."""
        before = [len(site.dialer.effects) for site in self.stage.sites]

        def moved() -> bool:
            return all(
                len(site.dialer.effects) >= heard + effects
                for site, heard in zip(self.stage.sites, before, strict=True)
            )

        deadline = time.monotonic() + PATIENCE_SECONDS
        while not moved():
            assert time.monotonic() < deadline, f"a link stands still: {self._heard(before)}"
            await self.supervise()
            await asyncio.sleep(0.1)

    def _heard(self, before: list[int]) -> dict[str, int]:
        return {
            site.link: len(site.dialer.effects) - heard for site, heard in zip(self.stage.sites, before, strict=True)
        }

    def events(self) -> int:
        """How many events the database has taken in, of both sides."""
        with self.stage.database() as database, database.read() as conn:
            return sum(
                conservation.balance(conn, site.link, site.link, side).received
                for site in self.stage.sites
                for side in Side
            )

    async def settle(self, seconds: float = PATIENCE_SECONDS) -> None:
        """Calm weather and an end of the load; when nothing moves any more, all leave in good order."""
        began = time.monotonic()
        self.stage.storm({})
        hurrying = asyncio.create_task(self._hurry())
        try:
            await self.stage.quiet(seconds)
        finally:
            hurrying.cancel()
        self.stage.figures.settling = time.monotonic() - began
        await self.supervise()
        for worker in sorted(self.lives):
            await self.leave(worker)

    async def _hurry(self) -> None:
        """What waits for its next attempt need not wait for it."""
        with self.stage.database() as database:
            while True:
                await asyncio.to_thread(database.writer.write_now, lambda conn: conn.execute(PARTIAL).close())
                await asyncio.sleep(1.0)

    def print_figures(self, label: str) -> None:
        """For whoever runs this with `-s`."""
        words = Counter(word for life in (*self.buried, *self.lives.values()) for word, _, _ in life.said)
        done = ", ".join(f"{count} {what}" for what, count in self.done.items())
        said = ", ".join(f"{words[word.value]} {word.value}" for word in LOUD if words[word.value])
        self.stage.print_figures(f"{label}: {self.events()} events; {done}; said: {said or '-'}")


@asynccontextmanager
async def fleet(place: Path, database: str, kafka: Kafka, prefix: str, seed: int, load: Load) -> AsyncIterator[Fleet]:
    """A scene with a broker, and no worker yet."""
    said = SETTINGS.format(
        bootstrap=kafka.bootstrap, prefix=prefix, session=SESSION, replication=min(3, len(kafka.nodes))
    )
    async with staged(place, database, seed, links=LINKS, load=load, broker=said) as stage:
        yield Fleet(stage, kafka)
