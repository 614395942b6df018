"""Each event is decided under one revision: never under a mixture of two, whenever the next comes into force."""

import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pytest

from mapping.decisions import Decision
from mapping.words import Side, Verdict
from store import decisions
from streams.decider import Decider
from streams.embedded import EmbeddedRuntime
from streams.link import LinkRuntime
from streams.ruling import Ruling
from tests.streams.revisions import two_rulings
from tests.streams.world import LINK, TENANT, World, called


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
