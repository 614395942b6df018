"""A manager's word on a proposal, from the command line: an event like any other, decided by the same core."""

import time
import uuid
from datetime import UTC, datetime
from functools import partial
from typing import Any

import orjson
from sqlalchemy import Connection

from ecluse.wiring import Link
from mapping.words import EventType, Origin, Side
from store import decisions, events
from store.decisions import Kept
from store.events import NewEvent
from store.proposals import Proposal, ProposalKind

WORDS = {
    (ProposalKind.APPOINTMENT, True): EventType.APPOINTMENT_VALIDATED,
    (ProposalKind.APPOINTMENT, False): EventType.APPOINTMENT_REJECTED,
    (ProposalKind.LEAD_STATUS, True): EventType.STATUS_VALIDATED,
    (ProposalKind.LEAD_STATUS, False): EventType.STATUS_REJECTED,
}
BLOCKS = {ProposalKind.APPOINTMENT: "appointment", ProposalKind.LEAD_STATUS: "status"}
STEP_SECONDS = 0.1


def say(link: Link, proposal: Proposal, by: str, *, validated: bool, reason: str = "") -> str:
    """Log the manager's word; the event's id. Returns once it is on disk."""
    event = word(link, proposal.id, proposal.kind, proposal.record, by, validated=validated, reason=reason)
    new = NewEvent(event["id"], Side.DIALER, event["type"], proposal.record, Origin.LIVE, orjson.dumps(event))
    link.database.writer.write_now(partial(_log, link, new))
    return str(event["id"])


def word(
    link: Link, proposal: str, kind: ProposalKind, record: str, by: str, *, validated: bool, reason: str = ""
) -> dict[str, Any]:
    """The event that says so."""
    block = {"id": proposal, **({"reason": reason} if reason else {})}
    return {
        "specversion": "1.0",
        "id": f"manager-{uuid.uuid4().hex}",
        "source": f"dialer/command-line/{link.policy.link}",
        "type": WORDS[kind, validated].value,
        "subject": record,
        "time": datetime.now(UTC).isoformat(),
        "tenant": link.policy.tenant,
        "origin": Origin.LIVE.value,
        "data": {"prospect": {"id": record}, "agent": {"id": by}, BLOCKS[kind]: block},
    }


def outcome(link: Link, event: str, seconds: float) -> Kept | None:
    """What was decided of it, if a runtime decides it within that time."""
    until = time.monotonic() + seconds
    while True:
        with link.unit() as unit:
            kept = decisions.of_event(unit.conn, unit.tenant, unit.link, event)
        if kept is not None or time.monotonic() >= until:
            return kept
        time.sleep(STEP_SECONDS)


def _log(link: Link, new: NewEvent, conn: Connection) -> None:
    events.append(conn, link.database.keys, link.policy.tenant, link.policy.link, [new])
