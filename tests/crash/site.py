"""One link of a crash test: its two systems, what goes on at both ends, and what they can tell of it afterwards."""

import random
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import text

from mapping.words import Side
from store import conservation, outbox
from store.database import Database
from tests.crash.ground import Systems
from tests.crash.history import Books, Effect, History
from tests.crash.load import Caller, Office
from tests.crash.systems import KeepingCrm, KeepingDialer, Mishap, Weather
from tests.web.serving import serving
from web.sandbox import crm as crm_server
from web.sandbox import dialer as dialer_server

INTEGRITY = text("PRAGMA integrity_check")


class Load(NamedTuple):
    """How much goes on at each link."""

    contacts: int = 40
    callers: int = 4
    #: Mean of the pauses between two edits, and between two deliveries of a caller.
    edit_seconds: float = 0.006
    call_seconds: float = 0.006
    edits_at_once: int = 1


@dataclass
class Site:
    """A link, as seen from outside. The tenant has the link's name."""

    link: str
    crm: KeepingCrm
    dialer: KeepingDialer
    weather: Sequence[Weather]
    office: Office
    callers: Sequence[Caller]
    acknowledged: list[Effect]

    def storm(self, mishaps: Mapping[Mishap, int]) -> None:
        for weather in self.weather:
            weather.mishaps = mishaps

    def work(self, until: Any) -> list[Coroutine[Any, Any, None]]:
        return [self.office.work(until), *(caller.work(until) for caller in self.callers)]

    @property
    def requests(self) -> int:
        return sum(weather.requests for weather in self.weather)

    def known(self) -> bool:
        """Whether the dialer has heard of every contact."""
        return len(self.dialer.prospects) == len(self.office.revisions)

    def idle(self, database: Database) -> bool:
        """Whether both systems agree, and nothing is on its way."""
        if self.dialer.held() != self.office.wanted():
            return False
        with database.read() as conn:
            return not any(conservation.balance(conn, self.link, self.link, side).in_flight for side in Side)

    def in_doubt(self, database: Database) -> int:
        """How many requests the database knows to have left without an answer."""
        with database.read() as conn:
            return sum(outbox.backlog(conn, self.link, self.link, side).started for side in Side)

    def history(self, database: Database) -> History:
        """What happened, told by everybody who was there."""
        return History(
            acknowledged=self.acknowledged,
            crm=self.crm.effects,
            dialer=self.dialer.effects,
            wanted=self.office.wanted(),
            held=self.dialer.held(),
            books=self.books(database),
        )

    def books(self, database: Database) -> Books:
        """What the database says, and whether it is whole."""
        with database.read() as conn:
            crm, dialer = (conservation.balance(conn, self.link, self.link, side) for side in (Side.CRM, Side.DIALER))
            whole = database.dialect != "sqlite" or conn.execute(INTEGRITY).scalars().all() == ["ok"]
            return Books(crm, dialer, whole)


class Opened(NamedTuple):
    """A site, and the addresses of its systems."""

    site: Site
    systems: Systems


@asynccontextmanager
async def opened(
    link: str, load: Load, chance: random.Random, doors: Sequence[int], crm: KeepingCrm | None = None
) -> AsyncIterator[Opened]:
    """A link whose systems answer, for as long as the block runs."""
    crm, dialer = crm or KeepingCrm(), KeepingDialer()
    office = Office(crm, chance, load.edit_seconds, load.edits_at_once)
    office.hire(load.contacts)
    told: list[Effect] = []
    callers = [
        Caller(link, _share(number, load), chance, load.call_seconds, told, doors) for number in range(load.callers)
    ]
    async with AsyncExitStack() as stack:
        stack.push_async_callback(dialer.client.aclose)
        weather = [Weather(crm_server.application(crm), chance), Weather(dialer_server.application(dialer), chance)]
        addresses = [await stack.enter_async_context(serving(one)) for one in weather]
        yield Opened(Site(link, crm, dialer, weather, office, callers, told), Systems(*addresses))


def _share(number: int, load: Load) -> list[str]:
    return [f"contact/{key}" for key in range(number, load.contacts, load.callers)]
