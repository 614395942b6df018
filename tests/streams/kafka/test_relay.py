"""The relay: nothing is passed over, whatever keeps it from publishing; nothing floods the broker."""

from collections.abc import Callable

import pytest

from mapping.words import Side
from store import events
from streams.failpoints import Failpoints, Point
from streams.kafka.relay import PATIENCE_SECONDS, Stretch
from tests.streams.kafka.office import Office
from tests.streams.world import LINK, TENANT, World


class Told(Failpoints):
    """Does something at a point, once."""

    def __init__(self, point: Point, does: Callable[[], object]) -> None:
        self.point = point
        self.does: Callable[[], object] | None = does

    def reach(self, point: Point) -> None:
        if point is self.point and self.does is not None:
            does, self.does = self.does, None
            does()


async def test_all_is_published_once_and_in_order(sqlite_world: World) -> None:
    office = await Office(sqlite_world).log()
    assert [await office.turn(), await office.turn()] == [10, 0]
    assert office.outbox.seqs == list(range(1, 11))


async def test_the_position_is_where_everything_before_is_decided(sqlite_world: World) -> None:
    office = await Office(sqlite_world).log()
    await office.turn()
    for kept, position in (((3, 4), 0), ((1,), 1), ((2, 6), 4), ((5, 7, 8, 9), 9), ((10,), 10)):
        await office.kept(*kept)
        assert office.position() == position


async def test_what_is_being_read_is_not_taken_for_published(sqlite_world: World) -> None:
    """Decisions are kept at any moment, also between the reading of a stretch and its publishing."""
    seen: list[int] = []
    office = Office(
        sqlite_world,
        share=4,
        failpoints=Told(Point.AFTER_READ, lambda: seen.append(office.relay.prefix([], office.lease))),
    )
    await office.log()
    await office.turn()
    assert seen == [0]


async def test_a_step_that_fails_passes_over_nothing(sqlite_world: World) -> None:
    def fails() -> None:
        raise RuntimeError

    office = await Office(sqlite_world, failpoints=Told(Point.AFTER_READ, fails)).log()
    with pytest.raises(RuntimeError):
        await office.turn()
    await office.turn()
    assert office.outbox.seqs == list(range(1, 11))


async def test_what_the_outlet_does_not_take_is_published_later(sqlite_world: World) -> None:
    office = await Office(sqlite_world).log()
    office.outbox.room = 6
    assert await office.turn() == 6
    await office.kept(1, 2, 3, 4, 5, 6)
    assert office.position() == 6
    office.outbox.room = 100
    assert await office.turn() == 4
    assert office.outbox.seqs == list(range(1, 11))


async def test_a_link_has_no_more_with_the_broker_than_its_share(sqlite_world: World) -> None:
    office = await Office(sqlite_world, share=4).log()
    assert await office.turn() == 4
    assert await office.turn() == 0
    assert office.relay.full
    await office.kept(2, 3)
    assert await office.turn() == 2
    assert office.outbox.seqs == [1, 2, 3, 4, 5, 6]


async def test_what_is_not_kept_in_time_is_published_again(sqlite_world: World) -> None:
    office = await Office(sqlite_world).log()
    await office.turn()
    await office.kept(1, 2, 4)
    sqlite_world.clock.seconds += PATIENCE_SECONDS + 1
    assert await office.turn() == 8, "seven to publish, and one that was decided ahead of the position"
    assert office.outbox.seqs[10:] == [3, 5, 6, 7, 8, 9, 10]
    await office.kept(3, 5, 6, 7, 8, 9, 10)
    assert office.position() == 10


async def test_under_a_new_lease_all_begins_at_the_position(sqlite_world: World) -> None:
    office = await Office(sqlite_world).log()
    await office.turn()
    await office.kept(1, 2, 4)
    worker = office.runtime.workers[LINK]
    await worker.release()
    await worker.hold()
    await office.kept(5)  # asked for under the lease before: published again all the same
    assert office.position() == 2
    await office.turn()
    assert office.outbox.seqs[10:] == [3, 5, 6, 7, 8, 9, 10]


