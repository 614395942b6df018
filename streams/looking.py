"""Reads what is due and what the last look has to know: one read for a batch."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from mapping.policy import Policy
from mapping.words import CommandKind, Object, Side
from store import glances, ledger, outbox
from store.glances import Cause
from store.outbox import Due
from streams.lastlook import Facts, Go, Pending, Skip, look
from streams.settle import digest
from streams.unit import Unit

_PROSPECT = frozenset({CommandKind.UPSERT_PROSPECT, CommandKind.RECALL_PROSPECT})


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
        facts = _facts(unit, policy, today, [due for due in found if not due.unreadable])
        verdicts = [look(_pending(unit, due, causes.get(due.seq)), facts) for due in found]
    else:
        verdicts = [Go()] * len(found)
    return [Looked(due, causes.get(due.seq), verdict) for due, verdict in zip(found, verdicts, strict=True)]


def _facts(unit: Unit, policy: Policy, today: date, found: Sequence[Due]) -> Facts:
    at = (unit.conn, unit.tenant, unit.link)
    records = sorted({due.command.record for due in found})
    contacts = [name.partition("/")[2] for name in records]
    known = glances.known(*at, Object.CONTACT, contacts)
    held = ledger.disclosed(*at, records)
    heads = {due.command.record: due.seq for due in found}
    behind = {
        record: {command.kind for command in lane if command.seq > heads[record]}
        for record, lane in glances.lanes(*at, Side.CRM, records).items()
    }
    return Facts(
        held={record: one.digest for record, one in held.items()},
        newer={record for record, kinds in behind.items() if kinds & _PROSPECT},
        gone={f"{Object.CONTACT.value}/{key}" for key in contacts if key not in known},
        closed_campaigns={campaign.name for campaign in policy.perimeter.split(today)[1]},
        revision=policy.revision,
        last=ledger.last_seqs(*at, records),
        recalled={record for record, kinds in behind.items() if CommandKind.RECALL_PROSPECT in kinds},
    )


def _pending(unit: Unit, due: Due, cause: Cause | None) -> Pending:
    command = due.command
    upsert = command.kind is CommandKind.UPSERT_PROSPECT
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
