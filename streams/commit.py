"""A batch of decisions, kept: decision, command, proposal, quarantine and read position in one transaction."""

from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple

import orjson
from sqlalchemy import Connection

from mapping.decisions import Command, Decision
from mapping.reasons import RECALLING, Reason
from mapping.words import CommandKind, Side, Verdict
from store import decisions as decision_store
from store import dialect, glances, leases, ledger, outbox, positions, quarantine
from store import proposals as proposal_store
from store.decisions import Alike
from store.events import LoggedEvent
from store.keys import Keyring
from store.outbox import Bodies
from store.proposals import NewProposal, ProposalKind, ProposalState
from store.quarantine import Stage
from streams.ruling import Ruling
from streams.unit import Leased

MICROSECOND = timedelta(microseconds=1)
_GOING = (Verdict.SEND, Verdict.WRITE)
_MORE = (Verdict.HOLD, Verdict.QUARANTINE)
_UPSERT, _RECALL = CommandKind.UPSERT_PROSPECT, CommandKind.RECALL_PROSPECT

Row = tuple[LoggedEvent, Decision]


class Batch(NamedTuple):
    """Events that were read together, and what was decided of each."""

    side: Side
    events: Sequence[LoggedEvent]
    decisions: Sequence[Decision]
    #: What they were decided under, and are kept under.
    ruling: Ruling
    #: Taken from the quarantine: the read position stays where it is.
    replayed: bool = False
    #: How far everything is decided with this batch, where it did not come in the order of the log; 0 where that
    #: is not known. None: up to its last event.
    position: int | None = None
    #: What could be made ready before the writer was asked.
    ready: "Ready | None" = None


class Ready(NamedTuple):
    """A batch in the form in which it is kept, if the database has nothing to say against it."""

    rows: list[Row]
    gathered: Sequence[Alike]
    commands: Bodies
    #: Those that are more than a decision and a command: proposed, decided by somebody, or quarantined.
    more: list[Row]


class Committed(NamedTuple):
    """What was kept, for the counters."""

    decisions: Sequence[Decision]
    commands: int


def made_ready(keys: Keyring, tenant: str, link: str, batch: Batch) -> Batch:
    """Name, sort and seal in the decider's own thread: the writer then has little more to do than to write."""
    return batch._replace(ready=_ready(keys, tenant, link, _named(batch), None))


def _ready(keys: Keyring, tenant: str, link: str, rows: list[Row], conn: Connection | None) -> Ready:
    commands = [
        (event.seq, decision.command)
        for event, decision in rows
        if decision.command is not None and decision.verdict in _GOING
    ]
    gathered = decision_store.gather((event.seq, decision) for event, decision in rows)
    more = [row for row in rows if row[1].proposal or row[1].verdict in _MORE]
    return Ready(rows, gathered, outbox.seal(keys, tenant, link, commands, conn), more)


def commit(unit: Leased, batch: Batch) -> Committed:
    """Keep a batch. Raises Fenced, and then keeps nothing."""
    at = (unit.conn, unit.tenant, unit.link)
    sealed = (unit.conn, unit.keys, unit.tenant, unit.link)
    now = dialect.now(unit.conn)
    ready = batch.ready or _ready(unit.keys, unit.tenant, unit.link, _named(batch), unit.conn)
    rows = _last_word(unit, batch.side, ready)
    if rows is not ready.rows:
        ready = _ready(unit.keys, unit.tenant, unit.link, rows, unit.conn)
    decision_store.keep(*at, batch.side, ready.gathered, now)
    expire_after = batch.ruling.policy.source.appointments.expire_after
    for event, decision in ready.more:
        if decision.verdict is Verdict.HOLD:
            proposal_store.add(*sealed, _proposal(event, decision, expire_after), batch.side)
    outbox.queue(*at, batch.side, ready.commands, now)
    for event, decision in ready.more:
        if decision.verdict is Verdict.QUARANTINE:
            quarantine.add(*sealed, event.seq, Stage.DECIDE, decision.reason, event.body)
        elif decision.proposal and decision.verdict is not Verdict.HOLD:
            _decide(unit, event, decision)
    position = batch.events[-1].seq if batch.position is None else batch.position
    if batch.replayed or not position:
        leases.check(unit.conn, unit.lease)
    else:
        positions.move(*at, batch.side, position, unit.lease, now)
    return Committed([decision for _, decision in rows], len(ready.commands.seqs))


def _last_word(unit: Leased, side: Side, ready: Ready) -> list[Row]:
    """The rows as the database will have them: the same list, where it has nothing to say."""
    if side is not Side.CRM:
        return still_open(unit, ready.rows)
    recalling = any(alike.outcome.verdict == Verdict.WITHHOLD and Reason(alike.outcome.reason) in RECALLING
                    for alike in ready.gathered)  # fmt: skip
    return with_recalls(unit, ready.rows) if recalling else ready.rows


