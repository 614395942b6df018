"""A revision made live anywhere comes into force everywhere, whole, and without a restart."""

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

import orjson
import pytest

from connectors.port import Page
from mapping.decisions import Decision
from mapping.link import Link
from mapping.policy import Policy, compile_link
from mapping.words import CommandKind, Object, Origin, Side, Verdict
from store import decisions, ledger, register
from store.errors import Fenced
from store.register import Live
from streams.counted import RolloutResult
from streams.decider import Decider
from streams.embedded import EmbeddedRuntime
from streams.inbound import Inbound
from streams.link import LinkRuntime, Word
from streams.outbound import Outbound
from streams.rollout import Obstacle, Unfit
from streams.ruling import Ruling
from tests.streams.doubles import Fault
from tests.streams.world import LINK, LINK_FILE, TENANT, World, called

BANK = {"where": {"account.industry": ["bank"]}}
RETAIL = LINK_FILE["perimeter"]["projects"]["retail"]
BY_CAMPAIGN = {
    "teleoperator": {"role": "contributor", "perimeter": "project"},
    "mission_lead": {"role": "validator", "perimeter": "project"},
}


def said(reason: str) -> dict[str, Any]:
    return {"reason": reason, "date": date(2026, 11, 22), "decided_by": "direction"}


def compiled(changed: dict[str, Any]) -> Policy:
    return compile_link(Link.model_validate(LINK_FILE | changed), views=False)


def ruled(policy: Policy, number: int) -> Ruling:
    return Ruling(policy, Outbound(policy), Inbound(policy), number)


def read(_: LinkRuntime, live: Live) -> Ruling:
    """What the wiring does with a link file, with the models' own JSON."""
    return ruled(compiled(orjson.loads(live.source_text)), live.number)


def make_live(world: World, **changed: Any) -> Policy:
    """What `ecluse apply` does."""
    policy = compiled(changed)
    text = orjson.dumps(changed, default=str).decode()
    world.database.writer.write_now(
        lambda conn: register.make_live(
            conn, TENANT, LINK, policy.revision, "because", date(2026, 11, 22), "direction", text
        )
    )
    return policy


def runtime(world: World, holder: str = "a", *, other: int | None = None, reader: Any = read) -> EmbeddedRuntime:
    """A process that begins under what the register says then."""
    database = world.database if other is None else world.other(other)
    with database.read() as conn:
        live = register.revision(conn, TENANT, LINK)
    link = world.link()
    link.ruling = read(link, live) if live is not None else ruled(compiled({}), 0)
    gear = replace(world.gear(database=database), read=reader)
    return EmbeddedRuntime([link], gear, folder=world.folder, holder=holder)


def words(world: World) -> list[Word]:
    return [one.word for one in world.incidents if one.word.value.startswith("revision_")]


def applied(world: World, result: RolloutResult) -> float:
    return float(world.metrics.rollouts[result]._value.get())


async def test_a_change_reaches_every_process_that_shares_the_database(world: World) -> None:
    first = make_live(world)
    one, two = runtime(world, "a"), runtime(world, "b", other=0)
    assert await one.rollout.turn() == 0
    assert await two.rollout.turn() == 0
    second = make_live(world, revision=said("Ajout"))
    for each in (one, two):
        ruling = each.links[LINK].ruling
        assert (ruling.revision, ruling.number) == (first.revision, 1)
        assert await each.rollout.turn() == 1
        assert await each.rollout.turn() == 0
        ruling = each.links[LINK].ruling
        assert (ruling.revision, ruling.number) == (second.revision, 2)
    assert words(world) == [Word.REVISION_IN_FORCE] * 2
    assert applied(world, RolloutResult.APPLIED) == 2


async def test_a_revision_that_comes_back_is_put_in_force_again(world: World) -> None:
    first = make_live(world)
    running = runtime(world)
    make_live(world, revision=said("Ajout"))
    await running.rollout.turn()
    make_live(world)
    await running.rollout.turn()
    ruling = running.links[LINK].ruling
    assert (ruling.revision, ruling.number) == (first.revision, 3)


