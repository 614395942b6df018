"""What may not stay with the dialer is taken back, and a new revision looks at what went under the old one."""

from datetime import date, timedelta

from connectors.faults import Transient
from mapping.reasons import Reason
from mapping.words import CommandKind, Object, Origin, Side
from store import decisions, ledger
from tests.streams.doubles import Sends
from tests.streams.trouble import failing
from tests.streams.world import LINK, TENANT, World


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
    world.later()
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
    world.later()
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
    world.later()
    await world.runtime(holder="a").drain()
    (order,) = world.dialer.seen["contact/0"]
    with world.database.read() as conn:
        *newer, first = decisions.of_record(conn, TENANT, LINK, "contact/0", 10)
    assert {one.decision.revision for one in newer} == {world.link().ruling.revision}
    assert (first.state, first.end_reason) == ("withheld", Reason.OVERTAKEN)
    assert order.kind is CommandKind.UPSERT_PROSPECT
