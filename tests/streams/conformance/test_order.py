"""Order, poison, repetition and a new revision, while many events are under way at once."""

import random
import threading
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from mapping.decisions import Decision
from mapping.reasons import Reason
from mapping.words import Object, Side
from store import decisions
from streams.failpoints import Failpoints, Point
from tests.streams.aftermath import check_no_record_went_back, parked
from tests.streams.conformance.runs import KAFKA, only
from tests.streams.doubles import Sends, Stumbles
from tests.streams.trouble import bad_network
from tests.streams.world import LINK, TENANT, World, members

RECORDS = 20


def everyone_has(world: World, version: str) -> bool:
    return len(world.dialer.prospects) == RECORDS and all(
        body["fields"]["name"] == version for body in world.dialer.prospects.values()
    )


async def test_hundreds_of_interleaved_events_keep_their_order_for_each_record(world: World) -> None:
    """20 records × 10 versions, logged while those before are decided and delivered."""
    world.prospects(RECORDS)
    runtime = world.runtime()
    await runtime.start()
    await world.until(lambda: len(world.dialer.prospects) == RECORDS)
    for version in range(9):
        for number in random.Random(version).sample(range(RECORDS), RECORDS):
            world.crm.change(Object.CONTACT, str(number), name=f"v{version}")
        await runtime.pull(LINK)  # or its own poller was quicker
    await world.until(lambda: everyone_has(world, "v8"))
    await world.until(lambda: world.balance(Side.CRM).in_flight == 0)
    assert await runtime.stop()
    check_no_record_went_back(world)
    assert set(world.dialer.effects.values()) == {1}
    assert (world.balance(Side.CRM).received, world.imbalance()) == (10 * RECORDS, 0)


async def test_no_record_ever_goes_back_in_time(world: World) -> None:
    """20 records × 4 revisions through a network that fails a third of the time."""
    chance = random.Random(1)
    world.dialer.fault = bad_network(chance)
    world.prospects(20)
    runtime = world.runtime()
    for revision in range(4):
        for number in chance.sample(range(20), 12):
            world.crm.change(Object.CONTACT, str(number), name=f"v{revision:02}")
        await runtime.drain()
        world.later()
    world.dialer.fault = None
    for _ in range(2):
        world.later()
        await runtime.drain()
    check_no_record_went_back(world)
    assert set(world.dialer.effects.values()) == {1}
    assert len(world.dialer.prospects) == 20
    assert (world.imbalance(), world.balance(Side.CRM).in_flight) == (0, 0)


async def test_poison_among_many_is_parked_and_the_good_pass(world: World) -> None:
    world.prospects(150)
    world.outbound = Stumbles(world.link().ruling.revision, every=50)
    await world.runtime().drain()
    balance = world.balance(Side.CRM)
    assert (balance.delivered, balance.quarantined, balance.in_flight, balance.imbalance) == (147, 3, 0, 0)
    assert len(world.dialer.prospects) == 147
    assert {one.reason for one in parked(world)} == {Reason.DECISION_FAILED}
    assert {int(one.record.partition("/")[2]) % 50 for one in parked(world)} == {25}


class Stamps(Sends):
    """Writes its revision into what it decides; after so many batches it has `then` done."""

    def __init__(self, revision: str, batches: int = 0, then: Callable[[], None] = lambda: None) -> None:
        super().__init__(revision)
        self.lock = threading.Lock()
        self.left = batches
        self.then = then

    def decide(self, batch: Sequence[bytes], now: datetime) -> list[Decision]:
        decided = super().decide(batch, now)
        with self.lock:
            self.left -= 1
            due = not self.left
        if due:
            self.then()
        return [decision._replace(sent=(f"/{self.revision}",)) for decision in decided]


async def test_while_a_revision_changes_each_event_is_decided_under_exactly_one(world: World) -> None:
    """Ten events of each of 20 records wait; between two small batches the next revision comes into force."""
    world.log = {"batch": 20}
    world.pace = type(world.pace)(batch=20, echo_seconds=0.0, disk_floor_bytes=0)
    world.changed = {"revision": {"reason": "Ajout", "date": date(2026, 11, 22), "decided_by": "direction"}}
    newer = world.link().ruling
    new = type(newer)(newer.policy, Stamps(newer.revision), newer.inbound)
    world.changed = {}

    def switch() -> None:
        for member in members(runtime):
            member.links[LINK].ruling = new

    world.outbound = old = Stamps(world.link().ruling.revision, batches=3, then=switch)
    world.prospects(20)
    runtime = world.runtime()
    for version in range(10):
        for number in range(20):
            world.crm.change(Object.CONTACT, str(number), name=f"v{version}")
        await runtime.pull(LINK)
    await runtime.drain()
    order = {old.revision: 0, new.revision: 1}
    seen: set[str] = set()
    with world.database.read() as conn:
        for number in range(20):
            kept = decisions.of_record(conn, TENANT, LINK, f"contact/{number}", 99)[::-1]
            revisions = [one.decision.revision for one in kept]
            assert [one.decision.sent for one in kept] == [(f"/{revision}",) for revision in revisions]
            assert revisions == sorted(revisions, key=order.__getitem__), "an event was decided under a past revision"
            seen.update(revisions)
    assert new.revision in seen
    assert world.imbalance() == 0


class Notes(Sends):
    """Writes down whose events it decides, in a list that it shares."""

    def __init__(self, world: World, notes: list[str]) -> None:
        super().__init__(world.link().ruling.revision)
        self.name = world.name
        self.notes = notes

    def _one(self, event: dict[str, Any]) -> Decision:
        self.notes.append(self.name)
        return super()._one(event)


class Measure(Failpoints):
    """Looks, at each of the runtime's steps, how much of its links is under way."""

    def __init__(self) -> None:
        self.look: Callable[[], int] = lambda: 0
        self.most = 0

    def reach(self, point: Point) -> None:
        self.most = max(self.most, self.look())


@only(*KAFKA)
async def test_a_link_that_floods_does_not_take_the_place_of_another(world: World) -> None:
    """Of two links one has 150 events and the other five; 25 is what either may have with the broker."""
    world.log = {"share": 25}
    notes: list[str] = []
    quiet = world.neighbour("sud")
    for each, count in ((world, 150), (quiet, 5)):
        each.prospects(count)
        each.outbound = Notes(each, notes)
    measure = Measure()
    runtime = world.runtime(measure)
    measure.look = lambda: max(relay.in_flight for member in members(runtime) for relay in member.relays.values())
    await runtime.drain()
    assert 0 < measure.most <= 25
    assert (len(world.dialer.prospects), len(quiet.dialer.prospects)) == (150, 5)
    assert (world.imbalance(), quiet.imbalance()) == (0, 0)
    assert notes.index("sud") < 100, "the quiet link waited behind most of the flood"
