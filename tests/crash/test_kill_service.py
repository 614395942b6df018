"""kill -9 of the service at any moment, under load: nothing acknowledged is lost, no effect twice, order kept."""

import asyncio
from pathlib import Path

import pytest

from tests.crash.stage import Stage, sqlite, staged
from tests.crash.systems import ROUGH, ForgetfulCrm

pytestmark = pytest.mark.crash

SQLITE_KILLS, POSTGRESQL_KILLS, FORGETFUL_KILLS = 100, 50, 40
BIRTHS_CUT_SHORT = 0.1


@pytest.mark.parametrize("seed", [1, 2])
async def test_two_hundred_kills_on_sqlite_lose_and_double_nothing(tmp_path: Path, seed: int) -> None:
    async with staged(tmp_path / "ecluse", sqlite(tmp_path / "ecluse"), seed) as stage:
        await killed_again_and_again(stage, SQLITE_KILLS)
        stage.print_figures(f"SQLite, seed {seed}")
        assert stage.faults() == []
        assert stage.figures.in_doubt, "no kill ever struck while a request was under way"


async def test_fifty_kills_on_postgresql_lose_and_double_nothing(tmp_path: Path, fresh_database: str) -> None:
    async with staged(tmp_path / "ecluse", fresh_database, seed=3) as stage:
        await killed_again_and_again(stage, POSTGRESQL_KILLS)
        stage.print_figures("PostgreSQL")
        assert stage.faults() == []
        assert stage.figures.in_doubt, "no kill ever struck while a request was under way"


async def test_a_crm_that_forgets_keys_is_caught(tmp_path: Path) -> None:
    """The same run against a CRM that applies every repetition: the checks are worth something only if they see it."""
    async with staged(tmp_path / "ecluse", sqlite(tmp_path / "ecluse"), seed=4, crm=ForgetfulCrm()) as stage:
        await killed_again_and_again(stage, FORGETFUL_KILLS)
        stage.print_figures("A forgetful CRM")
        assert any("twice: " in fault for fault in stage.faults())


async def killed_again_and_again(stage: Stage, kills: int) -> None:
    await stage.open()
    stage.storm(ROUGH)
    for _ in range(kills):
        life = await stage.begin()
        if stage.chance.random() < BIRTHS_CUT_SHORT:
            await asyncio.sleep(stage.chance.random() * 0.12)
            stage.figures.births_cut_short += 1
        else:
            stage.figures.in_doubt += await life.works()
            await stage.asked(life)
            # From 50 to 600 ms, the shorter ones more often: much happens at the start.
            await asyncio.sleep(0.05 + 0.55 * stage.chance.random() ** 2)
        await stage.nursery.kill(life)
        stage.figures.kills += 1
    await stage.settle()
