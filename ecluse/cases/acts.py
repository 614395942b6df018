"""Whether a profile may write: tried by a phoning event of each kind, said by somebody of that profile."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import orjson

from ecluse.cases.probe import OWNER, Probe, probes
from mapping.decisions import Command
from mapping.perimeter import Person
from mapping.policy import Policy
from mapping.words import CommandKind, EventType, Grant, Verdict
from streams.facts import Facts, PersonFact, ProposalFact, RecordFact
from streams.inbound import Inbound

RECORD = "contact/probe"
SPEAKER = "probe-speaker"
_START = "2030-01-01T10:00:00+01:00"
#: What waits to be decided, by the block that names it.
_WAITING = {
    "status": Command(CommandKind.SET_STATUS, RECORD, {"id": "p", "status": "x", "author": {}}),
    "appointment": Command(CommandKind.BOOK_APPOINTMENT, RECORD, {"id": "p", "start": _START, "author": {}}),
}
_SAYS: Mapping[Grant, tuple[EventType, str, Mapping[str, Any]]] = {
    Grant.CALL_RESULT: (EventType.CALL_ENDED, "call", {"disposition": "?"}),
    Grant.COMMENT: (EventType.COMMENT_ADDED, "comment", {"text": "x"}),
    Grant.NEXT_ACTION: (EventType.ACTION_PLANNED, "next_action", {"kind": "call"}),
    Grant.PROPOSE_LEAD_STATUS: (EventType.STATUS_PROPOSED, "status", {"id": "q", "value": "?"}),
    Grant.PROPOSE_APPOINTMENT: (EventType.APPOINTMENT_PROPOSED, "appointment", {"id": "q", "start": _START}),
    Grant.SET_LEAD_STATUS: (EventType.STATUS_VALIDATED, "status", {"id": "p"}),
    Grant.VALIDATE_APPOINTMENT: (EventType.APPOINTMENT_VALIDATED, "appointment", {"id": "p"}),
}


def acts(policy: Policy) -> dict[str, Callable[[str], bool]]:
    """Every grant, and whether a profile has it. Those that no event stands for are read from the link."""
    return {grant.value: partial(_may, policy, grant) for grant in Grant}


def _may(policy: Policy, grant: Grant, profile: str) -> bool:
    if grant not in _SAYS or (grant is Grant.CALL_RESULT and not policy.dispositions):
        return grant in policy.profiles[profile].grants
    return any(_tried(policy, grant, profile, probe) for probe in probes(policy))


def _tried(policy: Policy, grant: Grant, profile: str, probe: Probe) -> bool:
    kind, block, said = _SAYS[grant]
    event = {
        "specversion": "1.0", "id": "probe", "source": f"cases/{policy.link}", "type": kind.value, "subject": "call",
        "time": probe.now.isoformat(), "tenant": policy.tenant, "origin": "live",
        "data": {"prospect": {"id": RECORD}, "agent": {"id": SPEAKER}, block: {**said, **_words(policy, grant)}},
    }  # fmt: skip
    (decision,) = Inbound(policy).decide([orjson.dumps(event)], _facts(policy, profile, probe, block), probe.now)
    return decision.verdict in (Verdict.WRITE, Verdict.HOLD)


def _words(policy: Policy, grant: Grant) -> dict[str, str]:
    """A word of the link, where only one of its own is taken."""
    if grant is Grant.CALL_RESULT:
        return {"disposition": next(iter(policy.dispositions))}
    return {"value": next(iter(policy.statuses), "x")} if grant is Grant.PROPOSE_LEAD_STATUS else {}


def _facts(policy: Policy, profile: str, probe: Probe, block: str) -> Facts:
    """Somebody of the profile whose own the probe is, in every way."""
    place = policy.perimeter.place(probe.data, probe.now.date())
    speaker = Person(SPEAKER, profile, place.team, place.territory, (place.campaign,), OWNER["id"])
    waiting = {"p": ProposalFact(RECORD, True, _WAITING[block])} if block in _WAITING else {}  # noqa: FBT003 - a fact
    return Facts({RECORD: RecordFact(probe.data)}, {SPEAKER: PersonFact(speaker)}, waiting)
