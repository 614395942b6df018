"""Makes an event whole: a contact with its account, one opportunity and its owner.

Pure: stored records in, event data out. A decision then needs the event and the policy, and
nothing else.

Which opportunity, where there are several: those that name the contact, and where none does, those
of its account that name nobody. Of these, an open one before a closed one, then the most recently
changed, then the highest id, so that every reader picks the same.
"""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol, TypeVar

import orjson

from mapping.words import EventType, Object

#: What CRMs call an opportunity that nobody works on any more, in any field named like a state.
CLOSED_WORDS = frozenset({
    "abandoned", "abandonné", "annulé", "cancelled", "canceled", "clos", "closed", "closed lost", "closed won",
    "closed_lost", "closed_won", "converted", "done", "gagné", "lost", "perdu", "won",
})  # fmt: skip
STATE_FIELDS = ("state", "stage", "status", "stage_name")
ID_LONGEST = 200


class Held(Protocol):
    """A CRM record as stored."""

    @property
    def object(self) -> Any: ...
    @property
    def key(self) -> str: ...
    @property
    def fields(self) -> Mapping[str, Any]: ...
    @property
    def refs(self) -> Mapping[str, str]: ...
    @property
    def owner(self) -> Mapping[str, str]: ...
    @property
    def version(self) -> str: ...


H = TypeVar("H", bound=Held)


def is_open(opportunity: Held) -> bool:
    """Whether somebody may still work on it, as far as the fields tell that the link reads."""
    for name in STATE_FIELDS:
        value = opportunity.fields.get(name)
        if isinstance(value, str) and value.strip().casefold() in CLOSED_WORDS:
            return False
    return opportunity.fields.get("is_closed") is not True and opportunity.fields.get("active") is not False


def natural(text: str) -> tuple[int, int, str]:
    """Orders versions and ids as people read them: 9 before 10, and 10 before any word."""
    number = text.isascii() and text.isdigit() and len(text) <= ID_LONGEST
    return (0, int(text), "") if number else (1, 0, text)


def opportunity_of(contact_key: str, candidates: Iterable[H]) -> H | None:
    """The opportunity that joins a contact."""
    found = list(candidates)
    named = [item for item in found if item.refs.get("contact") == contact_key]
    fitting = named or [item for item in found if not item.refs.get("contact")]
    if not fitting:
        return None
    return max(fitting, key=lambda item: (is_open(item), natural(item.version), natural(item.key)))


def data_of(contact: Held, account: Held | None, opportunity: Held | None) -> dict[str, Any]:
    """The `data` of a whole event. The owner is the contact's, else the opportunity's, else the account's."""
    owner = next((item.owner for item in (contact, opportunity, account) if item is not None and item.owner), {})
    return {
        Object.CONTACT.value: {**contact.fields, "id": contact.key},
        Object.ACCOUNT.value: {**account.fields, "id": account.key} if account is not None else {},
        Object.OPPORTUNITY.value: {**opportunity.fields, "id": opportunity.key} if opportunity is not None else {},
        "owner": dict(owner),
    }


def event_key(record: str, data: Mapping[str, Any], versions: Iterable[str]) -> str:
    """The same for the same state of a record: a page that is read twice gives one event."""
    digest = hashlib.blake2b(written(data), digest_size=12)
    for version in versions:
        digest.update(b"\x00" + version.encode())
    name = f"{record}:{digest.hexdigest()}"
    return name if len(name) <= ID_LONGEST else hashlib.blake2b(name.encode(), digest_size=24).hexdigest()


def envelope(
    *,
    key: str,
    kind: EventType,
    source: str,
    record: str,
    time: str,
    tenant: str,
    origin: str,
    data: Mapping[str, Any],
    echo: bool = False,
) -> bytes:
    """A CloudEvents envelope, as bytes for the log."""
    event: dict[str, Any] = {
        "specversion": "1.0",
        "id": key,
        "source": source,
        "type": kind.value,
        "subject": record,
        "time": time,
        "tenant": tenant,
        "origin": origin,
        "data": data,
    }
    if echo:
        event["echo"] = True
    return written(event)


def plain(value: Any) -> Any:
    """A value as JSON has it, so that what is compared is what was stored."""
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 63:
        return str(value)
    if value is None or isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    return None


def written(value: Any) -> bytes:
    """Canonical bytes: the same value gives the same bytes."""
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS, default=plain)
