"""From the CRM to the dialer: what is sent, once, and what is not."""

import re
from collections.abc import AsyncIterator

from connectors.faults import Transient
from connectors.port import Asked, Page, Row
from mapping.reasons import Reason
from mapping.words import Object, Origin, Side
from store import events, records
from store.conservation import Balance
from tests.streams.aftermath import names_sent, parked
from tests.streams.conformance.runs import EMBEDDED, only
from tests.streams.trouble import failing
from tests.streams.world import LINK, TENANT, World

#: What ends at the door, or begins behind the outbox, is the owner's alone: one worker shows it.
one_worker = only(*EMBEDDED, "kafka-1")


async def test_a_prospect_reaches_the_dialer_once(world: World) -> None:
    world.prospects(3)
    runtime = world.runtime()
    await runtime.drain()
    assert sorted(world.dialer.prospects) == ["contact/0", "contact/1", "contact/2"]
    assert world.dialer.prospects["contact/0"]["fields"]["company"] == "Usine"
    assert set(world.dialer.effects.values()) == {1}
    assert world.balance(Side.CRM) == Balance(3, delivered=3, withheld=0, held=0, refused=0, quarantined=0, in_flight=0)


@one_worker
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


@one_worker
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


@one_worker
async def test_a_row_that_cannot_be_read_is_quarantined_and_the_page_goes_on(world: World) -> None:
    world.prospects(3)
    world.crm.broken[Object.CONTACT, "1"] = "wrong_shape"
    await world.runtime().drain()
    assert sorted(world.dialer.prospects) == ["contact/0", "contact/2"]
    balance = world.balance(Side.CRM)
    assert (balance.received, balance.quarantined, balance.imbalance) == (3, 1, 0)
    (found,) = parked(world)
    assert found.reason is Reason.MALFORMED


@one_worker
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


async def test_a_record_that_came_and_went_before_anything_was_sent_is_never_seen(world: World) -> None:
    world.prospects(1)
    runtime = world.runtime()
    await runtime.pull(LINK)
    world.crm.change(Object.ACCOUNT, "7", industry="closed")
    await runtime.pull(LINK)
    await runtime.drain()
    assert world.dialer.seen == {}
    balance = world.balance(Side.CRM)
    assert (balance.received, balance.withheld, balance.imbalance) == (2, 2, 0)


async def test_only_the_newest_of_several_waiting_changes_is_sent(world: World) -> None:
    world.prospects(1)
    world.dialer.fault = failing(Transient("server_error"), "before", times=1)
    runtime = world.runtime()
    await runtime.drain()
    for name in ("Bea", "Cléo"):
        world.crm.change(Object.CONTACT, "0", name=name)
        await runtime.drain()
    world.later()
    await runtime.drain()
    assert names_sent(world, "contact/0") == ["Cléo"]
    balance = world.balance(Side.CRM)
    assert (balance.delivered, balance.withheld, balance.imbalance) == (1, 2, 0)


async def test_a_backfill_rings_nobody(world: World) -> None:
    world.prospects(1)
    runtime = world.runtime()
    assert await runtime.pull(LINK, Origin.BACKFILL) == 1
    await runtime.drain()
    assert world.dialer.prospects["contact/0"]["dial"] is False


@one_worker
async def test_a_replay_that_waits_behind_a_live_change_does_not_keep_the_telephone_silent(world: World) -> None:
    world.prospects(1)
    world.dialer.fault = failing(Transient("server_error"), "before", times=1)
    runtime = world.runtime()
    await runtime.drain()
    world.crm.change(Object.CONTACT, "0", name="Bea")
    await runtime.pull(LINK, Origin.BACKFILL)
    await runtime.drain()
    world.later()
    await runtime.drain()
    assert [order.body["dial"] for order in world.dialer.seen["contact/0"]] == [True, False]


FIGURES = (
    'ecluse_events_received_total{origin="live",side="crm"} 4.0',
    'ecluse_events_ended_total{outcome="delivered",reason="accepted",side="crm"} 3.0',
    'ecluse_events_ended_total{outcome="withheld",reason="nothing_cleared",side="crm"} 1.0',
    'ecluse_ledger_events{side="crm",state="delivered"} 3.0',
    'ecluse_conservation_imbalance_events{side="crm"} 0.0',
)


@one_worker
async def test_the_figures_add_up(world: World) -> None:
    world.prospects(3)
    world.crm.put(Object.CONTACT, "90", {"name": "Sans téléphone"}, {"account": "7"})
    runtime = world.runtime()
    await runtime.start()

    def shown() -> bool:
        runtime.observe()
        page = world.metrics.render().decode()
        times = re.findall(r'ecluse_decision_seconds_count{side="crm"} (\S+)', page)
        return all(figure in page for figure in FIGURES) and float(times[0]) > 0

    await world.until(shown)
    assert await runtime.stop()
