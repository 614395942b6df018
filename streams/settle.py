"""What an outcome of a push means for a command: its next state, the ledger and the echo marks, in one transaction."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from connectors.faults import Fault, Malformed, Misconfigured, Transient
from connectors.port import Busy, Delivered, Outcome, Refused
from mapping.reasons import Reason
from mapping.words import CommandKind, Side
from store import ledger, outbox
from store.glances import Cause
from store.ledger import Disclosure
from store.outbox import Due
from streams import schedule
from streams.echo import canonical
from streams.lastlook import Skip
from streams.metrics import End
from streams.unit import Leased, Unit
from streams.whole import written

#: A wrong key is nobody's third attempt: the breaker holds the connection, the command just waits.
MISCONFIGURED_SECONDS = 30.0


class Wait(NamedTuple):
    """Try again later; None: give up."""

    seconds: float | None
    code: str
    in_doubt: bool


class Settled(NamedTuple):
    """A command, and what becomes of it."""

    due: Due
    cause: Cause | None
    then: Delivered | Refused | Wait | Skip


def after_fault(due: Due, fault: Fault, chance: float) -> Wait:
    """What a fault means for one command of the batch that it hit. `chance` from [0, 1)."""
    attempts = due.attempts + 1
    match fault:
        case Misconfigured():
            return Wait(MISCONFIGURED_SECONDS, fault.code, due.in_doubt)
        case Malformed():
            return Wait(schedule.wait_slowly(attempts, chance=chance), fault.code, in_doubt=True)
        case Transient():
            seconds = schedule.wait(attempts, chance=chance, retry_after=fault.retry_after)
            return Wait(seconds, fault.code, due.in_doubt or fault.in_doubt)
        case _:
            return Wait(schedule.wait(attempts, chance=chance), fault.code, in_doubt=True)


def after_outcome(due: Due, outcome: Outcome, chance: float) -> Delivered | Refused | Wait:
    """What an answer means for its command."""
    if isinstance(outcome, Busy):
        seconds = schedule.wait(due.attempts + 1, chance=chance, retry_after=outcome.retry_after)
        return Wait(seconds, outcome.code, due.in_doubt)
    return outcome


def settle(unit: Leased, side: Side, settled: Sequence[Settled]) -> None:
    """Write what became of commands. Raises Fenced, and then writes nothing."""
    leased = (unit.conn, unit.lease, unit.tenant, unit.link, side)
    done: dict[int, str] = {}
    for one in settled:
        seq = one.due.seq
        match one.then:
            case Delivered(key=key):
                done[seq] = key
                _remember(unit, one, one.then)
            case Refused():
                outbox.refused(*leased, seq, Reason.TARGET_REFUSED)
                _doubt(unit, one, in_doubt=one.due.in_doubt)
            case Skip(reason=reason, uncertain=uncertain):
                outbox.withheld(*leased, seq, reason)
                _doubt(unit, one, in_doubt=uncertain)
            case Wait(seconds=None, in_doubt=in_doubt):
                park(unit, side, seq, Reason.RETRIES_EXHAUSTED)
                _doubt(unit, one, in_doubt=in_doubt)
            case Wait(seconds=float() as seconds, code=code, in_doubt=in_doubt):
                outbox.postponed(*leased, seq, seconds, code, in_doubt=in_doubt)
    if done:
        outbox.delivered(*leased, done)


def park(unit: Leased, side: Side, seq: int, reason: Reason) -> None:
    """Give a command up for now: its event goes to the quarantine."""
    outbox.parked(unit.conn, unit.keys, unit.lease, unit.tenant, unit.link, side, seq, reason)


def digest(unit: Unit, body: Mapping[str, Any]) -> bytes:
    """Keyed digest of a payload: what tells whether the dialer holds it already. Whether it rings is not part of it."""
    held = {name: value for name, value in body.items() if name != "dial"}
    return unit.keys.mac(unit.tenant, written(held), unit.conn)


def end_of(then: object) -> tuple[End, Reason] | None:
    """How the event ended, for the counters; None where it goes on. None as `then`: it could not be opened."""
    match then:
        case None:
            return End.QUARANTINED, Reason.UNDECIPHERABLE
        case Delivered():
            return End.DELIVERED, Reason.ACCEPTED
        case Refused():
            return End.REFUSED, Reason.TARGET_REFUSED
        case Skip(reason=reason):
            return End.WITHHELD, reason
        case Wait(seconds=None):
            return End.QUARANTINED, Reason.RETRIES_EXHAUSTED
        case _:
            return None


def _remember(unit: Leased, one: Settled, outcome: Delivered) -> None:
    at = (unit.conn, unit.tenant, unit.link)
    command, seq = one.due.command, one.due.seq
    match command.kind:
        case CommandKind.UPSERT_PROSPECT:
            ledger.record_disclosures(*at, [_disclosure(one, digest(unit, command.body))])
        case CommandKind.RECALL_PROSPECT:
            ledger.forget(*at, [command.record], seq)
        case _:
            for name, value in outcome.wrote.items():
                ledger.mark_written(*at, name, unit.keys.mac(unit.tenant, canonical(value), unit.conn))


def _doubt(unit: Leased, one: Settled, *, in_doubt: bool) -> None:
    """The dialer may hold it all the same: then the ledger says so, or a recall would have nothing to take back."""
    if in_doubt and one.due.command.kind is CommandKind.UPSERT_PROSPECT:
        ledger.record_disclosures(unit.conn, unit.tenant, unit.link, [_disclosure(one, b"")])


def _disclosure(one: Settled, payload: bytes) -> Disclosure:
    command, cause = one.due.command, one.cause
    return Disclosure(
        record=command.record,
        audience=cause.profile if cause is not None else "",
        pointers=cause.pointers if cause is not None else (),
        digest=payload,
        revision=cause.revision if cause is not None else "",
        campaign=str(command.body.get("campaign", "")),
        seq=one.due.seq,
    )
