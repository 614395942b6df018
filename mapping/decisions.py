"""What the core says: decisions, and the commands that may follow from them.

Plain tuples: they are made by the tens of thousands a second, compared, pickled and stored.
A decision carries JSON Pointers (RFC 6901) of fields, never their values.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import orjson

from mapping.reasons import Reason
from mapping.words import CommandKind, Verdict


class Written(Mapping[str, Any]):
    """A command's body that is JSON already, and is only read when somebody looks into it."""

    __slots__ = ("_read", "json")
    #: Not there before somebody looks.
    _read: dict[str, Any]

    def __init__(self, json: bytes) -> None:
        self.json = json

    def as_dict(self) -> dict[str, Any]:
        """The body as values; the same object each time, not to be changed."""
        try:
            return self._read
        except AttributeError:
            self._read = orjson.loads(self.json)
            return self._read

    def __getitem__(self, key: str) -> Any:
        return self.as_dict()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self.as_dict())

    def __len__(self) -> int:
        return len(self.as_dict())

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Written):
            return self.json == other.json or self.as_dict() == other.as_dict()
        return self.as_dict() == other if isinstance(other, dict) else Mapping.__eq__(self, other)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Written({len(self.json)} bytes)"


def json_of(body: Mapping[str, Any]) -> bytes:
    """A command's body as JSON, in its own order; what is JSON already is not written again."""
    if type(body) is Written:
        return body.json
    return orjson.dumps(body if type(body) is dict else dict(body))


class Command(NamedTuple):
    """What we ask of one side about one record. `body` is what a connector sees, and all it sees."""

    kind: CommandKind
    #: The CRM record, `object/id`: the lane, and what the dialer gives back.
    record: str
    body: Mapping[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """The form in which it is printed and stored."""
        return {"kind": self.kind.value, "record": self.record, **self.body}


class Decision(NamedTuple):
    """The outcome for one event, under one revision of one link."""

    event: str
    verdict: Verdict
    reason: Reason
    revision: str
    #: Whose view was sent, or who spoke: a profile of the link file, or empty.
    profile: str
    sent: tuple[str, ...]
    masked: tuple[str, ...]
    stripped: tuple[str, ...]
    command: Command | None
    #: The CRM record the event is about, `object/id`, or empty where it could not be told.
    record: str = ""
    #: The proposal that this event makes or decides: an appointment, a lead status.
    proposal: str = ""

    def as_dict(self) -> dict[str, Any]:
        """The line that `ecluse pipe` writes (DESIGN, section 9)."""
        return {
            "event": self.event,
            "verdict": self.verdict.value,
            "reason": self.reason.value,
            "revision": self.revision,
            "profile": self.profile,
            "sent": list(self.sent),
            "masked": list(self.masked),
            "stripped": list(self.stripped),
            "command": self.command.as_dict() if self.command else {},
        }
