"""The way of an event through the embedded runtime, both directions, on both databases."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any

import pytest

from connectors.faults import Malformed, Misconfigured, Transient
from connectors.port import Asked, Order, Page, Row
from mapping.decisions import Decision
from mapping.reasons import Reason
from mapping.words import CommandKind, Object, Origin, Side
from store import decisions, events, ledger, proposals, quarantine, records
from store.conservation import Balance
from store.proposals import ProposalState
from streams.intake import Shedding
from tests.streams.doubles import DialerDouble, Sends
from tests.streams.world import LINK, TENANT, World, called, said


async def test_a_prospect_reaches_the_dialer_once(world: World) -> None:
    world.prospects(3)
    runtime = world.runtime()
    await runtime.drain()
    assert sorted(world.dialer.prospects) == ["contact/0", "contact/1", "contact/2"]
    assert world.dialer.prospects["contact/0"]["fields"]["company"] == "Usine"
    assert set(world.dialer.effects.values()) == {1}
    assert world.balance(Side.CRM) == Balance(3, delivered=3, withheld=0, held=0, refused=0, quarantined=0, in_flight=0)


async def test_what_did_not_change_is_no_event(world: World) -> None:
    world.prospects(2)
    runtime = world.runtime()
    await runtime.drain()
    world.crm.change(Object.CONTACT, "1")
    await runtime.drain()
    assert world.balance(Side.CRM).received == 2


async def test_a_change_of_an_account_reaches_each_of_its_prospects(world: World) -> None:
    world.prospects(3)
    runtime = world.runtime()
    await runtime.drain()
    world.crm.change(Object.ACCOUNT, "7", name="Atelier")
    await runtime.drain()
    companies = {body["fields"]["company"] for body in world.dialer.prospects.values()}
    assert companies == {"Atelier"}
    assert world.balance(Side.CRM).delivered == 6


async def test_a_value_that_comes_back_is_news_again(world: World) -> None:
    world.prospects(1)
    runtime = world.runtime()
    for name in ("Bea", "Ana", "Bea", "Ana"):
        await runtime.drain()
        world.crm.change(Object.CONTACT, "0", name=name)
        row = world.crm.rows[Object.CONTACT, "0"]
        world.crm.rows[Object.CONTACT, "0"] = row._replace(version="")
    await runtime.drain()
    assert world.dialer.prospects["contact/0"]["fields"]["name"] == "Ana"
    assert world.balance(Side.CRM).delivered == 5


async def test_a_row_that_cannot_be_read_is_quarantined_and_the_page_goes_on(world: World) -> None:
    world.prospects(3)
    world.crm.broken[Object.CONTACT, "1"] = "wrong_shape"
    await world.runtime().drain()
    assert sorted(world.dialer.prospects) == ["contact/0", "contact/2"]
    balance = world.balance(Side.CRM)
    assert (balance.received, balance.quarantined, balance.imbalance) == (3, 1, 0)
    with world.database.read() as conn:
        (parked,) = quarantine.listing(conn, TENANT, LINK)
    assert parked.reason is Reason.MALFORMED


async def test_what_a_connector_gives_unasked_goes_no_further(world: World) -> None:
    async def gives(_: object, asked: Asked, cursor: str | None) -> AsyncIterator[Page]:
        if cursor is None and asked.object is Object.CONTACT:
            fields = {"phone": "+33123456700", "name": "Ana", "notes": "ne rappelle jamais", "margin": 48210}
            yield Page([Row(Object.CONTACT, "0", fields, {}, {}, "1")], [], "1")

    world.crm.pull = gives  # type: ignore[method-assign]
    await world.runtime().drain()
    with world.database.read() as conn:
        at = (conn, world.database.keys, TENANT, LINK)
        stored = records.load(*at, [(Object.CONTACT, "0")])[Object.CONTACT, "0"]
        (event,) = events.latest(*at, Side.CRM, 9)
    assert set(stored.fields) <= {"phone", "name", "status"}
    assert b"rappelle" not in event.body


async def test_a_deleted_record_is_recalled(world: World) -> None:
    world.prospects(2)
    runtime = world.runtime()
    await runtime.drain()
    world.crm.remove(Object.CONTACT, "0")
    await runtime.drain()
    assert list(world.dialer.prospects) == ["contact/1"]
    with world.database.read() as conn:
        assert list(ledger.disclosed(conn, TENANT, LINK, ["contact/0", "contact/1"])) == ["contact/1"]
        (kept, *_) = decisions.of_record(conn, TENANT, LINK, "contact/0", 10)
    assert (kept.decision.reason, kept.state) == (Reason.RECORD_DELETED, "delivered")


async def test_a_record_that_leaves_the_perimeter_before_it_was_delivered_is_recalled_after(world: World) -> None:
    world.prospects(1)
    world.dialer.fault = failing(Transient("connection_lost", in_doubt=True), "after", times=1)
    runtime = world.runtime()
    await runtime.drain()
    assert "contact/0" in world.dialer.prospects, "applied, but nobody saw the answer"
    world.crm.change(Object.ACCOUNT, "7", industry="closed")
    await runtime.drain()
    later(world)
    await runtime.drain()
    assert world.dialer.prospects == {}
    assert world.imbalance() == 0


async def test_a_campaign_that_ends_is_recalled(world: World) -> None:
    world.prospects(2)
    await world.runtime(holder="a").drain()
    world.outbound = Sends(world.link().ruling.revision)
    world.outbound.ended = {"retail"}
    world.clock.pass_by(timedelta(days=60))
    await world.runtime(holder="a").drain()
    assert world.dialer.prospects == {}
    assert world.dialer.calls[CommandKind.RECALL_PROSPECT] == 2
    await world.runtime(holder="a").drain()
    assert world.dialer.calls[CommandKind.RECALL_PROSPECT] == 2


async def test_what_waited_beyond_its_campaign_takes_back_what_the_dialer_holds_for_another(world: World) -> None:
    world.changed = {
        "perimeter": {
            "model": "open",
            "projects": {
                "retail": {"where": {"account.industry": ["retail"]}, "ends": date(2026, 11, 30)},
                "bank": {"where": {"account.industry": ["bank"]}, "ends": date(2026, 12, 31)},
            },
        }
    }
    world.prospects(1, industry="bank")
    await world.runtime(holder="a").drain()
    world.crm.change(Object.ACCOUNT, "7", industry="retail")
    world.dialer.fault = failing(Transient("connection_lost"), "before", times=1)
    await world.runtime(holder="a").drain()
    world.outbound = Sends(world.link().ruling.revision)
    world.outbound.ended = {"retail"}
    world.clock.pass_by(timedelta(days=20))
    later(world)
    await world.runtime(holder="a").drain()
    assert world.dialer.prospects == {}
    assert world.imbalance() == 0
    assert world.metrics.received[Side.CRM, Origin.LIVE]._value.get() == world.balance(Side.CRM).received


async def test_a_new_revision_is_applied_to_what_was_disclosed_under_the_old_one(world: World) -> None:
    world.prospects(2)
    await world.runtime(holder="a").drain()
    world.changed = {"revision": {"reason": "Clôture", "date": date(2026, 11, 22), "decided_by": "direction"}}
    world.outbound = Sends(world.link().ruling.revision)
    world.outbound.ended = {"retail"}
    await world.runtime(holder="a").drain()
    assert world.dialer.prospects == {}


async def test_what_was_decided_under_an_old_revision_is_decided_again(world: World) -> None:
    world.prospects(1)
    world.dialer.fault = failing(Transient("connection_lost"), "before", times=1)
    await world.runtime(holder="a").drain()
    world.changed = {"revision": {"reason": "Ajout", "date": date(2026, 11, 22), "decided_by": "direction"}}
    later(world)
    await world.runtime(holder="a").drain()
    (order,) = world.dialer.seen["contact/0"]
    with world.database.read() as conn:
        *newer, first = decisions.of_record(conn, TENANT, LINK, "contact/0", 10)
    assert {one.decision.revision for one in newer} == {world.link().ruling.revision}
    assert (first.state, first.end_reason) == ("withheld", Reason.OVERTAKEN)
    assert order.kind is CommandKind.UPSERT_PROSPECT


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
    with world.database.read() as conn:
        reasons = {parked.key: parked.reason for parked in quarantine.listing(conn, TENANT, LINK)}
        clear = conn.exec_driver_sql("SELECT ref_key FROM record_refs").scalars().all()
    assert reasons == {"two": Reason.AMBIGUOUS_RECORD, "none": Reason.UNKNOWN_RECORD}
    assert not any("1234567" in key for key in clear)


async def test_our_own_write_comes_back_from_the_crm_and_goes_nowhere(world: World) -> None:
    world.prospects(1)
    world.hire()
    runtime = world.runtime()
    await runtime.drain()
    await runtime.receive(LINK, [said("s-1", "phoning.status.proposed", "ml-1", status={"value": "chaud"})])
    await runtime.drain()
    assert world.crm.rows[Object.CONTACT, "0"].fields["status"] == " QUALIFIED"
    assert world.dialer.calls[CommandKind.UPSERT_PROSPECT] == 1
    with world.database.read() as conn:
        (echo, *_) = decisions.of_record(conn, TENANT, LINK, "contact/0", 1)
    assert echo.decision.reason is Reason.ECHO


async def test_a_human_who_comes_back_to_our_value_is_no_echo(world: World) -> None:
    world.prospects(1)
    world.hire()
    runtime = world.runtime()
    await runtime.drain()
    await runtime.receive(LINK, [said("s-1", "phoning.status.proposed", "ml-1", status={"value": "chaud"})])
    await runtime.drain(poll=False)
    world.crm.change(Object.CONTACT, "0", status="perdu")  # before anybody has asked the CRM again
    await runtime.drain()
    assert world.dialer.prospects["contact/0"]["fields"]["status"] == "perdu"
    world.crm.change(Object.CONTACT, "0", status="qualified")
    await runtime.drain()
    assert world.dialer.prospects["contact/0"]["fields"]["status"] == "qualified"


async def test_a_human_edit_beside_our_own_write_passes(world: World) -> None:
    world.prospects(1)
    world.hire()
    runtime = world.runtime()
    await runtime.drain()
    await runtime.receive(LINK, [said("s-1", "phoning.status.proposed", "ml-1", status={"value": "chaud"})])
    await runtime.drain(poll=False)
    world.crm.change(Object.CONTACT, "0", name="Ana Maria")
    await runtime.drain()
    assert world.dialer.prospects["contact/0"]["fields"]["name"] == "Ana Maria"


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
    await runtime.workers[LINK].roles["sweep"].once()
    assert proposal(world) is ProposalState.EXPIRED
    await runtime.receive(LINK, [said("v-1", "phoning.appointment.validated", "ml-1", appointment={"id": "rdv-1"})])
    await runtime.drain()
    assert world.crm.calls[CommandKind.BOOK_APPOINTMENT] == 0
    balance = world.balance(Side.DIALER)
    assert (balance.held, balance.withheld, balance.refused, balance.imbalance) == (0, 1, 1, 0)


def failing(fault: Exception, when: str, times: int) -> Any:
    """A fault that strikes so many times."""
    left = [times]

    def strike(moment: str, order: Order) -> None:
        if moment == when and left[0]:
            left[0] -= 1
            raise fault

    return strike


def later(world: World) -> None:
    """Let every postponed command's time come, by the database's clock too."""
    world.clock.pass_by(timedelta(hours=1))
    world.database.writer.write_now(lambda conn: conn.exec_driver_sql("UPDATE outbox SET not_before = 0").close())


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
    later(world)
    await runtime.drain()
    assert world.balance(Side.DIALER).delivered == 1
    assert list(world.crm.effects.values()) == [1]


async def test_a_wrong_key_stops_the_connection_and_loses_nothing(world: World) -> None:
    world.prospects(2)
    world.dialer.fault = failing(Misconfigured("unauthorised"), "before", times=1)
    runtime = world.runtime()
    await runtime.drain()
    assert world.dialer.prospects == {}
    assert world.balance(Side.CRM).in_flight == 2
    await runtime.workers[LINK].roles["sweep"].once()
    later(world)
    await runtime.drain()
    assert len(world.dialer.prospects) == 2


async def test_an_answer_that_nobody_can_read_is_asked_for_slowly(world: World) -> None:
    world.prospects(1)
    world.dialer.fault = failing(Malformed("wrong_shape"), "after", times=1)
    runtime = world.runtime()
    await runtime.drain()
    assert world.balance(Side.CRM).in_flight == 1
    later(world)
    await runtime.drain()
    assert world.balance(Side.CRM).delivered == 1
    assert set(world.dialer.effects.values()) == {1}


async def test_one_record_that_cannot_be_delivered_does_not_hold_the_others(world: World) -> None:
    world.prospects(5)

    def strike(moment: str, order: Order) -> None:
        if moment == "before" and order.record == "contact/2":
            raise Transient("server_error")

    world.dialer.fault = strike
    await world.runtime().drain()
    assert len(world.dialer.prospects) == 4
    assert world.balance(Side.CRM).in_flight == 1


async def test_a_poisoned_event_is_quarantined_alone(world: World) -> None:
    world.prospects(7)
    world.outbound = Sends(world.link().ruling.revision, poison="contact/3")
    await world.runtime().drain()
    assert len(world.dialer.prospects) == 6
    with world.database.read() as conn:
        (parked,) = quarantine.listing(conn, TENANT, LINK)
    assert (parked.record, parked.reason) == ("contact/3", Reason.DECISION_FAILED)


class Bloated(Sends):
    """Makes a command of one record that no row can hold."""

    def _one(self, event: dict[str, Any]) -> Decision:
        decision = super()._one(event)
        if decision.record == "contact/3" and decision.command is not None:
            return decision._replace(command=decision.command._replace(body={"fields": {"note": "x" * 2_000_000}}))
        return decision


async def test_a_decision_that_cannot_be_kept_is_quarantined_alone(world: World) -> None:
    world.prospects(7)
    world.outbound = Bloated(world.link().ruling.revision)
    await world.runtime().drain()
    assert len(world.dialer.prospects) == 6
    with world.database.read() as conn:
        (parked,) = quarantine.listing(conn, TENANT, LINK)
    assert (parked.record, parked.reason) == ("contact/3", Reason.DECISION_FAILED)
    assert world.imbalance() == 0


async def test_a_record_too_large_for_an_event_is_quarantined_and_the_page_goes_on(world: World) -> None:
    world.prospects(3)
    world.crm.change(Object.CONTACT, "1", name="x" * 1_100_000)
    await world.runtime().drain()
    assert sorted(world.dialer.prospects) == ["contact/0", "contact/2"]
    with world.database.read() as conn:
        (parked,) = quarantine.listing(conn, TENANT, LINK)
    assert (parked.record, parked.reason) == ("contact/1", Reason.MALFORMED)


async def test_a_record_that_came_and_went_before_anything_was_sent_is_never_seen(world: World) -> None:
    world.prospects(1)
    runtime = world.runtime()
    worker = runtime.workers[LINK]
    await worker.hold()
    await worker.roles["crm/poll"].once()
    world.crm.change(Object.ACCOUNT, "7", industry="closed")
    await worker.roles["crm/poll"].once()
    await runtime.drain()
    assert world.dialer.seen == {}
    balance = world.balance(Side.CRM)
    assert (balance.received, balance.withheld, balance.imbalance) == (2, 2, 0)


async def test_a_quarantined_event_is_decided_again_when_somebody_replays_it(world: World) -> None:
    world.prospects(3)
    world.outbound = Sends(world.link().ruling.revision, poison="contact/1")
    runtime = world.runtime()
    await runtime.drain()
    world.outbound.poison = ""
    with world.database.read() as conn:
        (parked,) = quarantine.listing(conn, TENANT, LINK)
    world.database.writer.write_now(
        lambda conn: quarantine.take_for_replay(conn, world.database.keys, TENANT, LINK, parked.seq)
    )
    await runtime.drain()
    assert sorted(world.dialer.prospects) == ["contact/0", "contact/1", "contact/2"]
    assert world.balance(Side.CRM).quarantined == 0
    assert world.imbalance() == 0


async def test_only_the_newest_of_several_waiting_changes_is_sent(world: World) -> None:
    world.prospects(1)
    world.dialer.fault = failing(Transient("server_error"), "before", times=1)
    runtime = world.runtime()
    await runtime.drain()
    for name in ("Bea", "Cléo"):
        world.crm.change(Object.CONTACT, "0", name=name)
        await runtime.drain()
    later(world)
    await runtime.drain()
    assert [order.body["fields"]["name"] for order in world.dialer.seen["contact/0"]] == ["Cléo"]
    balance = world.balance(Side.CRM)
    assert (balance.delivered, balance.withheld, balance.imbalance) == (1, 2, 0)


async def test_a_backfill_rings_nobody(world: World) -> None:
    world.prospects(1)
    runtime = world.runtime()
    assert await runtime.pull(LINK, Origin.BACKFILL) == 1
    await runtime.drain()
    assert world.dialer.prospects["contact/0"]["dial"] is False


async def test_a_replay_that_waits_behind_a_live_change_does_not_keep_the_telephone_silent(world: World) -> None:
    world.prospects(1)
    world.dialer.fault = failing(Transient("server_error"), "before", times=1)
    runtime = world.runtime()
    await runtime.drain()
    world.crm.change(Object.CONTACT, "0", name="Bea")
    await runtime.pull(LINK, Origin.BACKFILL)
    await runtime.drain()
    later(world)
    await runtime.drain()
    assert [order.body["dial"] for order in world.dialer.seen["contact/0"]] == [True, False]


async def test_a_second_runtime_waits_for_the_lease(world: World) -> None:
    world.prospects(1)
    first, second = world.runtime(), world.runtime()
    assert await first.workers[LINK].hold()
    assert not await second.workers[LINK].hold()
    await first.drain()
    await first.workers[LINK].release()
    assert await second.workers[LINK].hold()


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
    assert world.runtime().workers[LINK].lease is None


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


async def test_the_figures_add_up(world: World) -> None:
    world.prospects(3)
    world.crm.put(Object.CONTACT, "90", {"name": "Sans téléphone"}, {"account": "7"})
    runtime = world.runtime()
    await runtime.drain()
    runtime.observe()
    page = world.metrics.render().decode()
    assert 'ecluse_events_received_total{origin="live",side="crm"} 4.0' in page
    assert 'ecluse_events_ended_total{outcome="delivered",reason="accepted",side="crm"} 3.0' in page
    assert 'ecluse_events_ended_total{outcome="withheld",reason="nothing_cleared",side="crm"} 1.0' in page
    assert 'ecluse_ledger_events{side="crm",state="delivered"} 3.0' in page
    assert 'ecluse_conservation_imbalance_events{side="crm"} 0.0' in page
    assert 'ecluse_decision_seconds_count{side="crm"}' in page
