"""A revision made live while events are on their way: nobody decides under another one than the owner's for good."""

from store import decisions
from streams.outbound import Outbound
from tests.streams.revisions import BANK, BY_CAMPAIGN, RETAIL, compiled, make_live, read
from tests.streams.world import LINK, TENANT, World, members

WIDER = {"model": "open", "projects": {"retail": RETAIL, "bank": BANK}}


async def test_a_wider_revision_reaches_what_a_worker_that_is_behind_withholds(world: World) -> None:
    """Of several workers one looks at the register, and whoever takes a lease does; the others stay behind."""
    world.read = read
    world.changed = {"profiles": BY_CAMPAIGN}
    world.outbound = Outbound(compiled(world.changed))
    world.prospects(6, industry="bank")
    runtime = world.runtime(holder="a")
    await runtime.drain()
    assert world.dialer.prospects == {}

    newest = make_live(world, profiles=BY_CAMPAIGN, perimeter=WIDER)
    await members(runtime)[0].follow()
    await runtime.drain()
    assert set(world.dialer.prospects) == {f"contact/{number}" for number in range(6)}
    assert not any(body["dial"] for body in world.dialer.prospects.values())
    with world.database.read() as conn:
        for number in range(6):
            (kept, *_) = decisions.of_record(conn, TENANT, LINK, f"contact/{number}", 1)
            assert kept.decision.revision == newest.revision
    assert set(world.dialer.effects.values()) == {1}
    assert world.imbalance() == 0