def broken(_: LinkRuntime, __: Live) -> Ruling:
    raise Unfit(Obstacle.DOES_NOT_COMPILE)


def raising(_: LinkRuntime, __: Live) -> Ruling:
    raise KeyError("a value")


def misread(_: LinkRuntime, live: Live) -> Ruling:
    return ruled(compiled({"country": "BE"}), live.number)


def elsewhere(_: LinkRuntime, live: Live) -> Ruling:
    return ruled(compiled(orjson.loads(live.source_text) | {"tenant": "sud"}), live.number)


@pytest.mark.parametrize(
    ("reader", "changed", "obstacle", "result"),
    [
        (broken, {}, Obstacle.DOES_NOT_COMPILE, RolloutResult.FAILED),
        (raising, {}, Obstacle.DOES_NOT_COMPILE, RolloutResult.FAILED),
        (misread, {}, Obstacle.ANOTHER_MEANING, RolloutResult.FAILED),
        (elsewhere, {}, Obstacle.ANOTHER_LINK, RolloutResult.REFUSED),
        (
            read,
            {"crm": {"connector": "crm_double", "connection": "crm-sud"}},
            Obstacle.RESTART_NEEDED,
            RolloutResult.REFUSED,
        ),
        (
            read,
            {"dialer": {"connector": "open_dialer", "connection": "dialer-nord"}},
            Obstacle.RESTART_NEEDED,
            RolloutResult.REFUSED,
        ),
    ],
)
async def test_what_cannot_run_here_leaves_the_one_before_in_force_and_says_so(
    sqlite_world: World, reader: Any, changed: dict[str, Any], obstacle: Obstacle, result: RolloutResult
) -> None:
    world = sqlite_world
    asked: list[int] = []

    def counted(link: LinkRuntime, live: Live) -> Ruling:
        asked.append(live.number)
        made: Ruling = reader(link, live)
        return made

    make_live(world)
    running = runtime(world, reader=counted)
    before = running.links[LINK].ruling
    bad = make_live(world, revision=said("Autre"), **changed)
    for _ in range(3):
        assert await running.rollout.turn() == 0
    assert running.links[LINK].ruling is before
    assert asked == [2], "it is not tried again and again"
    (incident,) = [one for one in world.incidents if one.word is Word.REVISION_NOT_IN_FORCE]
    assert (incident.link, incident.where, incident.code) == (LINK, bad.revision, obstacle.value)
    assert applied(world, result) == 1
    assert running.rollout.unfit == {LINK: (2, obstacle)}
    running.rollout._gear = replace(running.rollout._gear, read=read)
    mended = make_live(world, revision=said("Mieux"))
    assert await running.rollout.turn() == 1
    assert running.links[LINK].ruling.revision == mended.revision
    assert running.rollout.unfit == {}


async def test_whoever_takes_a_lease_decides_under_what_is_in_force_by_then(world: World) -> None:
    make_live(world)
    world.prospects(1)
    behind = runtime(world)
    newest = make_live(world, revision=said("Ajout"))
    await behind.drain()
    with world.database.read() as conn:
        (kept, *_) = decisions.of_record(conn, TENANT, LINK, "contact/0", 10)
    assert kept.decision.revision == newest.revision


async def test_nobody_works_for_a_link_under_a_revision_that_a_holder_has_left_behind(world: World) -> None:
    """A process that cannot run the newest revision would send again what was taken back under it."""
    make_live(world)
    world.prospects(2)
    able = runtime(world, "able")
    await able.drain()
    assert len(world.dialer.prospects) == 2
    make_live(world, profiles=BY_CAMPAIGN, perimeter={"model": "open", "projects": {"bank": BANK}})
    unable = runtime(world, "unable", other=0, reader=broken)
    unable.links[LINK].ruling = ruled(compiled({}), 1)
    await able.follow()
    await able.drain()
    assert world.dialer.prospects == {}
    await able.stop()
    assert not await unable.workers[LINK].hold()
    with pytest.raises(Fenced):
        await unable.drain()
    assert unable.rollout.unfit == {LINK: (2, Obstacle.DOES_NOT_COMPILE)}
    successor = runtime(world, "successor")
    await successor.drain()
    assert world.dialer.prospects == {}


