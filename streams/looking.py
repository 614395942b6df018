"""Reads what is due and what the last look has to know: one read for a batch."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from mapping.policy import Policy
from mapping.words import CommandKind, Object, Origin, Side
from store import glances, ledger, outbox
from store.glances import Cause, Waiting
from store.outbox import Due
from streams.lastlook import Facts, Go, Pending, Skip, look
from streams.settle import digest
from streams.unit import Unit

_UPSERT, _RECALL = CommandKind.UPSERT_PROSPECT, CommandKind.RECALL_PROSPECT


class Looked(NamedTuple):
    """A command that is due, and what the last look says of it."""

    due: Due
    cause: Cause | None
    verdict: Go | Skip


def look_at_due(unit: Unit, side: Side, policy: Policy, today: date, limit: int) -> list[Looked]:
    """What may leave now, in the order of the log; commands that cannot be opened are among it."""
    found = outbox.due(unit.conn, unit.keys, unit.tenant, unit.link, side, limit)
    if not found:
        return []
    seqs = [due.seq for due in found]
    causes = glances.causes(unit.conn, unit.tenant, unit.link, side, seqs)
    verdicts: Sequence[Go | Skip]
    if side is Side.CRM:
        facts = _facts(unit, policy, today, [(due, causes.get(due.seq)) for due in found])
        verdicts = [look(_pending(unit, due, causes.get(due.seq)), facts) for due in found]
    else:
        verdicts = [Go()] * len(found)
    return [Looked(due, causes.get(due.seq), verdict) for due, verdict in zip(found, verdicts, strict=True)]


def _facts(unit: Unit, policy: Policy, today: date, found: Sequence[tuple[Due, Cause | None]]) -> Facts:
    at = (unit.conn, unit.tenant, unit.link)
    records = sorted({due.command.record for due, _ in found})
    contacts = [name.partition("/")[2] for name in records]
    known = glances.known(*at, Object.CONTACT, contacts)
    held = ledger.disclosed(*at, records)
    lanes = glances.lanes(*at, Side.CRM, records)
    behind = {
        due.command.record: [one for one in lanes.get(due.command.record, ()) if one.seq > due.seq] for due, _ in found
    }
    rings = {due.command.record for due, cause in found if cause is not None and cause.origin is Origin.LIVE}
    return Facts(
        held={record: one.digest for record, one in held.items()},
        newer={record for record, lane in behind.items() if _overtaking(lane, rings=record in rings)},
        gone={f"{Object.CONTACT.value}/{key}" for key in contacts if key not in known},
        closed_campaigns={campaign.name for campaign in policy.perimeter.split(today)[1]},
        revision=policy.revision,
        last=ledger.last_seqs(*at, records),
        recalled={record for record, lane in behind.items() if any(one.kind is _RECALL for one in lane)},
    )


def _overtaking(lane: Sequence[Waiting], *, rings: bool) -> bool:
    """Whether a command of this lane makes the one before it needless: a replay rings nobody, so it cannot stand in."""
    return any(
        one.kind is _RECALL or (one.kind is _UPSERT and (one.origin is Origin.LIVE or not rings)) for one in lane
    )


def _pending(unit: Unit, due: Due, cause: Cause | None) -> Pending:
    command = due.command
    upsert = command.kind is _UPSERT
    return Pending(
        kind=command.kind,
        record=command.record,
        campaign=str(command.body.get("campaign", "")),
        digest=digest(unit, command.body) if upsert else b"",
        revision=cause.revision if cause is not None else "",
        in_doubt=due.in_doubt,
        seq=due.seq,
        attempts=due.attempts,
    )
