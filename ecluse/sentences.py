"""What a code means, in a sentence for people. The codes themselves are the same in every language."""

from ecluse.i18n import N_, _, ngettext
from mapping.reasons import Reason
from mapping.words import Verdict

REASONS: dict[Reason, str] = {
    Reason.CLEARED: N_("every field that went out is named, labelled and cleared"),
    Reason.ACCEPTED: N_("one of the five kinds of write, by somebody who may"),
    Reason.OUTSIDE_PERIMETER: N_("the record is in nobody's perimeter on the other side"),
    Reason.CAMPAIGN_CLOSED: N_("its campaign is closed"),
    Reason.NOTHING_CLEARED: N_("no field of it is cleared for those who could open it"),
    Reason.UNCHANGED: N_("the other side has it already, unchanged"),
    Reason.ECHO: N_("our own write, coming back"),
    Reason.OVERTAKEN: N_("a newer state of the record took its place"),
    Reason.BACKFILL: N_("loaded without ringing anyone"),
    Reason.REJECTED_BY_MANAGER: N_("a manager rejected it"),
    Reason.EXPIRED: N_("no manager decided in time"),
    Reason.RECORD_DELETED: N_("the CRM deleted the record"),
    Reason.AWAITS_VALIDATION: N_("an appointment that waits for its manager"),
    Reason.AWAITS_APPROVAL: N_("a lead status that waits for a manager"),
    Reason.SIXTH_KIND_OF_WRITE: N_("only five kinds of write come back, and this is none of them"),
    Reason.FORBIDDEN_FIELD: N_("it touches a field that the dialer may never write"),
    Reason.NOT_GRANTED: N_("the role of who says so does not allow it"),
    Reason.UNKNOWN_TENANT: N_("the event belongs to another tenant"),
    Reason.UNKNOWN_PROFILE: N_("the link maps no such profile"),
    Reason.UNKNOWN_PERSON: N_("nobody knows who says so"),
    Reason.UNKNOWN_CAMPAIGN: N_("the link has no such campaign"),
    Reason.OUTSIDE_PERSON_PERIMETER: N_("the record is not in the perimeter of who says so"),
    Reason.PERSON_LEFT: N_("who says so has left, or has not begun"),
    Reason.UNKNOWN_PROPOSAL: N_("there is no such proposal to decide"),
    Reason.ALREADY_DECIDED: N_("it was decided already"),
    Reason.ALREADY_PROPOSED: N_("it was proposed already"),
    Reason.INVALID_VALUE: N_("a value is missing or out of bounds"),
    Reason.TARGET_REFUSED: N_("the other side refused it"),
    Reason.MALFORMED: N_("it is not an event that can be read"),
    Reason.UNKNOWN_EVENT_TYPE: N_("an event of a type that this side does not have"),
    Reason.UNKNOWN_RECORD: N_("it names no record that is known"),
    Reason.AMBIGUOUS_RECORD: N_("its number belongs to several records"),
    Reason.UNKNOWN_DISPOSITION: N_("the link does not say what this result of a call means"),
    Reason.EGRESS_BLOCKED: N_("the second gate found something that may not leave"),
    Reason.WRITE_BLOCKED: N_("the second gate found something that may not be written"),
    Reason.UNDECIPHERABLE: N_("its key is gone, so it can no longer be opened"),
    Reason.RETRIES_EXHAUSTED: N_("the other side did not take it, however often it was asked"),
    Reason.DECISION_FAILED: N_("a mistake of ours: it could not be decided"),
    Reason.BAD_SIGNATURE: N_("its signature is missing or wrong"),
    Reason.STALE_TIMESTAMP: N_("its time stamp is more than five minutes off"),
    Reason.UNAUTHORISED: N_("no token, or one that opens nothing"),
    Reason.TOO_LARGE: N_("it is too large"),
    Reason.TOO_DEEP: N_("its JSON is nested too deep"),
    Reason.TOO_MANY_VALUES: N_("its JSON holds too many values"),
    Reason.TOO_SLOW: N_("its body came too slowly"),
    Reason.NOT_UTF8: N_("it is not UTF-8"),
    Reason.NOT_JSON: N_("it is not JSON"),
    Reason.DUPLICATE_KEY: N_("its JSON has a key twice"),
    Reason.KEY_TOO_LONG: N_("a key of its JSON is too long"),
    Reason.STRING_TOO_LONG: N_("a text of its JSON is too long"),
    Reason.LONE_SURROGATE: N_("a text of it holds half a character"),
    Reason.NOT_A_NUMBER: N_("NaN and Infinity are no numbers in JSON"),
    Reason.NUMBER_TOO_LARGE: N_("a number of it is too large"),
    Reason.ENCODED_BODY: N_("its body is compressed"),
    Reason.WRONG_CONTENT_TYPE: N_("its content type is not the expected one"),
    Reason.WRONG_SHAPE: N_("it has not the expected shape"),
    Reason.UNKNOWN_LINK: N_("there is no such link"),
    Reason.NOT_FOUND: N_("there is nothing at this address"),
    Reason.METHOD_NOT_ALLOWED: N_("this address does not take that method"),
    Reason.SHEDDING: N_("closed for the moment"),
    Reason.INTERNAL_ERROR: N_("a mistake of ours"),
}

VERDICTS: dict[Verdict, str] = {
    Verdict.SEND: N_("sent"),
    Verdict.WRITE: N_("written"),
    Verdict.HOLD: N_("held"),
    Verdict.WITHHOLD: N_("withheld"),
    Verdict.REFUSE: N_("refused"),
    Verdict.QUARANTINE: N_("quarantined"),
}


def counted(word: str, n: int) -> str:
    """So many events that ended, or stand, in a way: a verdict, or a term of the conservation equation."""
    match word:
        case "received":
            return ngettext("{n} received", "{n} received", n)
        case "delivered":
            return ngettext("{n} delivered", "{n} delivered", n)
        case "send":
            return ngettext("{n} sent", "{n} sent", n)
        case "write":
            return ngettext("{n} written", "{n} written", n)
        case "withheld" | "withhold":
            return ngettext("{n} withheld", "{n} withheld", n)
        case "held" | "hold":
            return ngettext("{n} held", "{n} held", n)
        case "refused" | "refuse":
            return ngettext("{n} refused", "{n} refused", n)
        case "quarantined" | "quarantine":
            return ngettext("{n} quarantined", "{n} quarantined", n)
        case _:
            return ngettext("{n} in flight", "{n} in flight", n)


def sentence(reason: Reason | str) -> str:
    """A reason as a sentence; a code that nobody knows stays as it is."""
    try:
        return _(REASONS[Reason(reason)])
    except (KeyError, ValueError):
        return str(reason)
