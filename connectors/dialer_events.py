"""What a dialer tells us over the open dialer API: events read, shapes checked, meaning left to the core.

The door refuses what no policy could read (a call without a disposition). What a policy may not
like (a sixth kind of write, a foreign campaign, a field nobody granted) passes: the core decides
it, and there it is logged with a reason. Keys that are not named here pass for the same reason.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from connectors import strict_json
from connectors.faults import Malformed
from connectors.port import Happening
from mapping.words import EventType

MAX_EVENTS = 100
TEXT_CHARS = 10_000
NAME_CHARS = 128

M = TypeVar("M", bound=BaseModel)

_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def _instant(text: str) -> str:
    """RFC 3339 with offset. Not pydantic's datetime: that reads the phone number +33123456789 as a day in 1971."""
    if not _is_instant(text):
        raise PydanticCustomError("instant", "RFC 3339 date and time with offset")
    return text


def _is_instant(text: str) -> bool:
    try:
        return bool(_INSTANT.fullmatch(text) and datetime.fromisoformat(text))
    except ValueError:
        return False


Instant = Annotated[str, AfterValidator(_instant)]
#: No slash: ids of our own are derived with one ("ID/status").
EventId = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:~-]{1,128}$")]
Word = Annotated[str, Field(min_length=1, max_length=NAME_CHARS)]
Note = Annotated[str, Field(max_length=TEXT_CHARS)]


class Told(BaseModel):
    """A part of an event: the named keys are checked, others pass."""

    model_config = ConfigDict(strict=True, extra="allow", hide_input_in_errors=True)


class Envelope(Told):
    """The event around what happened: the CloudEvents attributes that matter here."""

    id: EventId
    type: Annotated[str, Field(pattern=r"^[a-z0-9_.]{1,128}$")]
    time: Instant
    data: dict[str, Any]
    tenant: Word | None = None
    specversion: Annotated[str, Field(pattern=r"^1\.0$")] = "1.0"


class Prospect(Told):
    """Which prospect: the id that went out or, without it, the number that was called."""

    id: Word | None = None
    phone: Word | None = None
    vendor_id: Word | None = None


class Agent(Told):
    """Who called, or decided: an id of the link's people. A profile named beside it is not believed."""

    id: Word


class Call(Told):
    """A call that ended. `disposition` is the dialer's own word for the result."""

    id: Word
    disposition: Word
    started_at: Instant
    duration: Annotated[int, Field(ge=0, le=86_400)] | None = None
    attempt: Annotated[int, Field(ge=1, le=10_000)] | None = None
    comment: Note | None = None


class Comment(Told):
    """Free text about a prospect."""

    text: Annotated[str, Field(min_length=1, max_length=TEXT_CHARS)]


class NextAction(Told):
    """What is to be done next, and when."""

    kind: Word
    at: Instant
    note: Note | None = None


class Status(Told):
    """A lead status that is proposed, in the dialer's word."""

    value: Word


class Appointment(Told):
    """An appointment that is proposed."""

    id: Word
    start: Instant
    end: Instant | None = None
    place: Note | None = None
    subject: Note | None = None
    note: Note | None = None


class Decided(Told):
    """A manager's answer to a proposal, by its id."""

    id: Word
    reason: Note | None = None


class Data(Told):
    """What every event of the telephone carries."""

    prospect: Prospect
    agent: Agent
    campaign: Annotated[str, Field(max_length=NAME_CHARS)] | None = None


class CallEnded(Data):
    """A call, with what the telemarketer noted in the same breath."""

    call: Call
    comment: Comment | None = None
    next_action: NextAction | None = None
    status: Status | None = None
    appointment: Appointment | None = None


class CommentAdded(Data):
    """A comment on its own."""

    comment: Comment


class ActionPlanned(Data):
    """A next action on its own."""

    next_action: NextAction


class StatusProposed(Data):
    """A proposal, for a manager to decide."""

    status: Status


class StatusDecided(Data):
    """A manager's answer to a proposed status."""

    status: Decided


class AppointmentProposed(Data):
    """A proposal, for a manager to decide."""

    appointment: Appointment


class AppointmentDecided(Data):
    """A manager's answer to a proposed appointment."""

    appointment: Decided


#: The shape of each kind. A type that is not here is read by its envelope alone, and refused by the core.
SHAPES: dict[str, type[Data]] = {
    EventType.CALL_ENDED: CallEnded,
    EventType.COMMENT_ADDED: CommentAdded,
    EventType.ACTION_PLANNED: ActionPlanned,
    EventType.STATUS_PROPOSED: StatusProposed,
    EventType.STATUS_VALIDATED: StatusDecided,
    EventType.STATUS_REJECTED: StatusDecided,
    EventType.APPOINTMENT_PROPOSED: AppointmentProposed,
    EventType.APPOINTMENT_VALIDATED: AppointmentDecided,
    EventType.APPOINTMENT_REJECTED: AppointmentDecided,
}


def read(body: bytes, tenant: str | None = None) -> list[Happening]:
    """One event, or a list of up to 100. Raises Malformed, whose fields are "POINTER CODE".

    With a tenant, an event that names another one is refused.
    """
    told = strict_json.parse(body)
    if isinstance(told, dict):
        return [_happening(told, "", tenant)]
    if not isinstance(told, list) or not told:
        raise Malformed("wrong_shape", fields=(" event_or_list_of_events",))
    if len(told) > MAX_EVENTS:
        raise Malformed("wrong_shape", fields=(" too_many_events",))
    return [_happening(one, f"/{at}", tenant) for at, one in enumerate(told)]


def _happening(told: Any, at: str, tenant: str | None) -> Happening:
    envelope = shaped(Envelope, told, at)
    if tenant and envelope.tenant not in {None, tenant}:
        raise Malformed("unknown_tenant", fields=(f"{at}/tenant unknown_tenant",))
    shape = SHAPES.get(envelope.type)
    if shape:
        data = shaped(shape, envelope.data, f"{at}/data")
        if not (data.prospect.id or data.prospect.phone):
            raise Malformed("wrong_shape", fields=(f"{at}/data/prospect id_or_phone",))
    return Happening(envelope.id, envelope.type, envelope.time, envelope.data)


def shaped(model: type[M], told: object, at: str) -> M:
    """Read one part, or say where it is wrong: pointers made of names and numbers of ours, and pydantic's codes."""
    try:
        return model.model_validate(told)
    except ValidationError as wrong:
        flaws = wrong.errors(include_input=False, include_url=False, include_context=False)
    raise Malformed("wrong_shape", fields=tuple(f"{pointer(at, one['loc'])} {one['type']}" for one in flaws[:20]))


def pointer(at: str, place: Sequence[int | str]) -> str:
    return at + "".join(f"/{part}" for part in place)
