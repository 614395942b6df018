"""What a phoning event says of itself: its id, its record, its number, its hour, and the facts it asks for."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from filters.writegate import BAD, NAME_LONGEST, word
from mapping.transforms import DROPPED, e164
from streams.facts import Needed


def needs(batch: Sequence[bytes | bytearray | memoryview], country: str) -> Needed:
    """Which facts a batch asks for, so that they are read in one go."""
    records, people, proposals, phones = set(), set(), set(), set()
    for raw in batch:
        try:
            event = orjson.loads(raw)
        except orjson.JSONDecodeError:
            continue
        data = event.get("data") if type(event) is dict else None
        if type(data) is not dict:
            continue
        record = prospect_of(data)
        if record:
            records.add(record)
        elif phone := phone_of(data, country):
            phones.add(phone)
        if speaker := speaker_of(data):
            people.add(speaker)
        for block in ("appointment", "status"):
            held = data.get(block)
            if type(held) is dict:
                proposals.add(proposal_of(held, named(event)))
    return Needed(frozenset(records), frozenset(people), frozenset(proposals), frozenset(phones))


def named(event: Any) -> str:
    """The event's id, or empty where it has none that can be used."""
    name = event.get("id") if type(event) is dict else None
    return name if type(name) is str and 0 < len(name) <= 256 else ""


def proposal_of(held: Mapping[str, Any], event: str) -> str:
    """The proposal that a block names, by the write gate's reading; without a name, that of its event."""
    said = word(held.get("id"))
    if said is not BAD:
        return str(said)
    # Not cut: ids of parts differ in their last letters.
    return event if len(event) <= NAME_LONGEST else hashlib.blake2b(event.encode(), digest_size=24).hexdigest()


def speaker_of(data: Mapping[str, Any]) -> str:
    """Who says so, or empty. No id of anybody's has a control character, and no database takes all of them."""
    agent = data.get("agent")
    identity = agent.get("id") if type(agent) is dict else None
    usable = type(identity) is str and len(identity) <= NAME_LONGEST and identity.isprintable()
    return str(identity) if usable else ""


def record_of(event: Any) -> str:
    """The CRM record a phoning event names, or empty."""
    data = event.get("data") if type(event) is dict else None
    return prospect_of(data) if type(data) is dict else ""


def phone_of(data: Mapping[str, Any], country: str) -> str:
    """The prospect's number as E.164, or empty."""
    prospect = data.get("prospect")
    phone = prospect.get("phone") if type(prospect) is dict else None
    number = e164(phone, country) if type(phone) is str and len(phone) <= 40 else DROPPED
    return "" if number is DROPPED else str(number)


def happened(event: Mapping[str, Any], now: datetime) -> datetime:
    """When it happened, for perimeters and campaigns: the call's start, else the event's time, never after now."""
    data = event["data"]
    call = data.get("call")
    for value in (call.get("started_at") if type(call) is dict else None, event.get("time")):
        if type(value) is str:
            try:
                moment = datetime.fromisoformat(value)
            except ValueError:
                continue
            if moment.tzinfo is not None:
                return min(moment, now)
    return now


def prospect_of(data: Mapping[str, Any]) -> str:
    prospect = data.get("prospect")
    identity = prospect.get("id") if type(prospect) is dict else None
    if type(identity) is not str or not 0 < len(identity) <= 200 or not identity.isprintable():
        return ""
    return identity if identity.startswith("contact/") else f"contact/{identity}"
