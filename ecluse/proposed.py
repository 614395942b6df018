"""What a link file would change if it were applied, as people and machines are told it."""

from typing import Any, NamedTuple

from ecluse.changes import EVERYBODY, Change, What, changes, needs_restart
from ecluse.i18n import N_, _
from ecluse.links import Read
from ecluse.rulings import compiled
from ecluse.standing import compared
from ecluse.terminal import answer, paint
from mapping.policy import Policy
from store.database import Database
from store.register import Live
from streams.rollout import Unfit

WORDS = {
    What.FIELD_SHOWN: ("green", N_("{who} sees {subject} ({after})")),
    What.FIELD_HIDDEN: ("red", N_("{who} sees {subject} no longer ({before})")),
    What.FIELD_CHANGED: ("yellow", N_("{subject} is made otherwise: {before} -> {after}")),
    What.GRANT_GIVEN: ("green", N_("{who} may write: {subject}")),
    What.GRANT_TAKEN: ("red", N_("{who} may write no longer: {subject}")),
    What.PROFILE_ADDED: ("green", N_("profile {subject} comes in, perimeter {after}")),
    What.PROFILE_REMOVED: ("red", N_("profile {subject} goes: it sees nothing any more")),
    What.REACH_CHANGED: ("yellow", N_("perimeter of {who}: {before} -> {after}")),
    What.CAMPAIGN_ADDED: ("green", N_("campaign {subject} comes in: {after}")),
    What.CAMPAIGN_REMOVED: ("red", N_("campaign {subject} goes: {before}")),
    What.CAMPAIGN_CHANGED: ("yellow", N_("campaign {subject}: {before} -> {after}")),
    What.LABEL_CHANGED: ("yellow", N_("label of {subject}: {before} -> {after}")),
    What.SYSTEM_CHANGED: ("yellow", N_("{subject}: {before} -> {after}")),
    What.PART_CHANGED: ("yellow", N_("changed as well: {subject}")),
}
SIGNS = {"green": "+", "red": "-", "yellow": "~"}


class Proposed(NamedTuple):
    """A link file, and what it would change."""

    read: Read
    policy: Policy
    live: Live | None
    #: None where the revision in force cannot be read by this version.
    changes: list[Change] | None
    restart: bool

    @property
    def is_new(self) -> bool:
        return self.live is None or self.live.revision != self.policy.revision


def propose(reading: Read, policy: Policy, database: Database | None) -> Proposed:
    """Put a link file beside the revision in force; without a database there is none."""
    live = compared(policy, database).live if database is not None else None
    if live is None:
        return Proposed(reading, policy, None, changes(None, policy), restart=False)
    try:
        before = compiled(live)
    except Unfit:
        return Proposed(reading, policy, live, None, restart=False)
    return Proposed(reading, policy, live, changes(before, policy), needs_restart(before, policy))


def show(one: Proposed) -> None:
    """One line for the revision, one for who decided it, one for each change."""
    policy, said = one.policy, one.policy.source.revision
    if not one.is_new:
        answer(_("{link}: revision {revision} is in force already.", link=policy.link, revision=policy.revision))
        return
    before = one.live.revision if one.live else "–"
    answer(paint(f"{policy.link}: {before} -> {policy.revision}", "bold"))
    answer(f"  {said.reason} · {said.date} · {said.decided_by}")
    if one.changes is None:
        answer("  " + _("The revision in force cannot be read by this version, so what changes cannot be told."))
    elif not one.changes:
        answer("  " + _("Nothing but its reason, date or decider."))
    for change in one.changes or ():
        colour = WORDS[change.what][0]
        answer(f"  {paint(SIGNS[colour], colour)} {sentence(change)}")


def sentence(change: Change) -> str:
    """One difference in words."""
    who = _("everybody") if change.profile == EVERYBODY else change.profile
    words = {**change._asdict(), "who": who}
    words |= {end: words[end] or "–" for end in ("before", "after")}
    return _(WORDS[change.what][1]).format(**words)


def sentences(one: Proposed) -> list[tuple[str, str]]:
    """Each difference with its sign."""
    return [sign_and_sentence(change) for change in one.changes or ()]


def sign_and_sentence(change: Change) -> tuple[str, str]:
    return SIGNS[WORDS[change.what][0]], sentence(change)


def document(one: Proposed, *, done: bool) -> dict[str, Any]:
    """The same for machines."""
    said = one.policy.source.revision
    return {
        "link": one.policy.link,
        "file": one.read.name,
        "revision": one.policy.revision,
        "before": one.live.revision if one.live else None,
        "reason": said.reason,
        "date": said.date,
        "decided_by": said.decided_by,
        "changes": [change._asdict() for change in one.changes] if one.changes is not None else None,
        "restart": one.restart,
        "applied": done and one.is_new,
    }
