"""The whole scene of a crash test: two systems that live on, load, and a service that is born again and again."""

import asyncio
import random
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import text

from mapping.words import Side
from store import conservation, outbox
from store.database import Database
from tests.crash.ground import LINK, TENANT, lay
from tests.crash.history import Books, Effect, History
from tests.crash.life import LONG_AFTER, Terms
from tests.crash.lives import Life, Nursery, nursery
from tests.crash.load import Caller, Office
from tests.crash.systems import CALM, KeepingCrm, KeepingDialer, Mishap, Weather
from tests.web.serving import serving
from web.sandbox import crm as crm_server
from web.sandbox import dialer as dialer_server

CONTACTS = 40
CALLERS = 4
KEK = bytes(range(32))
INTEGRITY = text("PRAGMA integrity_check")
SETTLE_SECONDS = 120.0


@dataclass
class Figures:
    """Figures for whoever reads the output of a run."""

    kills: int = 0
    in_doubt: int = 0
    births_cut_short: int = 0
    takeovers: int = 0
    settling: float = 0.0
    began: float = field(default_factory=time.monotonic)


@dataclass
class Stage:
    """Everything that outlives a life."""

    address: str
    crm: KeepingCrm
    dialer: KeepingDialer
    weather: list[Weather]
    office: Office
    callers: list[Caller]
    nursery: Nursery
    acknowledged: list[Effect]
    chance: random.Random
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    busy: list[asyncio.Task[None]] = field(default_factory=list)
    figures: Figures = field(default_factory=Figures)

    def storm(self, mishaps: Mapping[Mishap, int]) -> None:
        """What befalls requests from now on."""
        for weather in self.weather:
            weather.mishaps = mishaps

    async def begin(self, terms: Terms = LONG_AFTER) -> Life:
        """A life whose door is open, and to which all calls are told from now on."""
        life = await self.nursery.birth(terms)
        port = await life.opened()
        for caller in self.callers:
            caller.port = port
        return life

    async def open(self) -> None:
        """A first life in peace, until the dialer knows every contact; then the load begins."""
        life = await self.begin()
        await self._until(lambda: len(self.dialer.prospects) == CONTACTS)
        await self.nursery.kill(life)
        work = [self.office.work(self.closing), *(caller.work(self.closing) for caller in self.callers)]
        self.busy = [asyncio.create_task(one) for one in work]

    async def asked(self, life: Life) -> None:
        """Wait until a life works, and has asked something of a system."""
        before = self._requests()
        await life.works()
        await self._until(lambda: self._requests() > before)

    def _requests(self) -> int:
        return sum(weather.requests for weather in self.weather)

    async def settle(self) -> None:
        """A last life without mishaps: the load ends, everything arrives or nothing moves any more; a stop in order."""
        began = time.monotonic()
        self.storm(CALM)
        life = await self.begin()
        await life.works()
        self.closing.set()
        await asyncio.gather(*self.busy)
        with self._database() as database:
            await self._until(lambda: self._idle(database), pause=0.1)
        self.figures.settling = time.monotonic() - began
        life.signal(signal.SIGTERM)
        assert await self.nursery.bury(life) == 0

    def _idle(self, database: Database) -> bool:
        if self.dialer.held() != self.office.wanted():
            return False
        with database.read() as conn:
            return not any(conservation.balance(conn, TENANT, LINK, side).in_flight for side in Side)

    async def _until(self, holds: Callable[[], bool], pause: float = 0.01) -> None:
        deadline = time.monotonic() + SETTLE_SECONDS
        while not holds() and time.monotonic() < deadline:  # noqa: ASYNC110 - it happens in other processes
            await asyncio.sleep(pause)

    def history(self) -> History:
        """What happened, told by everybody who was there."""
        return History(
            acknowledged=self.acknowledged,
            crm=self.crm.effects,
            dialer=self.dialer.effects,
            wanted=self.office.wanted(),
            held=self.dialer.held(),
            books=self.books(),
        )

    def in_doubt(self) -> int:
        """How many requests the database knows to have left without an answer."""
        with self._database() as database, database.read() as conn:
            return sum(outbox.backlog(conn, TENANT, LINK, side).started for side in Side)

    def books(self) -> Books:
        """What the database says, and whether it is whole."""
        with self._database() as database, database.read() as conn:
            crm, dialer = (conservation.balance(conn, TENANT, LINK, side) for side in (Side.CRM, Side.DIALER))
            whole = database.dialect != "sqlite" or conn.execute(INTEGRITY).scalars().all() == ["ok"]
            return Books(crm, dialer, whole)

    def print_figures(self, label: str) -> None:
        """For whoever runs this with `-s`."""
        figures, repeated = self.figures, sum(caller.repeated for caller in self.callers)
        print(  # noqa: T201 - the figures of a run are for who asks to see them
            f"\n{label}: {figures.kills} kills ({figures.births_cut_short} of them during the start), "
            f"{figures.takeovers} takeovers, {figures.in_doubt} requests found in doubt; "
            f"{len(self.acknowledged)} events acknowledged ({repeated} deliveries repeated), "
            f"{len(self.crm.effects)} effects in the CRM ({self.crm.repeated} repetitions without effect), "
            f"{len(self.dialer.effects)} in the dialer ({self.dialer.repeated}); "
            f"{sum(weather.happened for weather in self.weather)} mishaps in {self._requests()} requests; "
            f"{time.monotonic() - figures.began:.0f} s, {figures.settling:.1f} of them for the last life"
        )

    @contextmanager
    def _database(self) -> Iterator[Database]:
        database = Database.open(self.address, kek=KEK)
        try:
            yield database
        finally:
            database.close()


def sqlite(place: Path) -> str:
    return f"sqlite:///{place / 'ecluse.db'}"


@asynccontextmanager
async def staged(place: Path, address: str, seed: int, crm: KeepingCrm | None = None) -> AsyncIterator[Stage]:
    crm, dialer, chance = crm or KeepingCrm(), KeepingDialer(), random.Random(seed)
    office = Office(crm, chance, pause_seconds=0.006)
    office.hire(CONTACTS)
    acknowledged: list[Effect] = []
    callers = [
        Caller([f"contact/{key}" for key in range(number, CONTACTS, CALLERS)], chance, 0.006, acknowledged)
        for number in range(CALLERS)
    ]
    async with AsyncExitStack() as stack:
        stack.push_async_callback(dialer.client.aclose)
        weather = [Weather(crm_server.application(crm), chance), Weather(dialer_server.application(dialer), chance)]
        crm_url, dialer_url = [await stack.enter_async_context(serving(one)) for one in weather]
        lay(place, address, crm_url, dialer_url)
        children = await stack.enter_async_context(nursery(place))
        yield Stage(address, crm, dialer, weather, office, callers, children, acknowledged, chance)
