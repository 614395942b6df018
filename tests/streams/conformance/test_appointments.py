"""Appointments wait for their manager, who decides once.

The dialer's side is decided on the database by the owner of a link, whatever the runtime: one worker shows it.
"""

from datetime import timedelta
from typing import Any

from mapping.words import CommandKind, Side
from store import proposals
from store.proposals import ProposalState
from tests.streams.conformance.runs import EMBEDDED, only
from tests.streams.world import LINK, TENANT, World, called, said

pytestmark = only(*EMBEDDED, "kafka-1")


async def propose(world: World) -> Any:
    world.prospects(1)
    world.hire()
    runtime = world.runtime()
    await runtime.drain()
    appointment = {"id": "rdv-1", "start": "2026-12-01T10:00:00+01:00", "subject": "Visite"}
    await runtime.receive(LINK, [called(1, appointment=appointment)])
    await runtime.drain()
    return runtime


def proposal(world: World, name: str = "rdv-1") -> ProposalState:
    with world.database.read() as conn:
        return proposals.find(conn, world.database.keys, TENANT, LINK, [name])[name].state


async def test_an_appointment_waits_for_its_manager_and_is_then_written_once(world: World) -> None:
    runtime = await propose(world)
    assert world.crm.calls[CommandKind.BOOK_APPOINTMENT] == 0
    assert world.balance(Side.DIALER).held == 1
    validated = said("v-1", "phoning.appointment.validated", "ml-1", appointment={"id": "rdv-1"})
    again = said("v-2", "phoning.appointment.validated", "ml-1", appointment={"id": "rdv-1"})
    await runtime.receive(LINK, [validated, again])
    await runtime.drain()
    assert world.crm.calls[CommandKind.BOOK_APPOINTMENT] == 1
    assert proposal(world) is ProposalState.WRITTEN
    balance = world.balance(Side.DIALER)
    assert (balance.held, balance.delivered, balance.refused, balance.imbalance) == (0, 3, 1, 0)


async def test_a_rejected_appointment_is_never_written(world: World) -> None:
    runtime = await propose(world)
    await runtime.receive(LINK, [said("r-1", "phoning.appointment.rejected", "ml-1", appointment={"id": "rdv-1"})])
    await runtime.drain()
    assert world.crm.calls[CommandKind.BOOK_APPOINTMENT] == 0
    assert proposal(world) is ProposalState.REJECTED
    balance = world.balance(Side.DIALER)
    assert (balance.held, balance.withheld, balance.imbalance) == (0, 2, 0)


async def test_an_appointment_that_nobody_decides_expires(world: World) -> None:
    world.changed = {"appointments": {"expire_after": timedelta(0)}}
    runtime = await propose(world)
    await runtime.drain()
    assert proposal(world) is ProposalState.EXPIRED
    await runtime.receive(LINK, [said("v-1", "phoning.appointment.validated", "ml-1", appointment={"id": "rdv-1"})])
    await runtime.drain()
    assert world.crm.calls[CommandKind.BOOK_APPOINTMENT] == 0
    balance = world.balance(Side.DIALER)
    assert (balance.held, balance.withheld, balance.refused, balance.imbalance) == (0, 1, 1, 0)
