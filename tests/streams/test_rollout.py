"""A revision made live anywhere comes into force everywhere, whole, and without a restart."""

from dataclasses import replace
from typing import Any

import orjson
import pytest

from store import decisions
from store.errors import Fenced
from store.register import Live
from streams.counted import RolloutResult
from streams.link import LinkRuntime, Word
from streams.rollout import Obstacle, Unfit
from streams.ruling import Ruling
from tests.streams.revisions import BANK, BY_CAMPAIGN, because, compiled, make_live, read, ruled, runtime
from tests.streams.world import LINK, TENANT, World


def words(world: World) -> list[Word]:
    return [one.word for one in world.incidents if one.word.value.startswith("revision_")]


def applied(world: World, result: RolloutResult) -> float:
    return float(world.metrics.rollouts[result]._value.get())


async def test_a_change_reaches_every_process_that_shares_the_database(world: World) -> None:
    first = make_live(world)
    one, two = runtime(world, "a"), runtime(world, "b", other=0)
    assert await one.rollout.turn() == 0
    assert await two.rollout.turn() == 0
    second = make_live(world, revision=because("Ajout"))
    for each in (one, two):
        ruling = each.links[LINK].ruling
        assert (ruling.revision, ruling.number) == (first.revision, 1)
        assert await each.rollout.turn() == 1
        assert await each.rollout.turn() == 0
        ruling = each.links[LINK].ruling
        assert (ruling.revision, ruling.number) == (second.revision, 2)
    assert words(world) == [Word.REVISION_IN_FORCE] * 2
    assert applied(world, RolloutResult.APPLIED) == 2


async def test_a_revision_that_comes_back_is_put_in_force_again(world: World) -> None:
    first = make_live(world)
    running = runtime(world)
    make_live(world, revision=because("Ajout"))
    await running.rollout.turn()
    make_live(world)
    await running.rollout.turn()
    ruling = running.links[LINK].ruling
    assert (ruling.revision, ruling.number) == (first.revision, 3)


def broken(_: LinkRuntime, __: Live) -> Ruling:
    raise Unfit(Obstacle.DOES_NOT_COMPILE)


def raising(_: LinkRuntime, __: Live) -> Ruling:
    raise KeyError("a value")


def misread(_: LinkRuntime, live: Live) -> Ruling:
    return ruled(compiled({"country": "BE"}), live.number)


def elsewhere(_: LinkRuntime, live: Live) -> Ruling:
    return ruled(compiled(orjson.loads(live.source_text) | {"tenant": "sud"}), live.number)


@pytest.mark.parametrize(
    ("reader", "changed", "obstacle", "result"),
    [
        (broken, {}, Obstacle.DOES_NOT_COMPILE, RolloutResult.FAILED),
        (raising, {}, Obstacle.DOES_NOT_COMPILE, RolloutResult.FAILED),
        (misread, {}, Obstacle.ANOTHER_MEANING, RolloutResult.FAILED),
        (elsewhere, {}, Obstacle.ANOTHER_LINK, RolloutResult.REFUSED),
        (
            read,
            {"crm": {"connector": "crm_double", "connection": "crm-sud"}},
            Obstacle.RESTART_NEEDED,
            RolloutResult.REFUSED,
        ),
        (
            read,
            {"dialer": {"connector": "open_dialer", "connection": "dialer-nord"}},
            Obstacle.RESTART_NEEDED,
            RolloutResult.REFUSED,
        ),
    ],
)
async def test_what_cannot_run_here_leaves_the_one_before_in_force_and_says_so(
    sqlite_world: World, reader: Any, changed: dict[str, Any], obstacle: Obstacle, result: RolloutResult
) -> None:
    world = sqlite_world
    asked: list[int] = []

    def counted(link: LinkRuntime, live: Live) -> Ruling:
        asked.append(live.number)
        made: Ruling = reader(link, live)
        return made

    make_live(world)
    running = runtime(world, reader=counted)
    before = running.links[LINK].ruling
    bad = make_live(world, revision=because("Autre"), **changed)
    for _ in range(3):
        assert await running.rollout.turn() == 0
    assert running.links[LINK].ruling is before
    assert asked == [2], "it is not tried again and again"
    (incident,) = [one for one in world.incidents if one.word is Word.REVISION_NOT_IN_FORCE]
    assert (incident.link, incident.where, incident.code) == (LINK, bad.revision, obstacle.value)
    assert applied(world, result) == 1
    assert running.rollout.unfit == {LINK: (2, obstacle)}
    running.rollout._gear = replace(running.rollout._gear, read=read)
    mended = make_live(world, revision=because("Mieux"))
    assert await running.rollout.turn() == 1
    assert running.links[LINK].ruling.revision == mended.revision
    assert running.rollout.unfit == {}


async def test_whoever_takes_a_lease_decides_under_what_is_in_force_by_then(world: World) -> None:
    make_live(world)
    world.prospects(1)
    behind = runtime(world)
    newest = make_live(world, revision=because("Ajout"))
    await behind.drain()
    with world.database.read() as conn:
        (kept, *_) = decisions.of_record(conn, TENANT, LINK, "contact/0", 10)
    assert kept.decision.revision == newest.revision


async def test_nobody_works_for_a_link_under_a_revision_that_a_holder_has_left_behind(world: World) -> None:
    """A process that cannot run the newest revision would send again what was taken back under it."""
    make_live(world)
    world.prospects(2)
    able = runtime(world, "able")
    await able.drain()
    assert len(world.dialer.prospects) == 2
    make_live(world, profiles=BY_CAMPAIGN, perimeter={"model": "open", "projects": {"bank": BANK}})
    unable = runtime(world, "unable", other=0, reader=broken)
    unable.links[LINK].ruling = ruled(compiled({}), 1)
    await able.follow()
    await able.drain()
    assert world.dialer.prospects == {}
    await able.stop()
    assert not await unable.workers[LINK].hold()
    with pytest.raises(Fenced):
        await unable.drain()
    assert unable.rollout.unfit == {LINK: (2, Obstacle.DOES_NOT_COMPILE)}
    successor = runtime(world, "successor")
    await successor.drain()
    assert world.dialer.prospects == {}


async def test_a_process_that_cannot_run_the_newest_works_on_while_nobody_can(sqlite_world: World) -> None:
    make_live(sqlite_world)
    sqlite_world.prospects(1)
    running = runtime(sqlite_world, reader=broken)
    make_live(sqlite_world, revision=because("Autre"))
    await running.drain()
    assert set(sqlite_world.dialer.prospects) == {"contact/0"}


async def test_a_running_process_takes_a_revision_by_itself(sqlite_world: World) -> None:
    world = sqlite_world
    world.pace = replace(world.pace, register_seconds=0.01, idle_seconds=0.01)
    make_live(world)
    running = runtime(world)
    await running.start()
    try:
        newest = make_live(world, revision=because("Ajout"))
        await world.until(lambda: running.links[LINK].ruling.revision == newest.revision)
    finally:
        await running.stop()
