"""A runtime that is started, works by itself, and is stopped."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from mapping.words import CommandKind, Object, Side
from store.errors import Fenced
from streams import crew
from streams.health import STALL_SECONDS
from streams.intake import Shedding
from streams.link import Incident, Word
from tests.streams.aftermath import in_doubt
from tests.streams.conformance.runs import only
from tests.streams.doubles import DialerDouble
from tests.streams.world import BRISK, LINK, World, called, members


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
    world.pace = BRISK
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
        assert (in_doubt(world), world.imbalance()) == (0, 0)
    await world.runtime().drain()
    assert world.balance(Side.DIALER).delivered == 30
    assert world.crm.calls[CommandKind.LOG_CALL] == 30
    assert {body["fields"]["name"] for body in world.dialer.prospects.values()} == {"Ana", "v2"}
    assert set(world.crm.effects.values()) | set(world.dialer.effects.values()) == {1}


#: Whoever has the link does what these are about, alone or not.
one_of_each = only("embedded-sqlite", "kafka-1")


@one_of_each
async def test_a_role_that_stands_still_makes_its_process_give_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A restart would help, so whoever runs the process is told to end it, and need not ask `/livez` for that."""
    monkeypatch.setattr(crew, "CHECK_SECONDS", 0.05)
    runtime = world.runtime()
    await runtime.start()
    await world.until(lambda: any(worker.lease for worker in workers(runtime)))
    owner = next(member for member in members(runtime) if member.workers[LINK].lease)
    stuck, gate = owner.workers[LINK].roles["dialer/deliver"], asyncio.Event()

    async def stands_still() -> int:
        await gate.wait()
        return 0

    stuck.turn = stands_still
    stuck.wake.set()
    await world.until(stuck.lock.locked)
    name = f"{LINK}/dialer/deliver"
    owner.pulse.streams[name].limit = 1.0
    world.clock.pass_by(timedelta(seconds=2))
    await world.until(owner.failed.is_set)
    assert Incident(Word.STREAM_STALLED, where=name) in world.incidents
    gate.set()
    await runtime.stop()


@one_of_each
async def test_a_role_that_fails_again_and_again_leaves_its_process_to_the_others(world: World) -> None:
    """It turns, and says so each time. A new process would fail as well, and take every other link along."""
    runtime = world.runtime()
    await runtime.start()
    await world.until(lambda: any(worker.lease for worker in workers(runtime)))
    owner = next(member for member in members(runtime) if member.workers[LINK].lease)
    failing = owner.workers[LINK].roles["dialer/deliver"]

    async def fails() -> int:
        raise RuntimeError

    failing.turn = fails
    failing.wake.set()
    told = Incident(Word.WORKER_FAILED, LINK, failing.name, "RuntimeError")
    await world.until(lambda: told in world.incidents)
    later = world.clock.tick() + 10 * STALL_SECONDS
    assert f"{LINK}/{failing.name}" not in [where for _, where in owner.pulse.stalled(later)]
    await runtime.stop()


@one_of_each
async def test_what_was_cut_off_with_its_lease_does_not_stand_still(world: World) -> None:
    """A role in the middle of something when another process took the link: it is that one's to do now."""
    world.pace = BRISK
    runtime = world.runtime()
    await runtime.start()
    await world.until(lambda: any(worker.lease for worker in workers(runtime)))
    owner = next(member for member in members(runtime) if member.workers[LINK].lease)
    busy = owner.workers[LINK].roles["dialer/deliver"]
    busy.turn = asyncio.Event().wait
    busy.wake.set()
    await world.until(busy.lock.locked)
    world.database.writer.write_now(lambda conn: conn.exec_driver_sql(THIEF).close())
    await world.until(lambda: not any(worker.lease for worker in workers(runtime)))
    later = world.clock.tick() + 10 * STALL_SECONDS
    assert [where for _, where in owner.pulse.stalled(later) if where.startswith(f"{LINK}/")] == []
    await runtime.stop()


THIEF = (
    "UPDATE leases SET holder = 'thief', epoch = epoch + 1, expires_at = expires_at + 600000000"
    f" WHERE name = 'link/{LINK}'"
)
FREED = "UPDATE leases SET expires_at = 0 WHERE holder = 'thief'"


async def test_a_worker_that_lost_its_lease_does_nothing_until_it_has_it_again(world: World) -> None:
    """D7: it froze, another took over; nothing of what it still wants to do is done."""
    world.pace = BRISK
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
    return [member.workers[LINK] for member in members(runtime)]
