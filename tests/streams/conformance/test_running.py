"""A runtime that is started, works by itself, and is stopped."""

import asyncio
from typing import Any

import pytest

from mapping.words import CommandKind, Object, Side
from store.errors import Fenced
from streams.intake import Shedding
from streams.link import Word
from tests.streams.doubles import DialerDouble
from tests.streams.world import LINK, World, called


async def test_a_runtime_that_starts_works_by_itself_and_stops_in_order(world: World) -> None:
    world.prospects(20)
    world.hire()
    runtime = world.runtime()
    await runtime.start()
    await world.until(lambda: len(world.dialer.prospects) == 20)
    await runtime.receive(LINK, [called(number, str(number)) for number in range(20)])
    await world.until(lambda: world.crm.calls[CommandKind.LOG_CALL] == 20)
    await world.until(lambda: world.balance(Side.DIALER).delivered == 20)
    assert (await runtime.ready()).ok
    assert runtime.live().ok
    assert await runtime.stop()
    with pytest.raises(Shedding):
        await runtime.receive(LINK, [called(99)])
    assert not (await runtime.ready()).ok
    assert world.imbalance() == 0
    assert not any(worker.lease for worker in workers(runtime))


async def test_what_was_in_flight_when_the_process_stopped_is_finished_first(world: World) -> None:
    world.prospects(4)
    gate = asyncio.Event()
    world.dialer = slow = Slow(gate)
    runtime = world.runtime()
    await runtime.start()
    await world.until(lambda: slow.waiting > 0)
    stopping = asyncio.create_task(runtime.stop())
    await asyncio.sleep(0)
    gate.set()
    assert await stopping
    balance = world.balance(Side.CRM)
    assert balance.delivered == slow.calls[CommandKind.UPSERT_PROSPECT]
    assert balance.imbalance == 0


class Slow(DialerDouble):
    """A dialer that answers when it is told to."""

    def __init__(self, gate: asyncio.Event) -> None:
        super().__init__()
        self.gate = gate
        self.waiting = 0

    async def push(self, session: Any, orders: Any) -> Any:
        self.waiting += 1
        await self.gate.wait()
        return await super().push(session, orders)


async def test_a_stop_under_load_leaves_nothing_in_doubt(world: World) -> None:
    """Three stops while events come from both sides; each ends in time, with nothing half done."""
    world.pace = type(world.pace)(idle_seconds=0.05, echo_seconds=0.0, disk_floor_bytes=0, renew_seconds=0.05)
    world.prospects(20)
    world.hire()
    await world.runtime().drain()
    world.vacate()
    for start in range(3):
        runtime = world.runtime()
        await runtime.start()
        for number in range(10):
            world.crm.change(Object.CONTACT, str(number), name=f"v{start}")
            await runtime.receive(LINK, [called(start * 10 + number, str(number))])
        assert await runtime.stop()
        with world.database.read() as conn:
            started = conn.exec_driver_sql("SELECT count(*) FROM outbox WHERE state = 'started'").scalar()
        assert started == 0
        assert world.imbalance() == 0
    await world.runtime().drain()
    assert world.balance(Side.DIALER).delivered == 30
    assert world.crm.calls[CommandKind.LOG_CALL] == 30
    assert {body["fields"]["name"] for body in world.dialer.prospects.values()} == {"Ana", "v2"}
    assert set(world.crm.effects.values()) | set(world.dialer.effects.values()) == {1}


THIEF = (
    "UPDATE leases SET holder = 'thief', epoch = epoch + 1, expires_at = expires_at + 600000000"
    f" WHERE name = 'link/{LINK}'"
)
FREED = "UPDATE leases SET expires_at = 0 WHERE holder = 'thief'"


async def test_a_worker_that_lost_its_lease_does_nothing_until_it_has_it_again(world: World) -> None:
    """D7: it froze, another took over; nothing of what it still wants to do is done."""
    world.pace = type(world.pace)(idle_seconds=0.05, echo_seconds=0.0, disk_floor_bytes=0, renew_seconds=0.05)
    world.prospects(3)
    runtime = world.runtime()
    await runtime.start()
    await world.until(lambda: world.balance(Side.CRM).delivered == 3)
    world.database.writer.write_now(lambda conn: conn.exec_driver_sql(THIEF).close())
    await world.until(lambda: any(incident.word is Word.LEASE_LOST for incident in world.incidents))
    world.crm.change(Object.ACCOUNT, "7", name="Atelier")
    with pytest.raises(Fenced):
        await runtime.pull(LINK)
    assert world.balance(Side.CRM).received == 3
    world.database.writer.write_now(lambda conn: conn.exec_driver_sql(FREED).close())
    await world.until(lambda: any(worker.lease for worker in workers(runtime)))
    await runtime.pull(LINK)
    await world.until(lambda: world.balance(Side.CRM).delivered == 6)
    assert await runtime.stop()
    assert {body["fields"]["company"] for body in world.dialer.prospects.values()} == {"Atelier"}
    assert set(world.dialer.effects.values()) == {1}


def workers(runtime: Any) -> list[Any]:
    return [member.workers[LINK] for member in getattr(runtime, "members", [runtime])]
