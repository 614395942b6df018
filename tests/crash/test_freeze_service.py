"""A worker that froze past its lease and wakes up: another has its work, and what it still does counts for nothing."""

import asyncio
import signal
from pathlib import Path

import pytest

from tests.crash.life import Terms
from tests.crash.lives import Life
from tests.crash.stage import Stage, staged
from tests.crash.systems import ROUGH

pytestmark = pytest.mark.crash

TAKEOVERS, MOST_FREEZES = 6, 20
SHORT = Terms(aged=False, lease_seconds=1, renew_seconds=0.25)
#: Frozen inside a transaction it holds the lease's row, and nobody can take over for `FROZEN_SECONDS`: not waited for.
PATIENCE_SECONDS = 2.5


async def test_a_frozen_worker_that_wakes_has_no_effect(tmp_path: Path, fresh_database: str) -> None:
    async with staged(tmp_path / "ecluse", fresh_database, seed=6) as stage:
        await stage.open()
        stage.storm(ROUGH)
        working, frozen = await stage.begin(SHORT._replace(aged=True)), 0
        await working.works()
        other = await stage.begin(SHORT)
        while stage.figures.takeovers < TAKEOVERS and frozen < MOST_FREEZES:
            await asyncio.sleep(0.1 + 0.3 * stage.chance.random())
            frozen += 1
            if await froze(stage, working, other):
                await stage.nursery.kill(working)
                working, other = other, await stage.begin(SHORT)
        for life in (working, other):
            await stage.nursery.kill(life)
        await stage.settle()
        stage.print_figures(f"PostgreSQL, {frozen} workers frozen")
        assert stage.faults() == []
        assert stage.figures.takeovers >= TAKEOVERS


async def froze(stage: Stage, working: Life, other: Life) -> bool:
    """Freeze one until the other has had its work for a while, and wake it; whether there was a change of hands."""
    working.signal(signal.SIGSTOP)
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await other.works()
    except TimeoutError:
        taken = False
    else:
        taken = True
        await asyncio.sleep(0.2 + 0.3 * stage.chance.random())
    working.signal(signal.SIGCONT)
    await asyncio.sleep(0.3)
    taken = taken or other.working.done()
    stage.figures.takeovers += taken
    return taken
