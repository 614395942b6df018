"""Order, poison, a lost lease and a stop under load: what delivery promises while things go wrong.

At length, on the quickest run. What of it a broker could spoil is in `conformance/`, in a lighter form, on all runs.
"""

import asyncio
import random
from collections.abc import Sequence
from typing import Any

import pytest

from connectors.faults import Transient
from connectors.port import Busy, Order, Outcome, Session
from mapping.reasons import Reason
from mapping.words import CommandKind, Object, Side
from store.errors import Fenced
from streams.schedule import WAITS
from tests.streams.aftermath import check_no_record_went_back, in_doubt, parked, replay
from tests.streams.doubles import CrmDouble, DialerDouble, Stumbles
from tests.streams.trouble import bad_network
from tests.streams.world import BRISK, LINK, World, called, said


@pytest.mark.parametrize("batch", [1, 7])
@pytest.mark.parametrize("seed", range(3))
async def test_no_record_ever_goes_back_in_time(sqlite_world: World, seed: int, batch: int) -> None:
    """20 records × 12 revisions through a network that fails a third of the time, one order or several at once."""
    world, chance = sqlite_world, random.Random(seed)
    world.batch = batch
    world.dialer.fault = bad_network(chance)
    world.prospects(20)
    runtime = world.runtime()
    for revision in range(12):
        for number in chance.sample(range(20), 12):
            world.crm.change(Object.CONTACT, str(number), name=f"v{revision:02}")
        await runtime.drain()
        if chance.random() < 0.5:
            world.later()
    world.dialer.fault = None
    for _ in range(4):
        world.later()
        await runtime.drain()
    check_no_record_went_back(world)
    assert set(world.dialer.effects.values()) == {1}
    assert len(world.dialer.prospects) == 20
    assert (world.imbalance(), world.balance(Side.CRM).in_flight) == (0, 0)


async def test_results_told_again_and_again_have_one_effect_each(sqlite_world: World) -> None:
    """D3 in small: 1,000 calls, each told one to five times, shuffled within a window."""
    world, chance = sqlite_world, random.Random(3)
    world.prospects(10)
    world.hire()
    runtime = world.runtime()
    await runtime.drain()
    told = [called(number, str(number % 10)) for number in range(1_000) for _ in range(chance.randint(1, 5))]
    told.sort(key=lambda happening: int(happening.id.partition("-")[2]) + chance.randint(0, 30))
    for at in range(0, len(told), 50):
        await runtime.receive(LINK, told[at : at + 50])
    await runtime.drain()
    assert world.crm.calls[CommandKind.LOG_CALL] == 1_000
    assert set(world.crm.effects.values()) == {1}
    assert world.balance(Side.DIALER).delivered == 1_000


async def test_what_our_own_writes_change_never_rings_a_telephone(sqlite_world: World) -> None:
    """D6 in small: every status that a manager sets comes back from the CRM in another dress."""
    world = sqlite_world
    world.prospects(40)
    world.hire()
    runtime = world.runtime()
    await runtime.drain()
    before = world.dialer.calls[CommandKind.UPSERT_PROSPECT]
    for number in range(40):
        status = "chaud" if number % 2 else "froid"
        await runtime.receive(
            LINK, [said(f"s-{number}", "phoning.status.proposed", "ml-1", str(number), status={"value": status})]
        )
        if number % 7 == 0:
            await runtime.drain()
    await runtime.drain()
    assert world.crm.calls[CommandKind.SET_STATUS] == 40
    assert world.dialer.calls[CommandKind.UPSERT_PROSPECT] == before