def with_recalls(unit: Leased, rows: list[Row]) -> list[Row]:
    """Turn a withheld event into a recall where the dialer holds the record, or is about to.

    The decision then has a command, and ends as its command ends; its reason stays what it was.
    """
    suspects = {
        decision.record
        for _, decision in rows
        if decision.verdict is Verdict.WITHHOLD and decision.reason in RECALLING and decision.record
    }
    if not suspects:
        return rows
    held = _held(unit, sorted(suspects))
    made: list[Row] = []
    for event, decision in rows:
        kept = decision
        if decision.command is not None and decision.record in suspects:
            held[decision.record] = str(decision.command.body.get("campaign", ""))
        elif decision.verdict is Verdict.WITHHOLD and decision.reason in RECALLING and decision.record in held:
            campaign = held.pop(decision.record)
            body = {"reason": decision.reason.value, "campaign": campaign}
            kept = decision._replace(verdict=Verdict.SEND, command=Command(_RECALL, decision.record, body))
        made.append((event, kept))
    return made


def _held(unit: Leased, records: list[str]) -> dict[str, str]:
    """Records that the dialer holds, or will hold by the time a recall's turn comes; with their campaign."""
    held = {name: one.campaign for name, one in ledger.disclosed(unit.conn, unit.tenant, unit.link, records).items()}
    for record, lane in glances.lanes(unit.conn, unit.tenant, unit.link, Side.CRM, records).items():
        if lane[-1].kind is _UPSERT:
            held.setdefault(record, "")
        else:
            held.pop(record, None)
    return held


def still_open(unit: Leased, rows: list[Row]) -> list[Row]:
    """Refuse what would propose or decide a second time: a deadline may have passed since the facts were read."""
    ids = {decision.proposal for _, decision in rows if decision.proposal}
    if not ids:
        return rows
    found = proposal_store.find(unit.conn, unit.keys, unit.tenant, unit.link, sorted(ids))
    waiting = {name: item.state is ProposalState.PROPOSED for name, item in found.items()}
    made: list[Row] = []
    for event, decision in rows:
        kept = decision
        if decision.proposal and decision.verdict is Verdict.HOLD:
            if decision.proposal in waiting:
                reason = Reason.ALREADY_PROPOSED if waiting[decision.proposal] else Reason.ALREADY_DECIDED
                kept = _refused(decision, reason)
            else:
                waiting[decision.proposal] = True
        elif decision.proposal and decision.verdict in (Verdict.WRITE, Verdict.WITHHOLD):
            kept = decision if waiting.get(decision.proposal) else _refused(decision, Reason.ALREADY_DECIDED)
            waiting[decision.proposal] = False
        made.append((event, kept))
    return made


def _decide(unit: Leased, event: LoggedEvent, decision: Decision) -> None:
    if decision.verdict not in (Verdict.WRITE, Verdict.WITHHOLD):
        return
    validated = decision.verdict is Verdict.WRITE
    proposal_store.decide(
        unit.conn,
        unit.tenant,
        unit.link,
        decision.proposal,
        ProposalState.VALIDATED if validated else ProposalState.REJECTED,
        _speaker(event.body),
        write_seq=event.seq if validated else None,
    )


def _proposal(event: LoggedEvent, decision: Decision, expire_after: timedelta) -> NewProposal:
    command = decision.command
    if command is None:
        raise ValueError("held_without_command")
    appointment = command.kind is CommandKind.BOOK_APPOINTMENT
    return NewProposal(
        id=decision.proposal or event.key,
        kind=ProposalKind.APPOINTMENT if appointment else ProposalKind.LEAD_STATUS,
        record=command.record,
        proposed_by=_speaker(event.body),
        seq=event.seq,
        deadline=event.received_at + expire_after // MICROSECOND,
        command=command,
    )


def _speaker(body: bytes) -> str:
    """Who says so: the processor read the same field, and refused the event where it is none."""
    agent = orjson.loads(body)["data"].get("agent", {})
    return str(agent.get("id", ""))


def _named(batch: Batch) -> list[Row]:
    """An event that could not be read does not know its own id; the log does."""
    return [
        (event, decision)
        if decision.event == event.key and decision.record
        else (event, decision._replace(event=event.key, record=decision.record or event.record))
        for event, decision in zip(batch.events, batch.decisions, strict=True)
    ]


def _refused(decision: Decision, reason: Reason) -> Decision:
    return decision._replace(verdict=Verdict.REFUSE, reason=reason, command=None, sent=(), masked=(), proposal="")
