"""Workers die, join, leave and freeze, and brokers go and come: nothing is lost, nothing twice, order kept."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.crash.fleet import SESSION, Fleet, fleet
from tests.crash.site import Load
from tests.crash.systems import ROUGH
from tests.services.kafka import Kafka

pytestmark = pytest.mark.crash

WORKERS = ("one", "two", "three")
LONGEST_SECONDS = 1_800.0
FROZEN_SECONDS = 2.0 + float(SESSION.rstrip("s"))


class Measure(NamedTuple):
    """How much of everything."""

    kills: int
    #: Changes of a group from one worker to two, to three, and back to one: four rebalances each.
    rounds: int
    bounces: int
    freezes: int
    losses: int
    #: At least so many events go their way, in all scenarios together.
    events: int


MEASURES = {
    "short": Measure(kills=4, rounds=1, bounces=2, freezes=1, losses=2, events=1_500),
    "middle": Measure(kills=20, rounds=4, bounces=4, freezes=3, losses=3, events=10_000),
    "long": Measure(kills=100, rounds=13, bounces=20, freezes=10, losses=6, events=50_000),
}
MEASURE = MEASURES[os.environ.get("ECLUSE_CRASH", "short")]

LOAD = Load(contacts=40, callers=1, edit_seconds=0.25, call_seconds=0.5, edits_at_once=4)

Scenario = Callable[[Fleet], Awaitable[None]]


async def killed(crew: Fleet) -> None:
    """`kill -9` of any worker at any moment, also while the group is dealt anew; soon there is another of its name."""
    chance = crew.stage.chance
    for _ in range(MEASURE.kills):
        await asyncio.sleep(3.0 * chance.random() ** 2)
        worker = chance.choice(sorted(crew.lives))
        await crew.kill(worker)
        await asyncio.sleep(chance.random())
        reborn = await crew.join(worker)
        if chance.random() < 0.3:
            await reborn.works()


async def dealt_anew(crew: Fleet) -> None:
    """From three to one, and then again and again: two, three, one. Each joins and leaves in good order."""
    chance = crew.stage.chance
    first, *others = WORKERS
    for _ in range(MEASURE.rounds):
        for worker in others:
            await asyncio.sleep(1.0 + 2.0 * chance.random())
            await crew.leave(worker)
        for worker in others:
            await asyncio.sleep(1.0 + 2.0 * chance.random())
            await crew.join(worker)
    assert first in crew.lives


async def bounced(crew: Fleet) -> None:
    """The only broker ends, in good order or not, and comes back."""
    for number in range(MEASURE.bounces):
        await asyncio.sleep(2.0 * crew.stage.chance.random())
        await crew.bounce(hard=number % 2 == 0, away=crew.stage.chance.random())
        await crew.moves(effects=1)


async def frozen(crew: Fleet) -> None:
    """A worker stands still until the others have its part, and wakes up believing that it is its own."""
    for _ in range(MEASURE.freezes):
        await crew.freeze(crew.stage.chance.choice(WORKERS), FROZEN_SECONDS)
        await crew.moves(effects=1)


async def lost(crew: Fleet) -> None:
    """One of three brokers is away for a while, and then another one."""
    for number in range(MEASURE.losses):
        before = crew.stage.chance.random()
        away = asyncio.create_task(crew.bounce(number % len(crew.kafka.nodes), hard=number % 2 == 0, away=8.0))
        await asyncio.sleep(before)
        await crew.moves(effects=1)
        await away


async def played(crew: Fleet, scenario: Scenario) -> list[str]:
    """Three workers, load, bad weather, the scenario, and as many events as there shall be; what is wrong then."""
    await crew.open(*WORKERS)
    stage = crew.stage
    stage.storm(ROUGH)
    began = time.monotonic()
    await scenario(crew)
    took = time.monotonic() - began
    assert await stage.until(lambda: crew.events() >= EVENTS, 1.0, LONGEST_SECONDS)
    await crew.settle()
    crew.print_figures(f"{scenario.__name__} for {took:.0f} s")
    return stage.faults()


SCENARIOS = (killed, dealt_anew, bounced, frozen)
#: Of the events, for each scenario: `lost` is one too.
EVENTS = MEASURE.events // (len(SCENARIOS) + 1)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
async def test_workers_and_a_broker_that_come_and_go(
    tmp_path: Path, fresh_database: str, kafka: Kafka, kafka_prefix: str, scenario: Scenario
) -> None:
    async with fleet(tmp_path / "ecluse", fresh_database, kafka, kafka_prefix, 7, LOAD) as crew:
        assert await played(crew, scenario) == []


async def test_three_brokers_of_which_one_is_lost(
    tmp_path: Path, fresh_database: str, kafka_three: Kafka, kafka_prefix: str
) -> None:
    async with fleet(tmp_path / "ecluse", fresh_database, kafka_three, kafka_prefix, 8, LOAD) as crew:
        assert await played(crew, lost) == []