async def test_poison_is_parked_and_the_good_pass(sqlite_world: World) -> None:
    """D10 in small: one in a hundred of 500 cannot be delivered, one in a hundred cannot be decided."""
    world = sqlite_world
    world.prospects(500)
    world.outbound = Stumbles(world.link().ruling.revision, every=100)

    def strike(moment: str, order: Order) -> None:
        if moment == "before" and int(order.record.partition("/")[2]) % 100 == 50:
            raise Transient("server_error")

    world.dialer.fault = strike
    runtime = world.runtime()
    await runtime.drain()
    assert len(world.dialer.prospects) == 490
    for _ in range(WAITS + 1):
        world.later()
        await runtime.drain()
    balance = world.balance(Side.CRM)
    assert (balance.delivered, balance.quarantined, balance.in_flight, balance.imbalance) == (490, 10, 0, 0)
    assert {one.reason for one in parked(world)} == {Reason.DECISION_FAILED, Reason.RETRIES_EXHAUSTED}


async def test_what_was_parked_and_replayed_does_not_undo_what_went_meanwhile(sqlite_world: World) -> None:
    world = sqlite_world
    world.prospects(1)
    world.dialer.fault = bad_network(random.Random(0), share=1.0)
    runtime = world.runtime()
    for _ in range(WAITS + 3):
        await runtime.drain()
        world.later()
    assert world.balance(Side.CRM).quarantined == 1
    world.dialer.fault = None
    world.crm.change(Object.CONTACT, "0", name="Bea")
    world.later()
    await runtime.drain()
    (found,) = parked(world)
    replay(world, found.seq)
    await runtime.drain()
    assert world.dialer.prospects["contact/0"]["fields"]["name"] == "Bea"
    assert world.imbalance() == 0


async def test_a_worker_that_lost_its_lease_has_no_effect(sqlite_world: World) -> None:
    """D7: it froze, another took over, it wakes: nothing of what it still wants to do is done."""
    world = sqlite_world
    world.prospects(3)
    stale, fresh = world.runtime(), world.runtime()
    assert await stale.workers[LINK].hold()
    await stale.workers[LINK].roles["crm/poll"].once()
    world.vacate()
    assert await fresh.workers[LINK].hold()
    with pytest.raises(Fenced):
        await stale.workers[LINK].roles["crm/decide"].once()
    await fresh.workers[LINK].roles["crm/decide"].once()
    with pytest.raises(Fenced):
        await stale.workers[LINK].roles["crm/deliver"].once()
    assert world.dialer.calls[CommandKind.UPSERT_PROSPECT] == 0
    await fresh.drain()
    assert len(world.dialer.prospects) == 3
    assert set(world.dialer.effects.values()) == {1}


async def test_an_order_that_is_busy_waits_alone(sqlite_world: World) -> None:
    world = sqlite_world
    world.dialer = Occupied()
    world.prospects(3)
    runtime = world.runtime()
    await runtime.drain()
    assert sorted(world.dialer.prospects) == ["contact/0", "contact/2"]
    world.later()
    await runtime.drain()
    assert sorted(world.dialer.prospects) == ["contact/0", "contact/1", "contact/2"]


class Occupied(DialerDouble):
    """Has one record open on somebody's screen, once."""

    def __init__(self) -> None:
        super().__init__()
        self.once = True

    async def push(self, session: Session[Any], orders: Sequence[Order]) -> Sequence[Outcome]:
        if orders[0].record == "contact/1" and self.once:
            self.once = False
            return [Busy("record_open", 5.0)]
        return await super().push(session, orders)


async def test_a_stop_under_load_leaves_nothing_in_doubt(sqlite_world: World) -> None:
    """O5 in small: ten stops while events come from both sides; each ends in time, with nothing half done."""
    world = sqlite_world
    world.pace = BRISK
    world.crm = CrmDouble(page_size=3)
    world.prospects(20)
    world.hire()
    first = world.runtime()
    await first.drain()
    await first.stop()
    answered = 0
    for start in range(10):
        runtime = world.runtime()
        await runtime.start()
        for number in range(10):
            await runtime.receive(LINK, [called(start * 10 + number, str(number))])
            answered += 1
            await asyncio.sleep(0)
        assert await runtime.stop()
        assert (in_doubt(world), world.imbalance()) == (0, 0)
    await world.runtime().drain()
    assert world.balance(Side.DIALER).delivered == answered
    assert world.crm.calls[CommandKind.LOG_CALL] == answered
    assert set(world.crm.effects.values()) == {1}
