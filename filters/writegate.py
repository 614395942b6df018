"""The write gate: five kinds of write come back, and no other (DESIGN, promise 2).

Gate 1 builds a write field by field from what a dialer event may carry; gate 2 is independent and
looks at the final command. Neither has a way to name a CRM field: a sink knows the five kinds, and
where they go is the connector's business.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from mapping.decisions import Command
from mapping.words import CRM_WRITES, CommandKind

TEXT_LONGEST = 4_000
NOTE_LONGEST = 1_000
WORD_LONGEST = 200
NAME_LONGEST = 128
DURATION_LONGEST_SECONDS = 86_400
ATTEMPTS_MOST = 1_000

#: Controls and bidirectional overrides have no place in a note that people read.
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
#: Whoever sends an event makes up its keys: only what is no number and no sentence is repeated, and not without end.
_NAME = re.compile(r"[a-z][a-z_]{0,31}")
_NAMED_MOST = 20
UNNAMED = "*"
#: Years in which people telephone and meet: outside of them, arithmetic with zones runs out of calendar.
_YEARS = range(1970, 2200)


class Bad:
    """The mark of a value that may not be written."""


BAD = Bad()
Check = Callable[[Any], Any]


class Built(NamedTuple):
    """What gate 1 made of one block of an event."""

    body: dict[str, Any]
    sent: tuple[str, ...]
    #: Shortened on the way.
    masked: tuple[str, ...]
    stripped: tuple[str, ...]
    #: The first required field that is absent or wrong, or empty.
    missing: str


def text(longest: int) -> Check:
    """Readable text: normalised (NFC), without invisible characters, cut at `longest` characters."""

    def check(value: Any) -> Any:
        if type(value) is not str or _SURROGATE.search(value):
            return BAD
        cleaned = unicodedata.normalize("NFC", _UNSEEN.sub("", value)).strip()
        return cleaned[:longest]

    return check


def word(value: Any) -> Any:
    """A short name or code: refused, not cut, where it is too long."""
    cleaned: Any = text(NAME_LONGEST + 1)(value)
    return cleaned if cleaned is not BAD and 0 < len(cleaned) <= NAME_LONGEST else BAD


def moment(value: Any) -> Any:
    """A time with its offset (RFC 3339): without one it would be somebody else's hour."""
    if type(value) is not str or len(value) > 40:  # longer than RFC 3339 with microseconds and offset
        return BAD
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        return BAD
    return value if parsed.tzinfo is not None and parsed.year in _YEARS else BAD


def whole(least: int, most: int) -> Check:
    """A whole number within bounds."""

    def check(value: Any) -> Any:
        return value if type(value) is int and least <= value <= most else BAD

    return check


class Block(NamedTuple):
    """The block of an event's `data` that one kind of write is built from."""

    name: str
    kind: CommandKind
    required: tuple[str, ...]
    fields: Mapping[str, Check]


BLOCKS: Mapping[str, Block] = {
    "phoning.call.ended": Block(
        "call",
        CommandKind.LOG_CALL,
        ("disposition",),
        {
            "id": word,
            "disposition": word,
            "started_at": moment,
            "duration": whole(0, DURATION_LONGEST_SECONDS),
            "attempt": whole(1, ATTEMPTS_MOST),
            "comment": text(TEXT_LONGEST),
        },
    ),
    "phoning.comment.added": Block(
        "comment", CommandKind.ADD_COMMENT, ("text",), {"text": text(TEXT_LONGEST), "at": moment}
    ),
    "phoning.action.planned": Block(
        "next_action", CommandKind.SET_NEXT_ACTION, ("kind",), {"kind": word, "at": moment, "note": text(NOTE_LONGEST)}
    ),
    "phoning.status.proposed": Block("status", CommandKind.SET_STATUS, ("value",), {"id": word, "value": word}),
    "phoning.appointment.proposed": Block(
        "appointment",
        CommandKind.BOOK_APPOINTMENT,
        ("start",),
        {
            "id": word,
            "start": moment,
            "end": moment,
            "place": text(WORD_LONGEST),
            "subject": text(WORD_LONGEST),
            "note": text(NOTE_LONGEST),
        },
    ),
}


def build(block: Block, held: Mapping[str, Any]) -> Built:
    """Gate 1: the fields this kind of write may have, checked one by one; the rest is stripped."""
    body: dict[str, Any] = {}
    sent, masked = [], []
    stripped: dict[str, None] = {}
    for name, value in held.items():
        check = block.fields.get(name)
        if value is None:
            continue
        if check is None:
            named = name if _NAME.fullmatch(name) and len(stripped) < _NAMED_MOST else UNNAMED
            stripped[f"/{block.name}/{named}"] = None
            continue
        pointer = f"/{block.name}/{name}"
        checked = check(value)
        if checked is BAD or checked == "":
            stripped[pointer] = None
            continue
        body[name] = checked
        sent.append(pointer)
        if type(value) is str and len(checked) < len(value.strip()):
            masked.append(pointer)
    missing = next((name for name in block.required if name not in body), "")
    return Built(body, tuple(sent), tuple(masked), tuple(stripped), missing)


#: Gate 2's own list, written apart from gate 1's on purpose: what the final command may hold.
_FINAL: Mapping[CommandKind, frozenset[str]] = {
    CommandKind.LOG_CALL: frozenset(
        {
            "id",
            "result",
            "label",
            "started_at",
            "duration",
            "attempt",
            "comment",
            "campaign",
            "next_attempt_at",
            "author",
        }
    ),
    CommandKind.SET_STATUS: frozenset({"id", "status", "campaign", "author", "validated_by"}),
    CommandKind.ADD_COMMENT: frozenset({"text", "at", "campaign", "author"}),
    CommandKind.SET_NEXT_ACTION: frozenset({"kind_of_action", "at", "note", "campaign", "author"}),
    CommandKind.BOOK_APPOINTMENT: frozenset(
        {"id", "start", "end", "place", "subject", "note", "campaign", "author", "validated_by"}
    ),
}
#: What only a manager makes final.
_SIGNED = frozenset({CommandKind.SET_STATUS, CommandKind.BOOK_APPOINTMENT})
_PERSON = frozenset({"id", "crm_user"})
_RECORD = re.compile(r"contact/[^\s/]{1,200}")


def blocks(command: Command) -> str:
    """Gate 2: the name of what may not be written in a final command, or nothing."""
    if command.kind not in CRM_WRITES:
        return "kind"
    if not _RECORD.fullmatch(command.record):
        return "record"
    allowed = _FINAL[command.kind]
    for name, value in command.body.items():
        if name not in allowed:
            return name
        if not (_is_person(value) if name in {"author", "validated_by"} else _is_plain(value)):
            return name
    if command.kind in _SIGNED and not (command.body.get("validated_by") or {}).get("id"):
        return "validated_by"
    return ""


def _is_person(value: Any) -> bool:
    if type(value) is not dict or not _PERSON.issuperset(value):
        return False
    return all(type(part) is str and len(part) <= NAME_LONGEST for part in value.values())


def _is_plain(value: Any) -> bool:
    if type(value) is str:
        return len(value) <= TEXT_LONGEST and not _UNSEEN.search(value)
    return type(value) is int
