"""Plays a week between both sides, through the very parts that `ecluse run` joins."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx2

from ecluse.demo.ground import Ground
from ecluse.demo.week import Happened
from ecluse.folder import read_folder
from ecluse.links import policy_of
from ecluse.people import read_people
from ecluse.service import listening, server_of
from ecluse.starting import settle
from ecluse.wiring import Works, database_of, unplug, works
from mapping.policy import Policy
from store.database import Database
from streams.link import Pace
from web.sandbox.telling import Ecluse, send_events


@dataclass
class Stage:
    """Écluse itself, running between both sides."""

    policy: Policy
    database: Database
    built: Works
    url: str
    ground: Ground
    client: httpx2.AsyncClient

    async def drain(self, *, poll: bool = True) -> float:
        """Let everything run to its end; how many seconds it took."""
        started = time.perf_counter()
        await self.built.runtime.drain(poll=poll)
        return time.perf_counter() - started

    async def tell(self, events: Iterable[Happened]) -> dict[str, int]:
        """What the dialer tells, over HTTP and signed, as a dialer would."""
        where = Ecluse(self.url, self.policy.link, self.ground.receives)
        return await send_events(self.client, where, [as_event(one) for one in events])


def as_event(one: Happened) -> dict[str, Any]:
    return {"id": one.id, "type": one.type, "time": one.time.isoformat(), "data": one.data}


@asynccontextmanager
async def stage(ground: Ground, clock: Callable[[], datetime], listen: str = "127.0.0.1:0") -> AsyncIterator[Stage]:
    """Open the database, join the parts, and listen."""
    state = read_folder(ground.folder, {})
    policy = policy_of(ground.folder / "links" / "nord.yaml", ground.folder)
    database = database_of(state)
    database.migrate()
    text = (ground.folder / "links" / "nord.yaml").read_text(encoding="utf-8")
    settle(policy, text, database, read_people(ground.folder / "people.csv"), state.settings)
    built = works([policy], database, state, pace=Pace(lease_seconds=600), clock=clock)
    door = listening(listen)
    server = server_of(built)
    serving = asyncio.create_task(server.serve(sockets=[door]))
    built.runtime.pulse.started = True
    try:
        async with httpx2.AsyncClient(timeout=60, trust_env=False) as client:
            yield Stage(policy, database, built, "http://{}:{}".format(*door.getsockname()[:2]), ground, client)
    finally:
        server.should_exit = True
        await serving
        door.close()
        await built.runtime.stop()
        await unplug(built)
        database.close()
