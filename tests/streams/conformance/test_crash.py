"""Whichever instant a process dies at, or a step fails at: nothing acknowledged is lost, nothing happens twice.

Every instant on every run but the last: with three workers, those that lie on the way through the broker, and
the one after a push. A death is in memory here; `tests/crash` kills processes.
"""

import pytest

from streams.failpoints import Point
from tests.streams.conformance.runs import EMBEDDED, only
from tests.streams.life import Life, Striker, check, story
from tests.streams.world import World

ON_THE_WAY = [
    Point.AFTER_READ,
    Point.AFTER_DECIDE,
    Point.BEFORE_DECISION_COMMIT,
    Point.AFTER_DECISION_COMMIT,
    Point.AFTER_PUSH,
]

pytestmark = pytest.mark.crash


@only(*EMBEDDED, "kafka-1")
@pytest.mark.parametrize("point", Point)
async def test_nothing_is_lost_or_doubled_by_a_death_at_any_point(world: World, point: Point) -> None:
    await live(world, point, dies=True)


@only("kafka-3")
@pytest.mark.parametrize("point", ON_THE_WAY)
async def test_nothing_is_lost_or_doubled_by_a_death_among_three(world: World, point: Point) -> None:
    await live(world, point, dies=True)


@only(*EMBEDDED)
@pytest.mark.parametrize("point", Point)
async def test_nothing_is_lost_or_doubled_by_a_step_that_fails(world: World, point: Point) -> None:
    await live(world, point, dies=False)


@only("kafka-1")
@pytest.mark.parametrize("point", ON_THE_WAY)
async def test_nothing_is_lost_or_doubled_by_a_step_that_fails_on_the_way(world: World, point: Point) -> None:
    await live(world, point, dies=False)


async def live(world: World, point: Point, *, dies: bool) -> None:
    # A row left in doubt by a death keeps a page waiting; here, not for long.
    world.pace = type(world.pace)(lease_seconds=30, echo_seconds=0.0, disk_floor_bytes=0)
    striker = Striker(point, 1)
    life = Life(world, striker, dies=dies)
    await story(life)
    assert striker.struck, "the story never came by this point"
    check(life)
