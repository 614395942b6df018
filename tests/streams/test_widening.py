"""What a revision changes for records of the past: what it takes back, and what it lets go out that was withheld."""

from collections.abc import Callable
from datetime import date
from typing import Any

from mapping.words import CommandKind, Object
from store import ledger
from streams.embedded import EmbeddedRuntime
from tests.streams.doubles import Fault
from tests.streams.revisions import BANK, BY_CAMPAIGN, RETAIL, make_live, replayed, runtime, two_rulings
from tests.streams.world import LINK, TENANT, World


def fault(run: Callable[[], None]) -> Fault:
    """Something that happens while the first push is under way."""
    left = [run]

    def strike(when: str, _order: Any) -> None:
        if when == "after" and left:
            left.pop()()

    return strike


async def widened(world: World, count: int, *, page: int) -> EmbeddedRuntime:
    """Banks were withheld under the first revision; a second one, just rolled out, lets them go."""
    make_live(world, profiles=BY_CAMPAIGN)
    running = runtime(world)
    world.prospects(count, industry="bank")
    await running.drain()
    make_live(world, profiles=BY_CAMPAIGN, perimeter={"model": "open", "projects": {"bank": BANK}})
    await running.rollout.turn()
    running.workers[LINK].widening._page = page
    return running


async def test_a_narrower_revision_takes_back_and_a_wider_one_loads(world: World) -> None:
    make_live(world, profiles=BY_CAMPAIGN)
    running = runtime(world)
    world.prospects(3)
    world.crm.put(Object.ACCOUNT, "8", {"name": "Banque", "industry": "bank"})
    world.crm.put(Object.CONTACT, "9", {"phone": "+33123456799", "name": "Léo"}, {"account": "8"})
    await running.drain()
    assert set(world.dialer.prospects) == {"contact/0", "contact/1", "contact/2"}
    assert replayed(world) == 0, "a first load is decided once"

    wider = {"model": "open", "projects": {"retail": RETAIL, "bank": BANK}}
    make_live(world, profiles=BY_CAMPAIGN, perimeter=wider)
    await running.rollout.turn()
    await running.drain()
    assert set(world.dialer.prospects) == {"contact/0", "contact/1", "contact/2", "contact/9"}
    assert world.dialer.prospects["contact/9"]["dial"] is False, "it was no news: nobody is rung"
    assert world.dialer.calls[CommandKind.UPSERT_PROSPECT] == 4, "what did not change is not sent again"

    make_live(world, profiles=BY_CAMPAIGN, perimeter={"model": "open", "projects": {"bank": BANK}})
    await running.rollout.turn()
    await running.drain()
    assert set(world.dialer.prospects) == {"contact/9"}

    make_live(world, profiles=BY_CAMPAIGN, perimeter=wider)
    await running.rollout.turn()
    await running.drain()
    assert len(world.dialer.prospects) == 4, "a revision that comes back is a change like any other"
    before = replayed(world)
    await runtime(world, "a").drain()
    assert replayed(world) == before, "a restart decides nothing again"
    assert world.imbalance() == 0


async def test_a_campaign_whose_first_day_comes_is_loaded(world: World) -> None:
    starts = {"where": {"account.industry": ["retail"]}, "starts": date(2026, 11, 24)}
    make_live(world, profiles=BY_CAMPAIGN, perimeter={"model": "open", "projects": {"retail": starts}})
    running = runtime(world)
    world.prospects(2)
    await running.drain()
    assert world.dialer.prospects == {}
    world.clock.now = world.clock.now.replace(day=24)
    await running.drain()
    assert set(world.dialer.prospects) == {"contact/0", "contact/1"}
    assert not any(body["dial"] for body in world.dialer.prospects.values())
    before = replayed(world)
    await running.drain()
    assert replayed(world) == before
    assert world.imbalance() == 0


async def test_a_record_of_one_campaign_goes_to_the_one_before_it_that_begins(sqlite_world: World) -> None:
    world = sqlite_world
    early = {"where": {"account.industry": ["retail"]}, "starts": date(2026, 11, 24)}
    projects = {"early": early, "retail": {"where": {"account.industry": ["retail"]}}}
    make_live(world, perimeter={"model": "open", "projects": projects})
    running = runtime(world)
    world.prospects(1)
    await running.drain()
    assert world.dialer.prospects["contact/0"]["campaign"] == "retail"
    world.clock.now = world.clock.now.replace(day=24)
    await running.drain()
    assert world.dialer.prospects["contact/0"]["campaign"] == "early"


async def test_what_is_answered_under_an_older_revision_is_decided_again(world: World) -> None:
    """The push was under way when the revision came into force, so the sweep could not see what it brought."""
    make_live(world)
    running = runtime(world)
    world.prospects(1)
    narrow = two_rulings()[1]

    def meanwhile() -> None:
        running.links[LINK].ruling = narrow

    world.dialer.fault = fault(meanwhile)
    await running.drain()
    assert world.dialer.prospects["contact/0"]["fields"].keys() == {"phone"}
    with world.database.read() as conn:
        assert ledger.disclosed(conn, TENANT, LINK, ["contact/0"])["contact/0"].revision == narrow.revision
    assert world.imbalance() == 0


async def test_widening_goes_on_where_a_crash_left_it(world: World) -> None:
    running = await widened(world, 7, page=3)
    worker = running.workers[LINK]
    assert world.dialer.prospects == {}
    assert worker.lease is not None
    assert await worker.widening.turn(worker.lease) == 3
    # Here the process dies; the next one has the rest to do.
    successor = runtime(world, "a")
    successor.workers[LINK].widening._page = 3
    await successor.drain()
    assert len(world.dialer.prospects) == 7
    assert replayed(world) == 7, "each was logged once"
    assert set(world.dialer.effects.values()) == {1}
    assert world.imbalance() == 0


async def test_widening_waits_while_there_is_other_work(sqlite_world: World) -> None:
    world = sqlite_world
    running = await widened(world, 8, page=4)
    worker = running.workers[LINK]
    assert worker.lease is not None
    assert await worker.widening.turn(worker.lease) == 4
    assert await worker.widening.turn(worker.lease) == 0, "what was logged is to be decided first"
    await worker.roles["crm/decide"].once()
    assert await worker.widening.turn(worker.lease) == 0, "and to be delivered"
    assert worker.widening.pause < 1
    await running.drain()
    assert len(world.dialer.prospects) == 8
    assert worker.widening.pause == world.pace.sweep_seconds
