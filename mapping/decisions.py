"""What the core says: decisions, and the commands that may follow from them.

Plain tuples: they are made by the tens of thousands a second, compared, pickled and stored.
A decision carries JSON Pointers (RFC 6901) of fields, never their values.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from mapping.reasons import Reason
from mapping.words import CommandKind, Verdict


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
