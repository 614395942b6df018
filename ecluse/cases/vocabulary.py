"""The words that a link gives to its cases: fields, profiles, campaigns, results of calls."""

from collections.abc import Mapping
from typing import NamedTuple

from filters.writegate import BLOCKS
from mapping.policy import Policy
from mapping.words import EventType, Object

OWNER = ("id", "team", "territory")

#: The keys of a phoning event's `data` by its type. Decisions name a proposal, and nothing else.
_SHARED = {"prospect": ("id", "phone"), "campaign": ()}
_DECISIONS = {
    EventType.STATUS_VALIDATED.value: "status",
    EventType.STATUS_REJECTED.value: "status",
    EventType.APPOINTMENT_VALIDATED.value: "appointment",
    EventType.APPOINTMENT_REJECTED.value: "appointment",
}
#: What the end of a call may bundle.
_BUNDLED = ("phoning.status.proposed", "phoning.action.planned", "phoning.appointment.proposed")


class Vocabulary(NamedTuple):
    """The known words of one link."""

    #: Object -> the fields that a record may have.
    fields: Mapping[str, tuple[str, ...]]
    labels: frozenset[tuple[str, str]]
    profiles: tuple[str, ...]
    campaigns: tuple[str, ...]
    #: The dialer's names of what goes out.
    sent: tuple[str, ...]
    dispositions: tuple[str, ...]
    #: The CRM's lead statuses; empty where any may be set.
    statuses: tuple[str, ...]


def vocabulary(policy: Policy) -> Vocabulary:
    """The words of a policy."""
    asked = {(item.value, name) for item, names in policy.asked().items() for name in names}
    known = {*policy.labels, *asked}
    fields = {item.value: ("id", *sorted({name for of, name in known if of == item.value} - {"id"})) for item in Object}
    return Vocabulary(
        fields={**fields, "owner": OWNER},
        labels=frozenset((item, label) for (item, _), label in policy.labels.items()),
        profiles=tuple(policy.profiles),
        campaigns=tuple(campaign.name for campaign in policy.perimeter.campaigns),
        sent=tuple(line.to for line in policy.fields),
        dispositions=tuple(policy.dispositions),
        statuses=tuple(dict.fromkeys(policy.statuses.values())),
    )


def blocks_of(kind: str) -> Mapping[str, tuple[str, ...]]:
    """What `data` of a phoning event of this type may hold: block -> its fields; none: one value."""
    if kind in _DECISIONS:
        return {**_SHARED, _DECISIONS[kind]: ("id",)}
    bundled = _BUNDLED if kind == EventType.CALL_ENDED else ()
    return {**_SHARED, **{BLOCKS[name].name: tuple(BLOCKS[name].fields) for name in (kind, *bundled)}}
