"""Every reason Écluse can give, for an event or for a request it refused at the door.

A reason is a stable code: it is a log field, a metric label, a column, and an entry of
docs/reasons.md. Codes are added, never renamed.
"""

from enum import StrEnum


class Reason(StrEnum):
    """Why an event, a command or a request ended the way it did."""

    # It went through.
    CLEARED = "cleared"
    ACCEPTED = "accepted"
    # Withheld: nothing wrong, nothing to do.
    OUTSIDE_PERIMETER = "outside_perimeter"
    CAMPAIGN_CLOSED = "campaign_closed"
    NOTHING_CLEARED = "nothing_cleared"
    UNCHANGED = "unchanged"
    ECHO = "echo"
    OVERTAKEN = "overtaken"
    BACKFILL = "backfill"
    REJECTED_BY_MANAGER = "rejected_by_manager"
    EXPIRED = "expired"
    RECORD_DELETED = "record_deleted"
    # Held: somebody has to decide.
    AWAITS_VALIDATION = "awaits_validation"
    AWAITS_APPROVAL = "awaits_approval"
    # Refused: it may not be done.
    SIXTH_KIND_OF_WRITE = "sixth_kind_of_write"
    FORBIDDEN_FIELD = "forbidden_field"
    NOT_GRANTED = "not_granted"
    UNKNOWN_TENANT = "unknown_tenant"
    UNKNOWN_PROFILE = "unknown_profile"
    UNKNOWN_PERSON = "unknown_person"
    UNKNOWN_CAMPAIGN = "unknown_campaign"
    OUTSIDE_PERSON_PERIMETER = "outside_person_perimeter"
    PERSON_LEFT = "person_left"
    UNKNOWN_PROPOSAL = "unknown_proposal"
    ALREADY_DECIDED = "already_decided"
    ALREADY_PROPOSED = "already_proposed"
    INVALID_VALUE = "invalid_value"
    TARGET_REFUSED = "target_refused"
    # Quarantined: it could not be decided or applied; a person has to look.
    MALFORMED = "malformed"
    UNKNOWN_EVENT_TYPE = "unknown_event_type"
    UNKNOWN_RECORD = "unknown_record"
    AMBIGUOUS_RECORD = "ambiguous_record"
    UNKNOWN_DISPOSITION = "unknown_disposition"
    EGRESS_BLOCKED = "egress_blocked"
    WRITE_BLOCKED = "write_blocked"
    UNDECIPHERABLE = "undecipherable"
    RETRIES_EXHAUSTED = "retries_exhausted"
    DECISION_FAILED = "decision_failed"
    # Refused at the door: never received, so never in the log.
    BAD_SIGNATURE = "bad_signature"
    STALE_TIMESTAMP = "stale_timestamp"
    UNAUTHORISED = "unauthorised"
    TOO_LARGE = "too_large"
    TOO_DEEP = "too_deep"
    TOO_MANY_VALUES = "too_many_values"
    TOO_SLOW = "too_slow"
    NOT_UTF8 = "not_utf8"
    NOT_JSON = "not_json"
    DUPLICATE_KEY = "duplicate_key"
    KEY_TOO_LONG = "key_too_long"
    STRING_TOO_LONG = "string_too_long"
    LONE_SURROGATE = "lone_surrogate"
    NOT_A_NUMBER = "not_a_number"
    NUMBER_TOO_LARGE = "number_too_large"
    ENCODED_BODY = "encoded_body"
    WRONG_CONTENT_TYPE = "wrong_content_type"
    WRONG_SHAPE = "wrong_shape"
    UNKNOWN_LINK = "unknown_link"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    SHEDDING = "shedding"
    INTERNAL_ERROR = "internal_error"


#: Withheld for one of these, what the dialer holds of the record has to go.
RECALLING = frozenset({
    Reason.OUTSIDE_PERIMETER,
    Reason.CAMPAIGN_CLOSED,
    Reason.NOTHING_CLEARED,
    Reason.RECORD_DELETED,
})  # fmt: skip
