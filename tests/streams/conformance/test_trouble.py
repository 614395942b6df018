"""What goes wrong with one event, one record or one answer stays with it."""

from typing import Any

import pytest
from sqlalchemy import text

from connectors.faults import Malformed, Misconfigured, Transient
from connectors.port import Order
from mapping.decisions import Decision
from mapping.reasons import Reason
from mapping.words import Object, Side
from store import decisions
from tests.streams.aftermath import parked, replay
from tests.streams.conformance.runs import EMBEDDED, only
from tests.streams.doubles import Sends
from tests.streams.trouble import failing
from tests.streams.world import LINK, TENANT, World, called

#: What happens at the door or after the outbox is the owner's alone, whoever else there is.
one_worker = only(*EMBEDDED, "kafka-1")


@one_worker
@pytest.mark.parametrize("when", ["before", "after"])
async def test_a_write_in_doubt_is_asked_again_and_has_one_effect(world: World, when: str) -> None:
    world.prospects(1)
    world.hire()
    runtime = world.runtime()
    await runtime.drain()
    world.crm.fault = failing(Transient("connection_lost", in_doubt=True), when, times=1)
    await runtime.receive(LINK, [called(1)])
    await runtime.drain()
    assert world.balance(Side.DIALER).in_flight == 1
    world.later()
    await runtime.drain()
    assert world.balance(Side.DIALER).delivered == 1
    assert list(world.crm.effects.values()) == [1]


@one_worker
async def test_a_wrong_key_stops_the_connection_and_loses_nothing(world: World) -> None:
    world.prospects(2)
    world.dialer.fault = failing(Misconfigured("unauthorised"), "before", times=1)
    runtime = world.runtime()
    await runtime.drain()
    assert world.dialer.prospects == {}
    assert world.balance(Side.CRM).in_flight == 2
    world.later()
    await runtime.drain()
    assert len(world.dialer.prospects) == 2


@one_worker
async def test_an_answer_that_nobody_can_read_is_asked_for_slowly(world: World) -> None:
    world.prospects(1)
    world.dialer.fault = failing(Malformed("wrong_shape"), "after", times=1)
    runtime = world.runtime()
    await runtime.drain()
    assert world.balance(Side.CRM).in_flight == 1
    world.later()
    await runtime.drain()
    assert world.balance(Side.CRM).delivered == 1
    assert set(world.dialer.effects.values()) == {1}


@one_worker
async def test_one_record_that_cannot_be_delivered_does_not_hold_the_others(world: World) -> None:
    world.prospects(5)

    def strike(moment: str, order: Order) -> None:
        if moment == "before" and order.record == "contact/2":
            raise Transient("server_error")

    world.dialer.fault = strike
    runtime = world.runtime()
    await runtime.drain()
    world.later()  # had it been the first, the connection would have been left alone for a while
    await runtime.drain()
    assert len(world.dialer.prospects) == 4
    assert world.balance(Side.CRM).in_flight == 1


async def test_a_poisoned_event_is_quarantined_alone(world: World) -> None:
    world.prospects(7)
    world.outbound = Sends(world.link().ruling.revision, poison="contact/3")
    await world.runtime().drain()
    assert len(world.dialer.prospects) == 6
    (found,) = parked(world)
    assert (found.record, found.reason) == ("contact/3", Reason.DECISION_FAILED)


class Bloated(Sends):
    """Makes a command of one record that no row can hold."""

    size = 0

    def _one(self, event: dict[str, Any]) -> Decision:
        decision = super()._one(event)
        if decision.record == "contact/3" and decision.command is not None:
            return decision._replace(command=decision.command._replace(body={"fields": {"note": "x" * self.size}}))
        return decision


@pytest.mark.parametrize("size", [1_500_000, 5_000_000], ids=["for-a-row", "for-a-message"])
async def test_a_decision_that_is_too_large_to_be_kept_is_quarantined_alone(world: World, size: int) -> None:
    world.prospects(7)
    world.outbound = Bloated(world.link().ruling.revision)
    world.outbound.size = size
    await world.runtime().drain()
    assert len(world.dialer.prospects) == 6
    (found,) = parked(world)
    assert (found.record, found.reason) == ("contact/3", Reason.DECISION_FAILED)
    assert world.imbalance() == 0


@one_worker
async def test_a_record_too_large_for_an_event_is_quarantined_and_the_page_goes_on(world: World) -> None:
    world.prospects(3)
    world.crm.change(Object.CONTACT, "1", name="x" * 1_100_000)
    await world.runtime().drain()
    assert sorted(world.dialer.prospects) == ["contact/0", "contact/2"]
    (found,) = parked(world)
    assert (found.record, found.reason) == ("contact/1", Reason.MALFORMED)


async def test_a_quarantined_event_is_decided_again_when_somebody_replays_it(world: World) -> None:
    world.prospects(3)
    world.outbound = Sends(world.link().ruling.revision, poison="contact/1")
    runtime = world.runtime()
    await runtime.drain()
    world.outbound.poison = ""
    (found,) = parked(world)
    replay(world, found.seq)
    await runtime.drain()
    assert sorted(world.dialer.prospects) == ["contact/0", "contact/1", "contact/2"]
    assert world.balance(Side.CRM).quarantined == 0
    assert world.imbalance() == 0


async def test_an_event_that_cannot_be_opened_any_more_is_quarantined_alone(world: World) -> None:
    world.prospects(4)
    await world.runtime().pull(LINK)
    spoilt = text("UPDATE events SET body = :body WHERE seq = 2")
    world.database.writer.write_now(lambda conn: conn.execute(spoilt, {"body": b"spoilt"}).close())
    world.open()  # whoever logged it may remember it
    world.vacate()
    await world.runtime().drain()
    assert len(world.dialer.prospects) == 3
    (found,) = parked(world)
    with world.database.read() as conn:
        (kept,) = decisions.of_record(conn, TENANT, LINK, found.record, 9)
    assert (found.reason, kept.decision.reason) == (Reason.UNDECIPHERABLE, Reason.UNDECIPHERABLE)
    assert world.imbalance() == 0
