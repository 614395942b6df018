"""SIGTERM under load: the service ends in time and in good order, and leaves nothing in doubt."""

import asyncio
import signal
import time
from pathlib import Path

import pytest

from tests.crash.life import Terms
from tests.crash.stage import sqlite, staged
from tests.crash.systems import PLAIN

pytestmark = pytest.mark.crash

STOPS = 10
LONGEST_SECONDS = 25.0


async def test_a_stop_under_load_leaves_nothing_in_doubt(tmp_path: Path) -> None:
    async with staged(tmp_path / "ecluse", sqlite(tmp_path / "ecluse"), seed=5) as stage:
        await stage.open()
        stage.storm(PLAIN)
        slowest = 0.0
        for _ in range(STOPS):
            life = await stage.begin(Terms(aged=False))
            await life.works()
            await asyncio.sleep(0.1 + 0.5 * stage.chance.random())
            began = time.monotonic()
            life.signal(signal.SIGTERM)
            assert await stage.nursery.bury(life) == 0
            slowest = max(slowest, time.monotonic() - began)
            assert stage.in_doubt() == 0
        assert slowest < LONGEST_SECONDS
        await stage.settle()
        stage.print_figures(f"{STOPS} stops, the slowest in {slowest:.2f} s")
        assert stage.faults() == []
