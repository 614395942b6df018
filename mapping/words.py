"""The closed vocabularies of Écluse: one word per thing, in code, files, console and metrics.

Every set here is finite on purpose: a value outside it is refused where it enters, so that no
branch further down needs to guess.
"""

from enum import StrEnum


class Side(StrEnum):
    """Which of the two systems an event comes from, or a command goes to."""

    CRM = "crm"
    DIALER = "dialer"


class Origin(StrEnum):
    """Why an event exists. Only a live one may make somebody's telephone ring."""

    LIVE = "live"
    BACKFILL = "backfill"
    REPLAY = "replay"


class Object(StrEnum):
    """The CRM objects a link may read. A lead is a contact not yet qualified."""

    CONTACT = "contact"
    ACCOUNT = "account"
    OPPORTUNITY = "opportunity"


class Verdict(StrEnum):
    """What the core says of an event. Every event gets exactly one."""

    SEND = "send"
    WRITE = "write"
    HOLD = "hold"
    WITHHOLD = "withhold"
    REFUSE = "refuse"
    QUARANTINE = "quarantine"


class CommandKind(StrEnum):
    """What we ask of a side. The last five are the only writes a CRM ever receives."""

    UPSERT_PROSPECT = "upsert_prospect"
    RECALL_PROSPECT = "recall_prospect"
    LOG_CALL = "log_call"
    SET_STATUS = "set_status"
    ADD_COMMENT = "add_comment"
    SET_NEXT_ACTION = "set_next_action"
    BOOK_APPOINTMENT = "book_appointment"


#: The five kinds of write that may come back (DESIGN, promise 2). There is no sixth.
CRM_WRITES = (
    CommandKind.LOG_CALL,
    CommandKind.SET_STATUS,
    CommandKind.ADD_COMMENT,
    CommandKind.SET_NEXT_ACTION,
    CommandKind.BOOK_APPOINTMENT,
)

#: What may be asked of a dialer.
DIALER_COMMANDS = (CommandKind.UPSERT_PROSPECT, CommandKind.RECALL_PROSPECT)


class Grant(StrEnum):
    """What a role may write or propose, as a link file names it under `write`."""

    CALL_RESULT = "call_result"
    COMMENT = "comment"
    NEXT_ACTION = "next_action"
    PROPOSE_LEAD_STATUS = "propose_lead_status"
    PROPOSE_APPOINTMENT = "propose_appointment"
    SET_LEAD_STATUS = "set_lead_status"
    VALIDATE_APPOINTMENT = "validate_appointment"
    REASSIGN = "reassign"
    CLOSE_SEQUENCE = "close_sequence"


class Mask(StrEnum):
    """How much of a value is shown to whoever may not read all of it."""

    ALLOW = "allow"
    DROP = "drop"
    #: The field goes out, empty: it is known that there is one, and not whether it holds anything.
    EMPTY = "empty"
    LAST4 = "last4"
    #: The same value has the same digest, within a tenant: to compare, not to read.
    KEYED_HASH = "keyed_hash"
    #: As a digest, made apart from it: to name a value by, and never to join it with another's.
    TOKEN = "token"  # noqa: S105 - a word, and no secret
    YEAR = "year"
    RANGE = "range"
    TRUNCATE = "truncate"


class PerimeterModel(StrEnum):
    """How a firm divides its records (R035)."""

    OPEN = "open"
    TEAMS = "teams"
    TERRITORIES = "territories"
    PROJECTS = "projects"


class Reach(StrEnum):
    """Which records a profile may open, within the link's perimeter model."""

    OWN = "own"
    TEAM = "team"
    TERRITORY = "territory"
    PROJECT = "project"
    ALL = "all"


class Disposition(StrEnum):
    """Canonical results of a call. Legal effect hangs on these, never on a vendor's label."""

    NO_ANSWER = "no_answer"
    BUSY = "busy"
    VOICEMAIL = "voicemail"
    INVALID_NUMBER = "invalid_number"
    WRONG_PERSON = "wrong_person"
    DROPPED = "dropped"
    CALLBACK = "callback"
    QUALIFIED = "qualified"
    APPOINTMENT_PROPOSED = "appointment_proposed"
    REFUSED_PITCH = "refused_pitch"
    OPPOSED = "opposed"
    NOT_INTERESTED_NOW = "not_interested_now"


class Shape(StrEnum):
    """The type a mapped field has on the dialer's side: what gate 2 checks it against."""

    TEXT = "text"
    #: Free text: sentences with prices, personal data, insults or remarks on health are replaced by a mark.
    SCREENED_TEXT = "screened_text"
    E164 = "e164"
    EMAIL = "email"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    DATETIME = "datetime"


class EventType(StrEnum):
    """What happened, in the envelope's `type`. A `phoning.*` type outside this list is a sixth kind of write."""

    CRM_CHANGED = "crm.contact.changed"
    CRM_DELETED = "crm.contact.deleted"
    CALL_ENDED = "phoning.call.ended"
    COMMENT_ADDED = "phoning.comment.added"
    ACTION_PLANNED = "phoning.action.planned"
    STATUS_PROPOSED = "phoning.status.proposed"
    STATUS_VALIDATED = "phoning.status.validated"
    STATUS_REJECTED = "phoning.status.rejected"
    APPOINTMENT_PROPOSED = "phoning.appointment.proposed"
    APPOINTMENT_VALIDATED = "phoning.appointment.validated"
    APPOINTMENT_REJECTED = "phoning.appointment.rejected"
