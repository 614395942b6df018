"""From the dialer to the CRM: call results once, and our own writes recognised when they come back.

The dialer's side is decided on the database by the owner of a link, whatever the runtime: one worker shows it.
"""

from typing import Any

from mapping.reasons import Reason
from mapping.words import CommandKind, Object, Side
from store import decisions
from tests.streams.aftermath import parked
from tests.streams.conformance.runs import EMBEDDED, only
from tests.streams.world import LINK, TENANT, World, called, said

pytestmark = only(*EMBEDDED, "kafka-1")


async def test_a_call_result_reaches_the_crm_once_however_often_it_is_told(world: World) -> None:
    world.prospects(1)
    world.hire()
    runtime = world.runtime()
    await runtime.drain()
    first = await runtime.receive(LINK, [called(1)])
    again = await runtime.receive(LINK, [called(1), called(2)])
    assert (first.accepted, first.duplicates) == (1, 0)
    assert (again.accepted, again.duplicates) == (1, 1)
    await runtime.drain()
    assert world.crm.calls[CommandKind.LOG_CALL] == 2
    assert set(world.crm.effects.values()) == {1}
    assert world.balance(Side.DIALER).delivered == 2


async def test_a_call_without_our_id_is_matched_by_its_number_if_only_one_has_it(world: World) -> None:
    world.prospects(3)
    world.crm.change(Object.CONTACT, "2", phone="01 23 45 67 01")  # the number of contact/1, as people write it
    world.hire()
    runtime = world.runtime()
    await runtime.drain()
    numbers = {"one": "+33123456700", "two": "01.23.45.67.01", "none": "+33123456799"}
    for name, phone in numbers.items():
        happening = called(1)
        data = {**happening.data, "prospect": {"phone": phone}}
        await runtime.receive(LINK, [happening._replace(id=name, data=data)])
    await runtime.drain()
    assert list(world.crm.seen) == ["contact/0"]
    reasons = {one.key: one.reason for one in parked(world)}
    with world.database.read() as conn:
        clear = conn.exec_driver_sql("SELECT ref_key FROM record_refs").scalars().all()
    assert reasons == {"two": Reason.AMBIGUOUS_RECORD, "none": Reason.UNKNOWN_RECORD}
    assert not any("1234567" in key for key in clear)


async def told_of_a_status(world: World) -> Any:
    """A runtime whose prospect a mission lead has just called warm; nothing of it is decided yet."""
    world.prospects(1)
    world.hire()
    runtime = world.runtime()
    await runtime.drain()
    await runtime.receive(LINK, [said("s-1", "phoning.status.proposed", "ml-1", status={"value": "chaud"})])
    return runtime


async def test_our_own_write_comes_back_from_the_crm_and_goes_nowhere(world: World) -> None:
    runtime = await told_of_a_status(world)
    await runtime.drain()
    assert world.crm.rows[Object.CONTACT, "0"].fields["status"] == " QUALIFIED"
    assert world.dialer.calls[CommandKind.UPSERT_PROSPECT] == 1
    with world.database.read() as conn:
        (echo, *_) = decisions.of_record(conn, TENANT, LINK, "contact/0", 1)
    assert echo.decision.reason is Reason.ECHO


async def test_a_human_who_comes_back_to_our_value_is_no_echo(world: World) -> None:
    runtime = await told_of_a_status(world)
    await runtime.drain(poll=False)
    world.crm.change(Object.CONTACT, "0", status="perdu")  # before anybody has asked the CRM again
    await runtime.drain()
    assert world.dialer.prospects["contact/0"]["fields"]["status"] == "perdu"
    world.crm.change(Object.CONTACT, "0", status="qualified")
    await runtime.drain()
    assert world.dialer.prospects["contact/0"]["fields"]["status"] == "qualified"


async def test_a_human_edit_beside_our_own_write_passes(world: World) -> None:
    runtime = await told_of_a_status(world)
    await runtime.drain(poll=False)
    world.crm.change(Object.CONTACT, "0", name="Ana Maria")
    await runtime.drain()
    assert world.dialer.prospects["contact/0"]["fields"]["name"] == "Ana Maria"
