"""The outbound decision in Python: what the compiled core has to agree with, and decides all that it leaves.

Who may have it (profile → role → perimeter, campaign) → gate 1 builds the outgoing record in the
dialer's words → gate 2 checks the final payload. Values in, decisions out: the clock is an argument.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import NoneType
from typing import Any

import orjson

from filters.egress import Egress
from filters.projection import Projection, allowed_lines
from filters.shape import pointers_of, shape_of
from mapping.decisions import Command, Decision
from mapping.perimeter import Campaign, Place, everyone_reaches, reaches
from mapping.policy import Policy
from mapping.reasons import Reason
from mapping.words import CommandKind, Verdict

_CHANGED = frozenset({"crm.contact.changed", "crm.account.changed", "crm.opportunity.changed"})
_DELETED = "crm.contact.deleted"
_OBJECTS = ("contact", "account", "opportunity", "owner")
_ID_LONGEST = 256
_HELD = frozenset({dict, NoneType})

_UPSERT = CommandKind.UPSERT_PROSPECT
_CLEARED = Reason.CLEARED
_SEND, _WITHHOLD, _REFUSE, _QUARANTINE = Verdict.SEND, Verdict.WITHHOLD, Verdict.REFUSE, Verdict.QUARANTINE


class Gates:
    """Both gates for one audience."""

    def __init__(self, policy: Policy, audience: tuple[str, ...]) -> None:
        self.audience = audience
        self.strip = Projection(policy, audience)
        self.egress = Egress(policy, audience)


class Reference:
    """Decides the events of one link, under one revision, one by one."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._tenant = policy.tenant
        self._revision = policy.revision
        everyone = tuple(policy.profiles)
        self._gates = Gates(policy, everyone)
        self._by_profile = {name: Gates(policy, (name,)) for name in everyone} if policy.views else {}
        self._reaches = tuple((name, rule.reach) for name, rule in policy.profiles.items())
        self._all_reach = everyone_reaches(rule.reach for rule in policy.profiles.values())
        self._shown_as = shown_as(policy, everyone)

    def decide(self, batch: Sequence[bytes | bytearray | memoryview], now: datetime) -> list[Decision]:
        """One decision for each event, in order. Never raises for an event's content."""
        live, closed = self.policy.perimeter.split(now.date())
        decide = self._with_views if self.policy.views else self._alike
        return [self._one(raw, live, closed, decide) for raw in batch]

    def _one(self, raw: Any, live: tuple[Campaign, ...], closed: tuple[Campaign, ...], decide: Any) -> Decision:
        try:
            event = orjson.loads(raw)
        except orjson.JSONDecodeError:
            return self._end("", _QUARANTINE, Reason.MALFORMED)
        flaw = _flaw(event)
        if flaw is not None:
            identity = event.get("id") if type(event) is dict else ""
            name = identity if type(identity) is str and len(identity) <= _ID_LONGEST else ""
            return self._end(name, _QUARANTINE, flaw)
        if event.get("tenant") != self._tenant:
            return self._end(event["id"], _REFUSE, Reason.UNKNOWN_TENANT)
        data = event["data"]
        if event["type"] == _DELETED:
            return self._end(event["id"], _WITHHOLD, Reason.RECORD_DELETED, event["subject"])
        record = f"contact/{data['contact']['id']}"
        place = self.policy.perimeter.locate(data, live, closed)
        decision: Decision = decide(event, data, record, place)
        if event.get("echo") is True and decision.verdict is not _WITHHOLD:
            return self._end(event["id"], _WITHHOLD, Reason.ECHO, record, data)
        # What we wrote ourselves may have taken the record out of the perimeter: then it has to come back.
        return decision

    def _alike(self, event: dict[str, Any], data: dict[str, Any], record: str, place: Place) -> Decision:
        """For a dialer that shows everybody the same: only what every profile may open, only what all may read."""
        if not self._all_reach(place):
            return self._end(event["id"], _WITHHOLD, _outside(place), record, data)
        gates = self._gates
        shape = shape_of(data)
        fields, sent, masked, stripped = gates.strip.apply(data, shape)
        if not fields:
            return self._end(event["id"], _WITHHOLD, Reason.NOTHING_CLEARED, record, data)
        written = orjson.dumps(fields)
        if gates.egress.blocks(fields, data, written, shape):
            return self._end(event["id"], _QUARANTINE, Reason.EGRESS_BLOCKED, record, data)
        body = {"campaign": place.campaign, "fields": fields, "views": {}, "dial": event.get("origin") == "live"}
        command = Command(_UPSERT, record, body)
        return Decision(
            event["id"], _SEND, _CLEARED, self._revision, self._shown_as, sent, masked, stripped, command, record
        )

    def _with_views(self, event: dict[str, Any], data: dict[str, Any], record: str, place: Place) -> Decision:
        """For a dialer that tells profiles apart: a view for each profile that may open the record."""
        may_open = tuple(name for name, reach in self._reaches if reaches(reach, place))
        if not may_open:
            return self._end(event["id"], _WITHHOLD, _outside(place), record, data)
        shape = shape_of(data)
        views: dict[str, dict[str, Any]] = {}
        reached: dict[str, None] = {}
        partly: dict[str, None] = {}
        for name in may_open:
            gates = self._by_profile[name]
            fields, sent, masked, _ = gates.strip.apply(data, shape)
            if not fields:
                continue
            if gates.egress.blocks(fields, data, orjson.dumps(fields), shape):
                return self._end(event["id"], _QUARANTINE, Reason.EGRESS_BLOCKED, record, data)
            views[name] = fields
            reached.update(dict.fromkeys(sent))
            partly.update(dict.fromkeys(masked))
        if not views:
            return self._end(event["id"], _WITHHOLD, Reason.NOTHING_CLEARED, record, data)
        shared = _shared(list(views.values())) if len(views) == len(may_open) else {}
        body = {"campaign": place.campaign, "fields": shared, "views": views, "dial": event.get("origin") == "live"}
        stripped = tuple(p for p in pointers_of(data) if p not in reached and p not in partly)
        masked = tuple(p for p in partly if p not in reached)
        return Decision(
            event["id"], _SEND, Reason.CLEARED, self._revision, "+".join(views), tuple(reached), masked, stripped,
            Command(_UPSERT, record, body), record,
        )  # fmt: skip

    def _end(
        self, name: str, verdict: Verdict, reason: Reason, record: str = "", data: Mapping[str, Any] | None = None
    ) -> Decision:
        stripped = pointers_of(data) if data else ()
        return Decision(name, verdict, reason, self._revision, "", (), (), stripped, None, record)