async def test_a_process_that_cannot_run_the_newest_works_on_while_nobody_can(sqlite_world: World) -> None:
    make_live(sqlite_world)
    sqlite_world.prospects(1)
    running = runtime(sqlite_world, reader=broken)
    make_live(sqlite_world, revision=said("Autre"))
    await running.drain()
    assert set(sqlite_world.dialer.prospects) == {"contact/0"}


async def test_a_running_process_takes_a_revision_by_itself(sqlite_world: World) -> None:
    world = sqlite_world
    world.pace = replace(world.pace, register_seconds=0.01, idle_seconds=0.01)
    make_live(world)
    running = runtime(world)
    await running.start()
    try:
        newest = make_live(world, revision=said("Ajout"))
        await world.until(lambda: running.links[LINK].ruling.revision == newest.revision)
    finally:
        await running.stop()


# No event is decided under a mixture.


def two_rulings() -> tuple[Ruling, Ruling]:
    """Two revisions that differ in what they send and in who may write, told apart by every decision."""
    narrow = compiled(
        {
            "revision": said("Moins"),
            "fields": [{"from": "contact.phone", "to": "phone", "as": "e164"}],
            "roles": {**LINK_FILE["roles"], "contributor": {**LINK_FILE["roles"]["contributor"], "write": ["comment"]}},
        }
    )
    return ruled(compiled({}), 1), ruled(narrow, 2)


def sent_by(ruling: Ruling) -> set[str]:
    return {"/" + line.source.replace(".", "/") for line in ruling.policy.fields}


@contextmanager
def swapped(link: LinkRuntime, *rulings: Ruling) -> Iterator[None]:
    """One revision after the other comes into force, as fast as a thread can."""
    stop, turning = threading.Event(), itertools.cycle(rulings)

    def swap() -> None:
        # Once an iteration: a thread is only interrupted where its loop turns.
        while not stop.is_set():
            link.ruling = next(turning)

    thread = threading.Thread(target=swap)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


class Swaps:
    """A processor under which the other revision comes into force, whenever it decides."""

    def __init__(self, link: LinkRuntime, inner: Any, other: Callable[[], Ruling]) -> None:
        self._link, self._inner, self._other = link, inner, other

    def decide(self, *asked: Any) -> list[Decision]:
        self._link.ruling = self._other()
        decided: list[Decision] = self._inner.decide(*asked)
        return decided


def swapping(link: LinkRuntime, *rulings: Ruling) -> None:
    """From now on, whenever one revision decides, the other one comes into force."""
    made: list[Ruling] = []
    for at, ruling in enumerate(rulings):
        other = partial(made.__getitem__, 1 - at)
        made.append(
            replace(ruling, outbound=Swaps(link, ruling.outbound, other), inbound=Swaps(link, ruling.inbound, other))
        )
    link.ruling = made[0]


