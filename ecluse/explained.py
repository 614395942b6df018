"""What `ecluse explain` says, on a terminal and for machines."""

from collections.abc import Callable
from typing import Any, NamedTuple

from ecluse import why
from ecluse.i18n import N_, _
from ecluse.sentences import VERDICTS, sentence
from ecluse.terminal import answer, paint, table, wrapped
from ecluse.words import when, yes_no
from mapping.place import Place
from mapping.policy import Policy
from mapping.words import Side
from store.decisions import Kept

STEP_TITLES = {
    "named": N_("named in fields?"),
    "label": N_("label"),
    "profile": N_("profile -> role"),
    "clearance": N_("cleared for it?"),
    "perimeter": N_("in the perimeter?"),
}


COLUMN, WIDTH = 10, 64


class Step(NamedTuple):
    """One rule that was tried: what it says, and where it stands."""

    name: str
    lines: list[str]
    place: str


class Told(NamedTuple):
    """What was found out about a record, an event, or one field."""

    record: str
    decisions: tuple[Kept, ...]
    fields: tuple[why.Why, ...]
    #: One field was asked for: its rules are shown one by one.
    single: bool


def show(told: Told, policy: Policy, marks: Place) -> None:
    if told.single:
        _field(told.fields[0], policy, marks, told.record)
    decisions = told.decisions
    if told.single:
        decisions = tuple(kept for kept in decisions if kept.side is Side.CRM)[:1]
    _decisions(told.record, decisions)
    if not told.single and told.fields:
        _table(told.fields)
    _approval(policy)


def document(told: Told, policy: Policy) -> dict[str, Any]:
    return {
        "record": told.record,
        "decisions": [_kept(kept) for kept in told.decisions],
        "fields": [_why(one) for one in told.fields],
        **_approved(policy),
    }


def _field(one: why.Why, policy: Policy, marks: Place, record: str) -> None:
    field = f"{one.object}.{one.field}"
    if one.sent:
        answer(paint(_("{field} GOES OUT to {profiles}", field=field, profiles=", ".join(one.receivers)), "bold green"))
    else:
        answer(paint(_("{field} DOES NOT GO OUT", field=field), "bold red"))
    answer(paint(record, "dim"))
    answer()
    for number, step in enumerate(_steps(one, policy, marks), 1):
        mark = paint(">", "bold") if step.name == one.decides else " "
        decides = "  " + paint(_("decides"), "bold") if step.name == one.decides else ""
        place = "  " + paint(step.place, "dim") if step.place else ""
        answer(f"{mark} {number} {_(STEP_TITLES[step.name]):<20} {step.lines[0]}{place}{decides}")
        for line in step.lines[1:]:
            answer(f"    {'':<20} {line}")
    answer()


def _steps(one: why.Why, policy: Policy, marks: Place) -> list[Step]:
    """The rules in the order in which they are tried; where several profiles are concerned, one line for each."""
    line = next((at for at, held in enumerate(policy.fields) if held.source == f"{one.object}.{one.field}"), None)
    named = _line(marks, "fields", line, "from") if line is not None else ""
    found = one.candidates
    width = max((len(candidate.profile) for candidate in found), default=0)

    def each(say: Callable[[why.Candidate], str]) -> list[str]:
        return [f"{candidate.profile:<{width}}  {say(candidate)}" for candidate in found] or ["–"]

    def cleared(candidate: why.Candidate) -> str:
        labels = ", ".join(candidate.cleared_for) or _("nothing")
        part = f", {candidate.mask}" if candidate.mask else ""
        return f"{yes_no(candidate.cleared)}{part} ({one.object}: {labels})"

    steps = [
        Step("named", [", ".join(one.named) or _("no")], named),
        Step("label", [one.label or _("none: it never leaves")], _line(marks, "labels", one.object, one.field)),
        Step("profile", each(lambda candidate: candidate.role), _line(marks, "profiles")),
        Step("clearance", each(cleared), _line(marks, "roles")),
    ]
    if any(candidate.opens is not None for candidate in found):
        campaign = f", {one.campaign}" if one.campaign else ""
        opened = each(lambda candidate: f"{yes_no(candidate.opens)} ({candidate.reach}{campaign})")
        steps.append(Step("perimeter", opened, _line(marks, "perimeter")))
    return steps


def _line(marks: Place, *path: str | int | None) -> str:
    steps = [step for step in path if step is not None]
    places = list(marks.walk(steps))
    if len(places) <= len(steps):
        return ""
    word = places[-1].word
    return f"{word.file}:{word.line}" if word.line else ""


def _decisions(record: str, shown: tuple[Kept, ...]) -> None:
    if not shown:
        answer(_("{record}: no event of it was decided yet.", record=record))
        return
    answer(paint(_("Decisions about {record}, newest first:", record=record), "bold"))
    for kept in shown:
        made = kept.decision
        end = kept.end_reason or made.reason.value
        verdict = _(VERDICTS[made.verdict])
        answer(f"  {when(kept.decided_at)}  " + _("{what}: {detail}", what=paint(verdict, "bold"), detail=end))
        answer(f"    {sentence(end)}")
        details = [_("event {event}", event=made.event), _("revision {revision}", revision=made.revision)]
        if made.profile:
            details.append(_("for {profile}", profile=made.profile.replace("+", ", ")))
        if kept.attempt > 1:
            details.append(_("attempt {number}", number=kept.attempt))
        answer("    " + paint(" · ".join(details), "dim"))
        for title, pointers in ((_("sent"), made.sent), (_("masked"), made.masked), (_("stripped"), made.stripped)):
            for at, part in enumerate(wrapped(" ".join(pointers), WIDTH) if pointers else ()):
                answer(f"    {title if at == 0 else '':<{COLUMN}} {part}")
    answer()


def _table(explained: tuple[why.Why, ...]) -> None:
    profiles = [candidate.profile for candidate in explained[0].candidates]
    rows = []
    for one in explained:
        gets = [yes_no(profile in one.receivers) for profile in profiles]
        rows.append((f"{one.object}.{one.field}", one.label or "–", ", ".join(one.named) or "–", *gets))
    answer(paint(_("Its fields, under the link as it stands now:"), "bold"))
    table(rows, (_("field"), _("label"), _("goes out as"), *profiles), indent=2)
    answer()


def _approval(policy: Policy) -> None:
    said = policy.source.revision
    answer(
        _(
            'Revision {revision} of {date}, decided by {who}: "{reason}".',
            revision=policy.revision,
            date=said.date.isoformat(),
            who=said.decided_by,
            reason=said.reason,
        )
    )
    answer(_("No value was read or shown."))


def _approved(policy: Policy) -> dict[str, Any]:
    said = policy.source.revision
    return {
        "revision": {
            "id": policy.revision, "date": said.date.isoformat(), "decided_by": said.decided_by, "reason": said.reason
        }
    }  # fmt: skip


def _kept(kept: Kept) -> dict[str, Any]:
    made = {key: value for key, value in kept.decision.as_dict().items() if key != "command"}
    return {**made, "at": when(kept.decided_at, machine=True), "state": kept.state, "end_reason": kept.end_reason,
            "attempt": kept.attempt}  # fmt: skip


def _why(one: why.Why) -> dict[str, Any]:
    return {
        "field": f"{one.object}.{one.field}",
        "named": list(one.named),
        "label": one.label,
        "receivers": list(one.receivers),
        "decides": one.decides or None,
        "profiles": [candidate._asdict() for candidate in one.candidates],
    }
