"""A demonstration from its first line to its last: send, call, answer, write back; and then all of it once more."""

import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from ecluse.demo import figures as counting
from ecluse.demo import ground
from ecluse.demo.figures import Figures
from ecluse.demo.play import Stage, stage
from ecluse.demo.scenario import Scenario, answers
from ecluse.demo.town import Town, town
from ecluse.demo.week import Happened
from store import proposals
from store.proposals import ProposalKind, ProposalState

#: Called with the step that begins.
Said = Callable[[str], None]
#: Awaited at the end, while everything is still up.
Stay = Callable[[Stage, Town, Figures], Awaitable[None]]
WORDS = {ProposalKind.APPOINTMENT: "appointment", ProposalKind.LEAD_STATUS: "status"}


def now() -> datetime:
    return datetime.now(UTC)


async def perform(scenario: Scenario, folder: Path, say: Said, stay: Stay | None = None) -> Figures:
    """Play it in a folder. `stay` is awaited at the end, with everything still up."""
    laid = ground.lay(folder, scenario.link, scenario.people)
    figures = Figures(counting.sizes(scenario), dict(scenario.mended), owed=dict(scenario.owed))
    with town((laid.sends_key,), laid.crm_token) as place:
        ground.connect(laid, place.crm_url, place.dialer_url)
        for name, rows in scenario.rows.items():
            place.crm.load(name, rows)
        started = time.perf_counter()
        async with stage(laid, now) as on_stage:
            happened = await _once(on_stage, place, scenario, figures, say)
        say("again")
        async with stage(laid, now) as on_stage:
            await _again(on_stage, place, figures, happened)
            figures.seconds = time.perf_counter() - started
            if stay is not None:
                await stay(on_stage, place, figures)
    return figures


async def _once(on_stage: Stage, place: Town, scenario: Scenario, figures: Figures, say: Said) -> list[Happened]:
    say("send")
    await on_stage.drain()
    say("call")
    happened = scenario.calls(place.prospects)
    figures.mishaps = {one.id: ("", "") for one in happened if one.id.startswith("mishap")}
    told = await on_stage.tell(happened)
    figures.told = told["accepted"]
    await on_stage.drain(poll=False)
    say("answer")
    answered = answers(_waiting(on_stage), now())
    await on_stage.tell(answered)
    say("write")
    await on_stage.drain()
    say("count")
    counting.count(figures, on_stage, place, scenario)
    return [*happened, *answered]


async def _again(on_stage: Stage, place: Town, figures: Figures, happened: list[Happened]) -> None:
    """After a restart, all of it once more: the CRM is read again, and the dialer tells everything again."""
    before = _held(place)
    told = await on_stage.tell(happened)
    await on_stage.drain()
    after = _held(place)
    figures.told_again = told["duplicates"]
    figures.again = {name: after[name] - before[name] for name in before} | {"accepted": told["accepted"]}


def _held(place: Town) -> dict[str, int]:
    sent = sum(place.dialer.deliveries.values())
    return {"sent": sent, "repeated": place.crm.repeated, **counting.written(place)}


def _waiting(on_stage: Stage) -> list[tuple[str, str, str]]:
    policy = on_stage.policy
    with on_stage.database.read() as conn:
        found = proposals.listing(
            conn, on_stage.database.keys, policy.tenant, policy.link, state=ProposalState.PROPOSED, limit=100_000
        )
    return [(one.id, WORDS[one.kind], one.record) for one in sorted(found, key=lambda one: one.seq)]