@dataclass
class Trial:
    """A link of sixty prospects, each called twice, and two revisions that tell themselves apart by every decision."""

    world: World
    side: Side

    async def begin(self) -> None:
        self.wide, self.narrow = two_rulings()
        self.world.pace = replace(self.world.pace, batch=5)
        self.world.prospects(60)
        self.world.hire()
        running = EmbeddedRuntime([self.world.link()], self.world.gear(), folder=self.world.folder, holder="a")
        self.link, self.worker = running.links[LINK], running.workers[LINK]
        self.link.ruling = self.wide
        await self.worker.hold()
        await self.worker.roles["crm/poll"].once()
        if self.side is Side.DIALER:
            for number in range(120):
                await running.receive(LINK, [called(number, str(number % 60))])

    async def decide(self) -> None:
        assert self.worker.lease is not None
        decider = Decider(self.link, self.side, self.world.gear())
        while (await decider.turn(self.worker.lease))[0]:
            pass

    def seen(self) -> set[str]:
        """The revisions that decided; each decision is wholly of the one that it names."""
        found, by_name = set(), {one.revision: one for one in (self.wide, self.narrow)}
        with self.world.database.read() as conn:
            for number in range(60):
                for kept in decisions.of_record(conn, TENANT, LINK, f"contact/{number}", 50):
                    ruling = by_name[kept.decision.revision]
                    found.add(ruling.revision)
                    if self.side is Side.CRM:
                        assert set(kept.decision.sent) <= sent_by(ruling)
                        assert ("/contact/name" in kept.decision.sent) is (ruling is self.wide)
                    else:
                        assert (kept.decision.verdict is Verdict.WRITE) is (ruling is self.wide)
        return found


@pytest.mark.parametrize("side", list(Side))
async def test_no_event_is_decided_under_a_mixture_of_two_revisions(sqlite_world: World, side: Side) -> None:
    """Another one comes into force in the midst of every batch."""
    trial = Trial(sqlite_world, side)
    await trial.begin()
    swapping(trial.link, trial.wide, trial.narrow)
    await trial.decide()
    assert trial.seen() == {trial.wide.revision, trial.narrow.revision}


@pytest.mark.parametrize("side", list(Side))
async def test_nor_when_revisions_change_at_any_moment(sqlite_world: World, side: Side) -> None:
    trial = Trial(sqlite_world, side)
    await trial.begin()
    with swapped(trial.link, trial.wide, trial.narrow):
        await trial.decide()
    assert trial.seen() <= {trial.wide.revision, trial.narrow.revision}


# What a revision changes for records of the past.


def fault(run: Callable[[], None]) -> Fault:
    """Something that happens while the first push is under way."""
    left = [run]

    def strike(when: str, _order: Any) -> None:
        if when == "after" and left:
            left.pop()()

    return strike


def replayed(world: World) -> int:
    return int(world.metrics.received[Side.CRM, Origin.REPLAY]._value.get())


async def test_a_narrower_revision_takes_back_and_a_wider_one_loads(world: World) -> None:
    make_live(world, profiles=BY_CAMPAIGN)
    running = runtime(world)
    world.prospects(3)
    world.crm.put(Object.ACCOUNT, "8", {"name": "Banque", "industry": "bank"})
    world.crm.put(Object.CONTACT, "9", {"phone": "+33123456799", "name": "Léo"}, {"account": "8"})
    await running.drain()
    assert set(world.dialer.prospects) == {"contact/0", "contact/1", "contact/2"}
    assert replayed(world) == 0, "a first load is decided once"

    wider = {"model": "open", "projects": {"retail": RETAIL, "bank": BANK}}
    make_live(world, profiles=BY_CAMPAIGN, perimeter=wider)
    await running.rollout.turn()
    await running.drain()
    assert set(world.dialer.prospects) == {"contact/0", "contact/1", "contact/2", "contact/9"}
    assert world.dialer.prospects["contact/9"]["dial"] is False, "it was no news: nobody is rung"
    assert world.dialer.calls[CommandKind.UPSERT_PROSPECT] == 4, "what did not change is not sent again"

    make_live(world, profiles=BY_CAMPAIGN, perimeter={"model": "open", "projects": {"bank": BANK}})
    await running.rollout.turn()
    await running.drain()
    assert set(world.dialer.prospects) == {"contact/9"}

    make_live(world, profiles=BY_CAMPAIGN, perimeter=wider)
    await running.rollout.turn()
    await running.drain()
    assert len(world.dialer.prospects) == 4, "a revision that comes back is a change like any other"
    before = replayed(world)
    await runtime(world, "a").drain()
    assert replayed(world) == before, "a restart decides nothing again"
    assert world.imbalance() == 0


