"""A revision that asks the CRM for more has every record read again, and rings nobody for it."""

from dataclasses import replace
from typing import Any

from connectors.port import Page
from mapping.words import Object
from tests.streams.revisions import make_live, runtime, two_rulings
from tests.streams.world import LINK, LINK_FILE, World


async def test_a_field_that_is_newly_mapped_is_read_of_every_record_and_rings_nobody(world: World) -> None:
    lean = [one for one in LINK_FILE["fields"] if one["to"] not in ("name", "company")]
    make_live(world, fields=lean)
    running = runtime(world)
    world.prospects(3)
    await running.drain()
    assert "name" not in world.dialer.prospects["contact/0"]["fields"]
    make_live(world)
    await running.rollout.turn()
    await running.drain()
    for body in world.dialer.prospects.values():
        assert body["fields"]["name"] == "Ana"
        assert body["fields"]["company"] == "Usine"
        assert body["dial"] is False
    world.crm.change(Object.CONTACT, "1", name="Anna")
    await running.drain()
    assert world.dialer.prospects["contact/1"]["dial"] is True, "from then on every change is news"
    assert world.imbalance() == 0


async def test_a_change_that_is_met_while_all_is_read_again_is_news(world: World) -> None:
    make_live(world, fields=[one for one in LINK_FILE["fields"] if one["to"] != "name"])
    running = runtime(world)
    world.prospects(2)
    await running.drain()
    make_live(world)
    world.crm.change(Object.CONTACT, "1", phone="+33123456700")
    await running.rollout.turn()
    await running.drain()
    assert world.dialer.prospects["contact/0"]["dial"] is False
    assert world.dialer.prospects["contact/1"]["dial"] is True


async def test_an_object_that_is_read_for_the_first_time_rings_nobody(sqlite_world: World) -> None:
    world = sqlite_world
    bare = [one for one in LINK_FILE["fields"] if one["from"].startswith("contact.")]
    make_live(world, fields=bare, perimeter={"model": "open"})
    running = runtime(world)
    world.prospects(2)
    await running.drain()
    make_live(world)
    await running.rollout.turn()
    await running.drain()
    assert [body["fields"]["company"] for body in world.dialer.prospects.values()] == ["Usine", "Usine"]
    assert not any(body["dial"] for body in world.dialer.prospects.values())


async def test_a_page_read_for_an_older_revision_is_the_last_one(sqlite_world: World) -> None:
    world = sqlite_world
    world.crm.page_size = 2
    make_live(world)
    running = runtime(world)
    world.prospects(9)
    worker = running.workers[LINK]
    await worker.hold()
    assert worker.lease is not None
    pages: list[Page] = []
    narrow = two_rulings()[1]

    async def told(*asked: Any) -> Any:
        async for page in source(*asked):
            pages.append(page)
            running.links[LINK].ruling = narrow
            yield page

    source = running.links[LINK].crm.connector.sources[Object.CONTACT]
    sources = {**running.links[LINK].crm.connector.sources, Object.CONTACT: told}
    link = running.links[LINK]
    link.crm = replace(link.crm, connector=replace(link.crm.connector, sources=sources))
    await worker.poller.turn(worker.lease)
    assert len(pages) == 1
    assert worker.poller.retry_in == 0
    await worker.poller.turn(worker.lease)
    assert all("name" not in row.fields for page in pages[1:] for row in page.rows)
