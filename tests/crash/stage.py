"""The whole scene of a crash test: systems that live on, load, and services that are born again and again."""

import asyncio
import random
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from store.database import Database
from tests.crash.ground import LINK, lay
from tests.crash.history import faults
from tests.crash.life import LONG_AFTER, Terms
from tests.crash.lives import Life, Nursery, nursery
from tests.crash.site import Load, Site, opened
from tests.crash.systems import CALM, KeepingCrm, Mishap

KEK = bytes(range(32))
SETTLE_SECONDS = 120.0
MUCH = Load()


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
    sites: Sequence[Site]
    nursery: Nursery
    chance: random.Random
    #: Ports of the services that callers may tell.
    doors: list[int]
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    busy: list[asyncio.Task[None]] = field(default_factory=list)
    figures: Figures = field(default_factory=Figures)

    def storm(self, mishaps: Mapping[Mishap, int]) -> None:
        """What befalls requests from now on."""
        for site in self.sites:
            site.storm(mishaps)

    async def begin(self, terms: Terms = LONG_AFTER) -> Life:
        """A life whose door is open, and to which all calls are told from now on."""
        life = await self.nursery.birth(terms)
        self.doors[:] = [await life.opened()]
        return life

    async def open(self) -> None:
        """A first life in peace, until each dialer knows every contact; then the load begins."""
        life = await self.begin()
        await self.until(lambda: all(site.known() for site in self.sites))
        await self.nursery.kill(life)
        self.load()

    def load(self) -> None:
        """From now on something goes on."""
        self.busy = [asyncio.create_task(one) for site in self.sites for one in site.work(self.closing)]

    async def asked(self, life: Life) -> None:
        """Wait until a life works, and has asked something of a system."""
        before = self._requests()
        await life.works()
        await self.until(lambda: self._requests() > before)

    def _requests(self) -> int:
        return sum(site.requests for site in self.sites)

    async def settle(self) -> None:
        """A last life without mishaps: the load ends, everything arrives or nothing moves any more; a stop in order."""
        began = time.monotonic()
        self.storm(CALM)
        life = await self.begin()
        await life.works()
        await self.quiet()
        self.figures.settling = time.monotonic() - began
        life.signal(signal.SIGTERM)
        assert await self.nursery.bury(life) == 0

    async def quiet(self, seconds: float = SETTLE_SECONDS) -> None:
        """End the load, and wait until nothing moves any more."""
        self.closing.set()
        await asyncio.gather(*self.busy)
        with self.database() as database:
            await self.until(lambda: all(site.idle(database) for site in self.sites), 0.1, seconds)

    async def until(self, holds: Callable[[], bool], pause: float = 0.01, seconds: float = SETTLE_SECONDS) -> bool:
        """Whether it came to hold in time."""
        deadline = time.monotonic() + seconds
        while not holds():
            if time.monotonic() > deadline:
                return False
            await asyncio.sleep(pause)
        return True

    def faults(self) -> list[str]:
        """Whatever breaks the promise, at any link."""
        with self.database() as database:
            found = {site.link: faults(site.history(database)) for site in self.sites}
        return [f"{link}: {fault}" for link, of_link in found.items() for fault in of_link]

    def in_doubt(self) -> int:
        """How many requests the database knows to have left without an answer."""
        with self.database() as database:
            return sum(site.in_doubt(database) for site in self.sites)

    def print_figures(self, label: str) -> None:
        """For whoever runs this with `-s`."""
        figures, sites = self.figures, self.sites
        print(  # noqa: T201 - the figures of a run are for who asks to see them
            f"\n{label}: {figures.kills} kills ({figures.births_cut_short} of them during the start), "
            f"{figures.takeovers} takeovers, {figures.in_doubt} requests found in doubt; "
            f"{sum(len(site.acknowledged) for site in sites)} events acknowledged "
            f"({sum(caller.repeated for site in sites for caller in site.callers)} deliveries repeated), "
            f"{sum(len(site.crm.effects) for site in sites)} effects in the CRM "
            f"({sum(site.crm.repeated for site in sites)} repetitions without effect), "
            f"{sum(len(site.dialer.effects) for site in sites)} in the dialer "
            f"({sum(site.dialer.repeated for site in sites)}); "
            f"{sum(one.happened for site in sites for one in site.weather)} mishaps in {self._requests()} requests; "
            f"{time.monotonic() - figures.began:.0f} s, {figures.settling:.1f} of them for the last life"
        )

    @contextmanager
    def database(self) -> Iterator[Database]:
        database = Database.open(self.address, kek=KEK)
        try:
            yield database
        finally:
            database.close()


def sqlite(place: Path) -> str:
    return f"sqlite:///{place / 'ecluse.db'}"


@asynccontextmanager
async def staged(
    place: Path, address: str, seed: int, crm: KeepingCrm | None = None, *, links: Sequence[str] = (LINK,),
    load: Load = MUCH, broker: str = "",
) -> AsyncIterator[Stage]:  # fmt: skip
    """A scene with these links. `crm` is the first one's; `broker` what the settings say of one."""
    chance, doors = random.Random(seed), list[int]()
    async with AsyncExitStack() as stack:
        made = [
            await stack.enter_async_context(opened(link, load, chance, doors, None if number else crm))
            for number, link in enumerate(links)
        ]
        lay(place, address, {site.link: systems for site, systems in made}, broker)
        children = await stack.enter_async_context(nursery(place))
        yield Stage(address, [site for site, _ in made], children, chance, doors)