def _flaw(event: Any) -> Reason | None:
    """What keeps an event from being decided at all."""
    if type(event) is not dict:
        return Reason.MALFORMED
    get = event.get
    subject, data = get("subject"), get("data")
    if get("specversion") != "1.0" or type(subject) is not str or type(data) is not dict or not _identified(get("id")):
        return Reason.MALFORMED
    kind = get("type")
    if type(kind) is not str or kind not in _CHANGED:
        return None if kind == _DELETED and subject.startswith("contact/") else Reason.UNKNOWN_EVENT_TYPE
    contact = data.get("contact")
    if type(contact) is not dict or not _identified(contact.get("id")):
        return Reason.MALFORMED
    if subject[:8] == "contact/" and subject[8:] != contact["id"]:
        return Reason.MALFORMED
    if _HELD.issuperset(map(type, data.values())) or _loose(data):
        return None
    return Reason.MALFORMED


def _identified(name: Any) -> bool:
    return type(name) is str and 0 < len(name) <= _ID_LONGEST


def _loose(data: Mapping[str, Any]) -> bool:
    """Whether what is no object in `data` is at least none of the objects we know."""
    return all(data.get(item) is None or type(data[item]) is dict for item in _OBJECTS)


def _outside(place: Place) -> Reason:
    return Reason.CAMPAIGN_CLOSED if place.closed_campaign and not place.campaign else Reason.OUTSIDE_PERIMETER


def _shared(views: list[dict[str, Any]]) -> dict[str, Any]:
    first, *others = views
    return {to: value for to, value in first.items() if all(to in other and other[to] == value for other in others)}


def shown_as(policy: Policy, everyone: tuple[str, ...]) -> str:
    """Whose view all share: the first profile that may read just that, or all their names."""
    shared = {(line.to, line.shown) for line in allowed_lines(policy, everyone)}
    for name in everyone:
        if {(line.to, line.shown) for line in allowed_lines(policy, (name,))} == shared:
            return name
    return "+".join(everyone)
