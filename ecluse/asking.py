"""Requests, as people and machines are told them: what they take, where they stand, who signed."""

import time
from datetime import UTC
from typing import Any

from ecluse import tracks
from ecluse.approval import Weighed
from ecluse.i18n import N_, _, number
from ecluse.terminal import answer, paint, suggest, table
from ecluse.tracks import Stage, State
from ecluse.words import when
from store.requests import Act, Request, Signature, Track

STAGES = {
    Stage.DRAFT: N_("draft"),
    Stage.EXPERT: N_("business expert"),
    Stage.LEGAL: N_("brand and legal"),
    Stage.QA: N_("QA"),
    Stage.READY: N_("ready to publish"),
    Stage.PUBLISHED: N_("published and measured"),
}
STATES = {
    State.WAITING: N_("waits"),
    State.PUBLISHED: N_("in force or was"),
    State.REJECTED: N_("rejected"),
    State.OVERTAKEN: N_("overtaken: another revision came into force meanwhile"),
}
ACTS = {
    Act.PROPOSED: N_("proposed"),
    Act.APPROVED: N_("approved"),
    Act.VOLUME_ACCEPTED: N_("accepted the volume"),
    Act.REJECTED: N_("rejected"),
    Act.PUBLISHED: N_("put in force"),
    Act.EXPORTED: N_("exported"),
}


def missing(request: Request) -> bool:
    """Whether it is not in force."""
    return request.signed(Act.PUBLISHED) is None


def show_weight(weighed: Weighed) -> None:
    """What it takes, where it takes more than one person's word."""
    if weighed.track is Track.REGULATED:
        answer("  " + _("Takes two people: {parts} changed.", parts=", ".join(weighed.parts)))
    found = weighed.found
    if found is not None and found.volume:
        answer(
            "  "
            + _(
                "Takes back {recalls} prospects and newly sends {sends}.",
                recalls=number(len(found.recalled)), sends=number(len(found.enter)),
            )
        )  # fmt: skip
    if weighed.held:
        answer("  " + paint(_("That many wait for somebody's word: --accept-volume."), "yellow"))


def show_waiting(link: str, request: Request) -> None:
    """That it is on record, and what it waits for."""
    lead = _("{link}: request {number} is on record, and not in force.", link=link, number=request.number)
    answer(paint(lead, "bold"))
    waits = tracks.waits_for(request)
    if Act.APPROVED in waits:
        answer("  " + _("It waits for a second person, until {day}.", day=_day(request)))
    volume = request.asked.recalls + request.asked.sends
    more = f" --accept-volume {volume}" if Act.VOLUME_ACCEPTED in waits else ""
    if more:
        answer("  " + _("It waits for somebody to accept that {volume} records change at once.", volume=number(volume)))
    suggest(
        f"ecluse register show {link} --request {request.number}",
        f"ecluse register approve {link} {request.number} --as … --reason …{more}",
    )


def show_request(request: Request, live: int) -> None:
    """The six stages of a request, and who passed each."""
    state = tracks.state(request, live)
    late = state is State.WAITING and time.time() > tracks.answer_by(request).timestamp()
    words = _(STATES[state]) + (", " + _("since {day} overdue", day=_day(request)) if late else "")
    answer(paint(_("request {number}: {state}", number=request.number, state=words), "bold"))
    table([stage_cells(step, request.asked.track) for step in tracks.steps(request)], indent=2)


def stage_cells(step: tracks.Step, track: Track) -> tuple[str, str, str]:
    """Whether it was passed, its name, and by whom."""
    skipped = step.stage is Stage.LEGAL and track is Track.STANDARD
    mark = "–" if skipped else "x" if step.passed else " "
    by = _("not asked for on the standard track") if skipped else signature_words(step.signature)
    return f"[{mark}]", _(STAGES[step.stage]), by


def signature_words(one: Signature | None) -> str:
    if one is None:
        return ""
    figure = f" {number(one.figure)}" if one.act is Act.VOLUME_ACCEPTED else ""
    as_whom = f" ({one.account})" if one.account != one.name else ""
    return f"{_(ACTS[one.act])}{figure} · {one.name}{as_whom} · {when(one.signed_at)} · {one.reason}"


def document(request: Request) -> dict[str, Any]:
    """The same for machines."""
    asked = request.asked
    return {
        "number": request.number, "revision": asked.revision, "track": asked.track.value, "parts": list(asked.parts),
        "stage": tracks.stage(request).value, "waits_for": [act.value for act in tracks.waits_for(request)]
        if missing(request) else [],
        "recalls": asked.recalls, "sends": asked.sends, "answer_by": tracks.answer_by(request).isoformat(),
        "signatures": [
            {**one._asdict(), "act": one.act.value, "signed_at": when(one.signed_at, machine=True)}
            for one in request.signatures
        ],
    }  # fmt: skip


def _day(request: Request) -> str:
    return tracks.answer_by(request).astimezone(UTC).date().isoformat()
