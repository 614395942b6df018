"""`ecluse status`: where every event is. One equation per side, each term counted on its own, and what grows old."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import click

from ecluse.command import link_option, output_option, verb
from ecluse.i18n import N_, _, ngettext, number
from ecluse.sentences import counted
from ecluse.standing import Compared, as_json, compared, show_revision
from ecluse.terminal import answer, answer_json, paint, suggest, wrapped
from ecluse.wiring import Link, opened
from ecluse.words import ago
from mapping.link import PersonalException
from mapping.rights import exceptions_on
from mapping.words import Side
from store import conservation, glances, outbox, proposals, quarantine
from store.conservation import Balance
from store.proposals import ProposalState

MOST = 10_000
COLUMN, WIDTH = 14, 62
SECONDS = 1_000_000
FLOWS = {Side.CRM: N_("CRM -> dialer"), Side.DIALER: N_("dialer -> CRM")}


class Ruled(NamedTuple):
    """A link's place in the register, the revision that its file says, and the exceptions that hold today."""

    compared: Compared
    revision: str
    exceptions: tuple[PersonalException, ...]


class Flow(NamedTuple):
    """One side of a link."""

    link: str
    side: Side
    balance: Balance
    #: Events not decided yet, commands on their way, and the oldest of both in seconds.
    undecided: int
    outgoing: int
    oldest_seconds: float | None


class Waiting(NamedTuple):
    """What waits for somebody."""

    link: str
    proposals: int
    next_deadline_seconds: float | None
    quarantined: int
    oldest_quarantined_seconds: float | None


@verb(
    "status",
    N_(
        "Where every event is: received = delivered + withheld + held + refused + quarantined + in flight, "
        "for each link and side, every term counted on its own; and what grows old."
        "\n\nExits with 1 where an equation does not add up."
    ),
    examples=("ecluse status", "ecluse status --output json | jq .balanced"),
)
@link_option()
@output_option()
@click.pass_obj
def command(folder: Path, link: str | None, output: str) -> int:
    now = time.time()
    with opened(folder) as place:
        links = [place.link(link)] if link else list(place.links.values())
        flows = [flow for one in links for flow in _flows(one, now)]
        waiting = [_waiting(one, now) for one in links]
        ruled = {one.policy.link: _ruled(one, now) for one in links}
    balanced = all(flow.balance.imbalance == 0 for flow in flows)
    if output == "json":
        answer_json("status", document(flows, waiting, ruled))
    else:
        show(flows, ruled)
        _show_waiting(waiting)
        answer(verdict(flows))
        if any(one.quarantined for one in waiting):
            suggest("ecluse quarantine ls")
        elif any(one.proposals for one in waiting):
            suggest("ecluse appointments ls")
    return 0 if balanced else 1


def _ruled(link: Link, now: float) -> Ruled:
    exceptions = exceptions_on(link.policy.source, datetime.fromtimestamp(now, UTC).date())
    return Ruled(compared(link.policy, link.database), link.policy.revision, tuple(exceptions))


def _flows(link: Link, now: float) -> list[Flow]:
    with link.unit() as unit:
        at = (unit.conn, unit.tenant, unit.link)
        found = []
        for side in Side:
            undecided = glances.undecided(*at, side)
            leaving = outbox.backlog(*at, side)
            oldest = min((moment for moment in (undecided.oldest, leaving.oldest) if moment is not None), default=None)
            found.append(
                Flow(
                    unit.link,
                    side,
                    conservation.balance(*at, side),
                    undecided.size,
                    leaving.pending + leaving.started,
                    now - oldest / SECONDS if oldest is not None else None,
                )
            )
    return found