async def test_what_an_earlier_holder_published_does_not_overtake_what_is_published_again(sqlite_world: World) -> None:
    """Its decisions still come: of the record's first event before this relay began, of its second one after."""
    office = await Office(sqlite_world).log()
    await office.edit("4")
    await office.kept(5)
    await office.turn()
    await office.kept(11)
    assert (office.undecided(), office.relay.in_flight) == (11, 11)
    await office.kept(5, 11)
    assert (office.undecided(), office.relay.in_flight) == (9, 9)


async def test_a_decision_under_the_name_of_another_event_is_not_kept(sqlite_world: World) -> None:
    """Somebody who may write to the broker puts one event's sealed body under the place of another."""
    office = await Office(sqlite_world).log()
    await office.turn()
    await office.kept(1, 2, key="another's")
    assert (office.position(), office.relay.in_flight) == (0, 10)
    await office.kept(1, 2)
    assert (office.position(), office.relay.in_flight) == (2, 8)


async def test_a_decision_that_is_told_twice_is_kept_once(sqlite_world: World) -> None:
    office = await Office(sqlite_world).log()
    await office.turn()
    await office.kept(1, 1, 2)
    await office.kept(1, 2, 3)
    assert office.position() == 3
    assert sqlite_world.balance(Side.CRM).withheld == 3


async def test_what_is_published_shows_no_record_and_opens_as_what_was_logged(sqlite_world: World) -> None:
    office = await Office(sqlite_world).log()
    await office.turn()
    with office.world.database.read() as conn:
        logged = events.read_after(conn, office.world.database.keys, TENANT, LINK, Side.CRM, 0, 100)
    assert office.outbox.events == {event.seq: event.body for event in logged}
    assert office.outbox.keys == {event.seq: event.key for event in logged}
    for event in logged:
        assert event.key.encode() not in office.outbox.values[event.seq - 1]
        assert event.record.encode() not in office.outbox.values[event.seq - 1]


async def test_a_broker_that_is_only_slow_is_given_more_time_each_time(sqlite_world: World) -> None:
    """What is published again stands behind what was: a queue that grows by it would never be worked off."""
    office = await Office(sqlite_world).log()
    published = []
    for seconds in (0.0, PATIENCE_SECONDS + 1, PATIENCE_SECONDS + 1, PATIENCE_SECONDS + 1, 2 * PATIENCE_SECONDS):
        sqlite_world.clock.seconds += seconds
        published.append(await office.turn())
    assert published == [10, 10, 0, 10, 0]
    await office.kept(*range(1, 11))
    await office.edit("1")
    await office.turn()
    sqlite_world.clock.seconds += PATIENCE_SECONDS + 1
    assert await office.turn() == 1, "it is patient no longer than at first"


async def test_a_busy_link_is_patient_no_longer_than_at_first_once_it_has_caught_up(sqlite_world: World) -> None:
    """Something of it is always with the broker: to wait until nothing is would be to wait for ever."""
    office = await Office(sqlite_world).log()
    await office.turn()
    sqlite_world.clock.seconds += PATIENCE_SECONDS + 1
    await office.turn()
    await office.edit("1")
    await office.turn()
    await office.kept(*range(1, 11))
    sqlite_world.clock.seconds += PATIENCE_SECONDS + 1
    assert await office.turn() == 1


async def test_a_relay_that_begins_again_while_decisions_are_kept_does_not_move_the_position_back(
    sqlite_world: World,
) -> None:
    """It read the position before their commit, and publishes what is kept by then once more."""
    read: list[Stretch] = []

    def begin_again() -> None:
        office.relay.begin_again()
        read.append(office.relay._read(None, 0, 100))

    office = await Office(sqlite_world, failpoints=Told(Point.BEFORE_DECISION_COMMIT, begin_again)).log()
    await office.turn()
    await office.kept(1, 2, 3)
    office.relay._publish(read[0])
    assert office.outbox.seqs[10:] == list(range(1, 11))
    await office.kept(1)
    assert office.position() == 3
    await office.kept(*range(2, 11))
    assert office.position() == 10
    assert sqlite_world.imbalance() == 0
