"""Whichever instant a process dies at, however often: nothing acknowledged is lost, nothing happens twice.

At length, on the quickest run. `conformance/test_crash.py` goes through every instant on all runs.
"""

import random

import pytest

from connectors.faults import Transient
from connectors.port import Order
from streams.failpoints import Point
from tests.streams.life import Chancer, Life, Striker, check, story
from tests.streams.world import World


@pytest.mark.crash
@pytest.mark.parametrize("nth", [2, 3, 5])
@pytest.mark.parametrize("point", Point)
async def test_nothing_is_lost_or_doubled_at_a_later_time(sqlite_world: World, point: Point, nth: int) -> None:
    life = Life(sqlite_world, Striker(point, nth), dies=True)
    await story(life)
    check(life)


@pytest.mark.crash
@pytest.mark.parametrize("seed", range(20))
async def test_nothing_is_lost_or_doubled_in_a_bad_week(sqlite_world: World, seed: int) -> None:
    """Several deaths, and a network that loses answers: any order of them."""
    chance = random.Random(seed)
    lost = [6]

    def strike(moment: str, order: Order) -> None:
        if lost[0] and chance.random() < 0.2:
            lost[0] -= 1
            raise Transient("connection_lost", in_doubt=True)

    sqlite_world.crm.fault = sqlite_world.dialer.fault = strike
    life = Life(sqlite_world, Chancer(chance, times=4), dies=True)
    await story(life)
    for _ in range(8):
        await life.later()
    check(life)


@pytest.fixture(autouse=True)
def _quick_echo(sqlite_world: World) -> None:
    """A row left in doubt by a death keeps a page waiting; here, not for long."""
    sqlite_world.pace = type(sqlite_world.pace)(lease_seconds=30, echo_seconds=0.0, disk_floor_bytes=0)
