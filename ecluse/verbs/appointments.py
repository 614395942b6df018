"""`ecluse appointments`: what waits for a manager, and the manager's word on it."""

import time
from pathlib import Path

import click

from ecluse import manager
from ecluse.command import Failure, VerbGroup, argument, link_option, option, output_option, verb
from ecluse.i18n import N_, _, ngettext
from ecluse.sentences import sentence
from ecluse.terminal import answer, answer_json, note, paint, suggest, table
from ecluse.wiring import opened
from ecluse.words import ago, when
from mapping.words import Verdict
from store import proposals
from store.proposals import Proposal, ProposalKind, ProposalState

SECONDS = 1_000_000
STATES = {
    ProposalState.PROPOSED: N_("waits"),
    ProposalState.VALIDATED: N_("validated"),
    ProposalState.REJECTED: N_("rejected"),
    ProposalState.EXPIRED: N_("expired"),
    ProposalState.WRITTEN: N_("in the CRM"),
    ProposalState.REFUSED: N_("refused by the CRM"),
}
KINDS = {ProposalKind.APPOINTMENT: N_("appointment"), ProposalKind.LEAD_STATUS: N_("lead status")}

command = VerbGroup(
    "appointments", help=N_("What telemarketers propose and a manager decides: appointments, lead statuses.")
)


@verb(
    "ls",
    N_("List what waits for a manager, the nearest deadline first."),
    examples=(
        "ecluse appointments ls",
        "ecluse appointments ls --state written",
        "ecluse appointments ls --output json",
    ),
)
@option(
    "--state",
    type=click.Choice([state.value for state in ProposalState]),
    default="proposed",
    show_default=True,
    help=N_("Only those in this state."),
)
@option("--limit", default=50, show_default=True, metavar="N", help=N_("How many at most."))
@link_option()
@output_option()
@click.pass_obj
def ls(folder: Path, state: str, limit: int, link: str | None, output: str) -> int:
    with opened(folder) as place:
        at = place.link(link)
        with at.unit() as unit:
            found = proposals.listing(
                unit.conn, unit.keys, unit.tenant, unit.link, state=ProposalState(state), limit=limit + 1
            )
    shown, more = found[:limit], len(found) > limit
    if output == "json":
        answer_json(
            "appointments", {"link": at.policy.link, "proposals": [_as_json(one) for one in shown], "more": more}
        )
        return 0
    if not shown:
        answer(_("Nothing is in this state: {state}.", state=_(STATES[ProposalState(state)])))
        return 0
    now = time.time()
    waits = state == ProposalState.PROPOSED.value
    rows = [
        (one.id, _(KINDS[one.kind]), one.record, _what(one), one.proposed_by,
         ago(one.deadline / SECONDS - now) if waits else one.decided_by or "–")
        for one in shown
    ]  # fmt: skip
    last = _("decide within") if waits else _("decided by")
    table(rows, (_("id"), _("kind"), _("record"), _("what"), _("proposed by"), last))
    answer(ngettext("{n} shown.", "{n} shown.", len(shown))
           + (" " + _("There are more.") if more else ""))  # fmt: skip
    if waits:
        suggest(f"ecluse appointments validate {shown[0].id} --by …")
    return 0


@verb(
    "validate",
    N_("Say yes: it is written into the CRM, with both names on it."),
    examples=("ecluse appointments validate rdv-204 --by ml-01",),
)
@argument("ids", metavar="ID...", nargs=-1, required=True)
@option("--by", required=True, metavar=N_("PERSON"), help=N_("The manager, by their id among the link's people."))
@link_option()
@option("--wait", default=5.0, show_default=True, metavar=N_("SECONDS"), help=N_("How long to wait for the decision."))
@click.pass_obj
def validate(folder: Path, ids: tuple[str, ...], by: str, link: str | None, wait: float) -> int:
    return _decide(folder, ids, by, link, wait, validated=True)


@verb(
    "reject",
    N_("Say no: nothing is written, and who proposed it can see why."),
    examples=('ecluse appointments reject rdv-204 --by ml-01 --reason "hors cible"',),
)
@argument("ids", metavar="ID...", nargs=-1, required=True)
@option("--by", required=True, metavar=N_("PERSON"), help=N_("The manager, by their id among the link's people."))
@option("--reason", default="", metavar=N_("TEXT"), help=N_("Why, for who proposed it."))
@link_option()
@option("--wait", default=5.0, show_default=True, metavar=N_("SECONDS"), help=N_("How long to wait for the decision."))
@click.pass_obj
def reject(folder: Path, ids: tuple[str, ...], by: str, reason: str, link: str | None, wait: float) -> int:
    return _decide(folder, ids, by, link, wait, validated=False, reason=reason)


for part in (ls, validate, reject):
    command.add_command(part)


def _decide(
    folder: Path, ids: tuple[str, ...], by: str, link: str | None, wait: float, *, validated: bool, reason: str = ""
) -> int:
    failed = 0
    with opened(folder) as place:
        at = place.link(link)
        with at.unit() as unit:
            found = proposals.find(unit.conn, unit.keys, unit.tenant, unit.link, ids)
        for name in ids:
            if name not in found:
                raise Failure(_("there is no proposal {name}.", name=name))
        said = [(found[name], manager.say(at, found[name], by, validated=validated, reason=reason)) for name in ids]
        for proposal, event in said:
            kept = manager.outcome(at, event, wait)
            if kept is None:
                answer(_("{name}: on disk; it is decided when `ecluse run` runs.", name=proposal.id))
            elif kept.decision.verdict in (Verdict.REFUSE, Verdict.QUARANTINE):
                failed += 1
                why = sentence(kept.decision.reason)
                answer(paint(_("{name}: refused, {why}.", name=proposal.id, why=why), "bold red"))
            else:
                done = _("validated by {who}") if validated else _("rejected by {who}")
                answer(paint(f"{proposal.id}: " + done.format(who=by), "bold green"))
    note()
    suggest("ecluse appointments ls", "ecluse status")
    return 1 if failed else 0


def _what(one: Proposal) -> str:
    """What a manager has to know to decide: when and where, or which status. Notes stay in the CRM and the dialer."""
    if one.command is None:
        return "–"
    body = one.command.body
    if one.kind is ProposalKind.LEAD_STATUS:
        return str(body.get("status", "–"))
    start = str(body.get("start", "")).replace("T", " ")[:16]
    return " · ".join(part for part in (start, str(body.get("place", ""))) if part) or "–"


def _as_json(one: Proposal) -> dict[str, object]:
    body = one.command.body if one.command else {}
    return {
        "id": one.id, "kind": one.kind.value, "record": one.record, "state": one.state.value,
        "start": body.get("start"), "end": body.get("end"), "place": body.get("place"), "status": body.get("status"),
        "proposed_by": one.proposed_by, "created_at": when(one.created_at, machine=True),
        "deadline": when(one.deadline, machine=True), "decided_by": one.decided_by or None,
        "decided_at": when(one.decided_at, machine=True) or None,
    }  # fmt: skip