async def test_a_campaign_whose_first_day_comes_is_loaded(world: World) -> None:
    starts = {"where": {"account.industry": ["retail"]}, "starts": date(2026, 11, 24)}
    make_live(world, profiles=BY_CAMPAIGN, perimeter={"model": "open", "projects": {"retail": starts}})
    running = runtime(world)
    world.prospects(2)
    await running.drain()
    assert world.dialer.prospects == {}
    world.clock.now = world.clock.now.replace(day=24)
    await running.drain()
    assert set(world.dialer.prospects) == {"contact/0", "contact/1"}
    assert not any(body["dial"] for body in world.dialer.prospects.values())
    before = replayed(world)
    await running.drain()
    assert replayed(world) == before
    assert world.imbalance() == 0


async def test_a_record_of_one_campaign_goes_to_the_one_before_it_that_begins(sqlite_world: World) -> None:
    world = sqlite_world
    early = {"where": {"account.industry": ["retail"]}, "starts": date(2026, 11, 24)}
    projects = {"early": early, "retail": {"where": {"account.industry": ["retail"]}}}
    make_live(world, perimeter={"model": "open", "projects": projects})
    running = runtime(world)
    world.prospects(1)
    await running.drain()
    assert world.dialer.prospects["contact/0"]["campaign"] == "retail"
    world.clock.now = world.clock.now.replace(day=24)
    await running.drain()
    assert world.dialer.prospects["contact/0"]["campaign"] == "early"


async def test_what_is_answered_under_an_older_revision_is_decided_again(world: World) -> None:
    """The push was under way when the revision came into force, so the sweep could not see what it brought."""
    make_live(world)
    running = runtime(world)
    world.prospects(1)
    narrow = two_rulings()[1]

    def meanwhile() -> None:
        running.links[LINK].ruling = narrow

    world.dialer.fault = fault(meanwhile)
    await running.drain()
    assert world.dialer.prospects["contact/0"]["fields"].keys() == {"phone"}
    with world.database.read() as conn:
        assert ledger.disclosed(conn, TENANT, LINK, ["contact/0"])["contact/0"].revision == narrow.revision
    assert world.imbalance() == 0


async def test_widening_goes_on_where_a_crash_left_it(world: World) -> None:
    make_live(world, profiles=BY_CAMPAIGN)
    running = runtime(world)
    world.prospects(7, industry="bank")
    await running.drain()
    assert world.dialer.prospects == {}
    make_live(world, profiles=BY_CAMPAIGN, perimeter={"model": "open", "projects": {"bank": BANK}})
    await running.rollout.turn()
    worker = running.workers[LINK]
    assert worker.lease is not None
    worker.widening._page = 3
    assert await worker.widening.turn(worker.lease) == 3
    # Here the process dies; the next one has the rest to do.
    successor = runtime(world, "a")
    successor.workers[LINK].widening._page = 3
    await successor.drain()
    assert len(world.dialer.prospects) == 7
    assert replayed(world) == 7, "each was logged once"
    assert set(world.dialer.effects.values()) == {1}
    assert world.imbalance() == 0


async def test_widening_waits_while_there_is_other_work(sqlite_world: World) -> None:
    world = sqlite_world
    make_live(world, profiles=BY_CAMPAIGN)
    running = runtime(world)
    world.prospects(8, industry="bank")
    await running.drain()
    make_live(world, profiles=BY_CAMPAIGN, perimeter={"model": "open", "projects": {"bank": BANK}})
    await running.rollout.turn()
    worker = running.workers[LINK]
    assert worker.lease is not None
    worker.widening._page = 4
    assert await worker.widening.turn(worker.lease) == 4
    assert await worker.widening.turn(worker.lease) == 0, "what was logged is to be decided first"
    await worker.roles["crm/decide"].once()
    assert await worker.widening.turn(worker.lease) == 0, "and to be delivered"
    assert worker.widening.pause < 1
    await running.drain()
    assert len(world.dialer.prospects) == 8
    assert worker.widening.pause == world.pace.sweep_seconds


# Fields that were never read.


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
