"""What is sealed for the broker: what the relay says to the carrier, and the carrier to the keeper."""

import struct
from functools import lru_cache
from typing import Any

import orjson

from mapping.decisions import Command, Decision, json_of
from mapping.reasons import Reason
from mapping.words import CommandKind, Verdict
from streams.kafka.wire import DECISION, EVENT

#: Unlike the words under which the database's rows are sealed: what opens here does not open there.
_KINDS = {EVENT: "carried", DECISION: "decision"}

_Pointers = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]


_LENGTH = struct.Struct(">H")


def bound(kind: int, tenant: str, link: str, seq: int) -> bytes:
    """What a body is sealed to: it opens as this kind of message about this event of this link, and as no other."""
    return f"{tenant}|{link}|{_KINDS[kind]}|{seq}".encode()


def wrap(key: str, event: bytes) -> bytes:
    """A whole event with its own key, its id at its source."""
    name = key.encode()
    return _LENGTH.pack(len(name)) + name + event


def unwrap(wrapped: bytes) -> tuple[str, bytes]:
    """The key, and the event. Raises ValueError."""
    try:
        (length,) = _LENGTH.unpack_from(wrapped)
    except struct.error:
        raise ValueError("too_short") from None
    begin = _LENGTH.size + length
    return wrapped[_LENGTH.size : begin].decode(), wrapped[begin:]


def pack(key: str, decision: Decision) -> bytes:
    """A decision. `key` is the event's own, which an event that could not be read does not know."""
    command = decision.command
    packed: list[Any] = [
        key,
        decision.verdict._value_,
        decision.reason._value_,
        decision.revision,
        decision.profile,
        orjson.Fragment(_pointers((decision.sent, decision.masked, decision.stripped))),
        decision.record,
        decision.proposal,
    ]
    if command is not None:
        packed += [command.kind._value_, command.record, orjson.Fragment(json_of(command.body))]
    return orjson.dumps(packed)


def unpack(packed: bytes) -> tuple[str, Decision]:
    """The event's key, and what was decided of it. Raises ValueError where a version says more than this one knows."""
    try:
        return _unpacked(orjson.loads(packed))
    except (TypeError, AttributeError, IndexError):
        raise ValueError("not_a_decision_of_ours") from None


def _unpacked(parts: Any) -> tuple[str, Decision]:
    key, verdict, reason, revision, profile, (sent, masked, stripped), record, proposal, *said = parts
    command = Command(CommandKind(said[0]), said[1], said[2]) if said else None
    return key, Decision(
        key, Verdict(verdict), Reason(reason), revision, profile, tuple(sent), tuple(masked), tuple(stripped),
        command, record, proposal,
    )  # fmt: skip


@lru_cache(maxsize=4_096)
def _pointers(pointers: _Pointers) -> bytes:
    # Events of one shape share these tuples: their text is made once.
    return orjson.dumps(pointers)
