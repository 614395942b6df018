"""The gauges that are read from the database, and those that say how the process is."""

import pytest

from mapping.words import Side
from store.errors import StoreError
from streams.metrics import State
from streams.observe import Observer
from tests.streams.world import World


def shown(world: World, series: str) -> float:
    lines = world.metrics.render().decode().splitlines()
    return float(next(line for line in lines if line.startswith(f"ecluse_{series} ")).split()[-1])


def observer(world: World, share: int | None = None) -> Observer:
    return Observer(world.database, [world.link()], world.metrics, world.folder, floor=7, share=share)


async def test_a_link_with_more_waiting_than_its_share_is_counted_apart(world: World) -> None:
    world.prospects(5)
    runtime = world.runtime()
    await runtime.hold(runtime.workers["nord"])
    await runtime.pull("nord")
    now = world.clock.now.timestamp()
    observer(world, share=5).look(now)
    assert shown(world, 'backlog_events{class="within_share"}') == 5
    assert shown(world, 'backlog_events{class="over_share"}') == 0
    observer(world, share=4).look(now)
    assert shown(world, 'backlog_events{class="within_share"}') == 0
    assert shown(world, 'backlog_events{class="over_share"}') == 5
    assert shown(world, 'backlog_oldest_age_seconds{class="within_share"}') == 0
    observer(world).look(now)
    assert shown(world, 'backlog_events{class="over_share"}') == 0, "without a log there is no share"


async def test_links_of_another_process_are_not_counted_here(world: World) -> None:
    world.prospects(3)
    await world.runtime().drain()
    mine = observer(world)
    mine.look(world.clock.now.timestamp())
    assert shown(world, f'ledger_events{{side="{Side.CRM}",state="{State.DELIVERED}"}}') == 3
    mine.links = []
    mine.look(world.clock.now.timestamp())
    assert shown(world, f'ledger_events{{side="{Side.CRM}",state="{State.DELIVERED}"}}') == 0


async def test_a_database_that_does_not_answer_is_a_figure_too(sqlite_world: World) -> None:
    world = sqlite_world
    looking = observer(world)
    looking.look(1_000.0)
    assert shown(world, "database_up") == 1
    assert shown(world, "observed_timestamp_seconds") == 1_000
    world.database.close()
    for path in world.folder.glob("ecluse.db*"):
        path.unlink()
    (world.folder / "ecluse.db").mkdir()
    with pytest.raises(StoreError):
        looking.look(2_000.0)
    assert shown(world, "database_up") == 0
    assert shown(world, "observed_timestamp_seconds") == 1_000, "what is shown is what was then"


async def test_a_running_process_beats_and_says_that_it_is_live(world: World) -> None:
    runtime = world.runtime()
    assert shown(world, "live") == 0
    await runtime.start()
    await world.until(lambda: shown(world, "links_held") == 1 or bool(runtime.observe()))
    assert shown(world, "live") == 1
    assert shown(world, "heartbeat_timestamp_seconds") == world.clock.now.timestamp()
    assert shown(world, "links_configured") == 1
    await runtime.stop()


async def test_what_the_processors_count_is_taken_over_at_each_look(world: World) -> None:
    runtime = world.runtime()
    outbound = runtime.links["nord"].ruling.outbound
    for counted, told in ((3, 3), (5, 5), (5, 5)):
        outbound.fell_back = counted
        runtime.observe()
        assert shown(world, "decisions_fell_back_total") == told