def _waiting(link: Link, now: float) -> Waiting:
    with link.unit() as unit:
        at = (unit.conn, unit.keys, unit.tenant, unit.link)
        proposed = proposals.listing(*at, state=ProposalState.PROPOSED, limit=MOST)
        parked = quarantine.listing(unit.conn, unit.tenant, unit.link, limit=MOST)
    deadline = min((one.deadline for one in proposed), default=None)
    oldest = min((one.parked_at for one in parked), default=None)
    return Waiting(
        unit.link,
        len(proposed),
        deadline / SECONDS - now if deadline is not None else None,
        len(parked),
        now - oldest / SECONDS if oldest is not None else None,
    )


def equation(balance: Balance) -> str:
    """`626 = 600 delivered + 20 withheld + …`: terms that are nothing are left out."""
    terms = [(name, getattr(balance, name)) for name in Balance._fields if name != "received"]
    parts = [counted(name, count) for name, count in terms if count]
    return counted("received", balance.received) + " = " + (" + ".join(parts) or "0")


def show(flows: list[Flow], ruled: Mapping[str, Ruled]) -> None:
    """Both sides of each link, one equation a line, under the revision in force."""
    for name in dict.fromkeys(flow.link for flow in flows):
        answer(paint(_("Link {name}", name=name), "bold"))
        show_revision(name, ruled[name].compared, ruled[name].revision)
        _show_exceptions(ruled[name].exceptions)
        mine = [flow for flow in flows if flow.link == name]
        for flow in mine:
            for at, part in enumerate(wrapped(equation(flow.balance), WIDTH)):
                answer(f"  {_(FLOWS[flow.side]) if at == 0 else '':<{COLUMN}} {part}")
        for flow in mine:
            if flow.oldest_seconds is not None:
                text = _(
                    "{flow}: {undecided} to decide, {outgoing} on their way, the oldest for {age}",
                    flow=_(FLOWS[flow.side]), undecided=number(flow.undecided), outgoing=number(flow.outgoing),
                    age=ago(flow.oldest_seconds),
                )  # fmt: skip
                answer("  " + paint(text, "yellow"))


def _show_exceptions(exceptions: tuple[PersonalException, ...]) -> None:
    if exceptions:
        count, first = len(exceptions), min(one.until for one in exceptions)
        text = ngettext(
            "{n} personal exception, until {day}", "{n} personal exceptions, the first until {day}", count, day=first
        )
        answer("  " + paint(text, "yellow"))


def _show_waiting(waiting: list[Waiting]) -> None:
    for one in waiting:
        if one.proposals:
            due = ago(one.next_deadline_seconds or 0)
            text = _("{count} wait for a manager, the next deadline in {time}", count=number(one.proposals), time=due)
            answer("  " + text)
        if one.quarantined:
            age = ago(one.oldest_quarantined_seconds or 0)
            answer("  " + _("{count} in quarantine, the oldest for {time}", count=number(one.quarantined), time=age))


def verdict(flows: list[Flow]) -> str:
    """The last line: whether anything is lost."""
    wrong = sum(abs(flow.balance.imbalance) for flow in flows)
    if wrong:
        return paint(_("It does not add up: {count} events are unaccounted for.", count=number(wrong)), "bold red")
    return paint(_("It adds up: nothing lost, nothing twice."), "bold green")


def document(flows: list[Flow], waiting: list[Waiting], ruled: Mapping[str, Ruled]) -> dict[str, Any]:
    return {
        "links": [
            {
                "link": one.link,
                "revision": as_json(ruled[one.link].compared, ruled[one.link].revision),
                "exceptions": [held.model_dump(mode="json") for held in ruled[one.link].exceptions],
                "flows": [
                    {
                        "side": flow.side.value,
                        **flow.balance._asdict(),
                        "imbalance": flow.balance.imbalance,
                        "undecided": flow.undecided,
                        "outgoing": flow.outgoing,
                        "oldest_seconds": flow.oldest_seconds,
                    }
                    for flow in flows
                    if flow.link == one.link
                ],
                **{key: value for key, value in one._asdict().items() if key != "link"},
            }
            for one in waiting
        ],
        "balanced": all(flow.balance.imbalance == 0 for flow in flows),
    }
