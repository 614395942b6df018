"""Dialer → CRM: the decision, pure, over a batch of phoning events and the facts read for it.

Which record → who says so, and may they → canonical disposition → gate 1, the five kinds of write
and no other → gate 2, on the final command. A telemarketer's lead status and appointment are
proposals: held until a manager decides, and only then written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

from filters.writegate import BAD, BLOCKS, Built, blocks, build, word
from mapping.decisions import Command, Decision
from mapping.perimeter import Person, Place, person_reaches, reaches
from mapping.policy import Policy, ProfileRule
from mapping.reasons import Reason
from mapping.words import CommandKind, EventType, Grant, Reach, Verdict
from streams.facts import Facts, Needed, ProposalFact
from streams.parts import parts
from streams.phoning import happened, named, needs, phone_of, proposal_of, prospect_of, record_of, speaker_of

_HOLD, _WRITE, _WITHHOLD = Verdict.HOLD, Verdict.WRITE, Verdict.WITHHOLD
_REFUSE, _QUARANTINE = Verdict.REFUSE, Verdict.QUARANTINE

#: Who may say what: the grant that lets a person do it, and the one that makes it final.
_GRANTS: Mapping[str, tuple[Grant, Grant | None]] = {
    EventType.CALL_ENDED: (Grant.CALL_RESULT, Grant.CALL_RESULT),
    EventType.COMMENT_ADDED: (Grant.COMMENT, Grant.COMMENT),
    EventType.ACTION_PLANNED: (Grant.NEXT_ACTION, Grant.NEXT_ACTION),
    EventType.STATUS_PROPOSED: (Grant.PROPOSE_LEAD_STATUS, Grant.SET_LEAD_STATUS),
    EventType.APPOINTMENT_PROPOSED: (Grant.PROPOSE_APPOINTMENT, Grant.VALIDATE_APPOINTMENT),
}
_DECIDERS: Mapping[str, tuple[Grant, CommandKind, str]] = {
    EventType.STATUS_VALIDATED: (Grant.SET_LEAD_STATUS, CommandKind.SET_STATUS, "status"),
    EventType.STATUS_REJECTED: (Grant.SET_LEAD_STATUS, CommandKind.SET_STATUS, "status"),
    EventType.APPOINTMENT_VALIDATED: (Grant.VALIDATE_APPOINTMENT, CommandKind.BOOK_APPOINTMENT, "appointment"),
    EventType.APPOINTMENT_REJECTED: (Grant.VALIDATE_APPOINTMENT, CommandKind.BOOK_APPOINTMENT, "appointment"),
}
_REJECTIONS = (EventType.STATUS_REJECTED, EventType.APPOINTMENT_REJECTED)
#: CRM objects in a phoning event are an attempt to write what may not come back (R059, R060).
_FOREIGN = frozenset({"contact", "account", "opportunity", "owner", "fields", "record"})


class _Stop(Exception):
    """The event ends here, with this verdict."""

    def __init__(self, verdict: Verdict, reason: Reason, stripped: tuple[str, ...] = ()) -> None:
        self.verdict, self.reason, self.stripped = verdict, reason, stripped
        super().__init__(reason.value)


class _Speaker(NamedTuple):
    """Who says so, and by which right."""

    person: Person
    rule: ProfileRule

    def signature(self) -> dict[str, str]:
        return {"id": self.person.id, "crm_user": self.person.crm_user}


class Inbound:
    """The inbound processor of one link, under one revision."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self._campaigns = {campaign.name: campaign for campaign in policy.perimeter.campaigns}
        self._dispositions = {name.casefold(): rule for name, rule in policy.dispositions.items()}

    def decide(self, batch: Sequence[bytes | bytearray | memoryview], facts: Facts, now: datetime) -> list[Decision]:
        """One decision for each event, in order. Never raises for an event's content.

        Within a batch, a proposal made by an earlier event is known to a later one.
        """
        decisions = []
        proposals = dict(facts.proposals)
        facts = replace(facts, proposals=proposals)
        for raw in batch:
            decision = self._one(raw, facts, now)
            if decision.proposal:
                proposals[decision.proposal] = ProposalFact(
                    decision.record, waiting=decision.verdict is _HOLD, command=decision.command
                )
            decisions.append(decision)
        return decisions

    def _one(self, raw: Any, facts: Facts, now: datetime) -> Decision:
        try:
            event = orjson.loads(raw)
        except orjson.JSONDecodeError:
            event = None
        name = named(event)
        try:
            self._check(event)
            return self._weigh(event, name, facts, now)
        except _Stop as stop:
            record = record_of(event)
            return Decision(
                name, stop.verdict, stop.reason, self.policy.revision, "", (), (), stop.stripped, None, record
            )

    def _check(self, event: Any) -> None:
        """What every phoning event must be, whatever it says."""
        if type(event) is not dict or event.get("specversion") != "1.0" or not named(event):
            raise _Stop(_QUARANTINE, Reason.MALFORMED)
        kind, data = event.get("type"), event.get("data")
        if type(kind) is not str or type(data) is not dict:
            raise _Stop(_QUARANTINE, Reason.MALFORMED)
        if event.get("tenant") != self.policy.tenant:
            raise _Stop(_REFUSE, Reason.UNKNOWN_TENANT)
        if kind not in _GRANTS and kind not in _DECIDERS:
            sixth = kind.startswith("phoning.")
            raise _Stop(*((_REFUSE, Reason.SIXTH_KIND_OF_WRITE) if sixth else (_QUARANTINE, Reason.UNKNOWN_EVENT_TYPE)))
        foreign = tuple(f"/{item}" for item in data if item in _FOREIGN)
        if foreign:
            raise _Stop(_REFUSE, Reason.FORBIDDEN_FIELD, foreign)

    def _weigh(self, event: dict[str, Any], name: str, facts: Facts, now: datetime) -> Decision:
        data, kind = event["data"], event["type"]
        speaker = self._speaker(data, facts, now)
        if kind in _DECIDERS:
            return self._decided(event, name, speaker, facts, now)
        may, final = _GRANTS[kind]
        if may not in speaker.rule.grants and final not in speaker.rule.grants:
            raise _Stop(_REFUSE, Reason.NOT_GRANTED)
        record = self._record(data, facts)
        day = happened(event, now)
        self._campaign(data, speaker, facts, day)
        self._reached(record, speaker, facts, day)
        block = BLOCKS[kind]
        held = data.get(block.name)
        if type(held) is not dict:
            raise _Stop(_QUARANTINE, Reason.MALFORMED)
        built = build(block, held)
        if built.missing:
            raise _Stop(_REFUSE, Reason.INVALID_VALUE, (f"/{block.name}/{built.missing}",))
        body = self._worded(block.kind, built.body, name, speaker, day)
        if type(data.get("campaign")) is str and data["campaign"]:
            body["campaign"] = data["campaign"]
        if block.kind is CommandKind.LOG_CALL and "comment" in body and Grant.COMMENT not in speaker.rule.grants:
            del body["comment"]
            built = built._replace(
                sent=tuple(p for p in built.sent if p != "/call/comment"), stripped=(*built.stripped, "/call/comment")
            )
        command = Command(block.kind, record, body)
        return self._ended(name, speaker, built, command, facts.proposals, is_final=final in speaker.rule.grants)

    def _ended(
        self,
        name: str,
        speaker: _Speaker,
        built: Built,
        command: Command,
        proposals: Mapping[str, ProposalFact],
        *,
        is_final: bool,
    ) -> Decision:
        """Written at once where the speaker's word is final, held as a proposal where it is not."""
        proposal = ""
        verdict, reason = _WRITE, Reason.ACCEPTED
        body = dict(command.body)
        if command.kind in (CommandKind.SET_STATUS, CommandKind.BOOK_APPOINTMENT):
            proposal = body["id"]
            known = proposals.get(proposal)
            if known is not None:
                raise _Stop(_REFUSE, Reason.ALREADY_PROPOSED if known.waiting else Reason.ALREADY_DECIDED)
            if is_final:
                body["validated_by"], proposal = speaker.signature(), ""
            else:
                verdict = _HOLD
                appointment = command.kind is CommandKind.BOOK_APPOINTMENT
                reason = Reason.AWAITS_VALIDATION if appointment else Reason.AWAITS_APPROVAL
        command = command._replace(body=body)
        # A proposal is checked as it will be once a manager has signed it.
        checked = command if verdict is _WRITE else _signed(command, speaker)
        if blocks(checked):
            raise _Stop(_QUARANTINE, Reason.WRITE_BLOCKED)
        return Decision(
            name, verdict, reason, self.policy.revision, speaker.rule.name, built.sent, built.masked, built.stripped,
            command, command.record, proposal,
        )  # fmt: skip

    def _decided(self, event: dict[str, Any], name: str, speaker: _Speaker, facts: Facts, now: datetime) -> Decision:
        """A manager's word on a proposal."""
        grant, kind, block = _DECIDERS[event["type"]]
        if grant not in speaker.rule.grants:
            raise _Stop(_REFUSE, Reason.NOT_GRANTED)
        held = event["data"].get(block)
        proposal: Any = word(held.get("id")) if type(held) is dict else BAD
        if proposal is BAD:
            raise _Stop(_REFUSE, Reason.UNKNOWN_PROPOSAL)
        fact = facts.proposals.get(proposal)
        if fact is not None and not fact.waiting:
            raise _Stop(_REFUSE, Reason.ALREADY_DECIDED)
        if fact is None or fact.command is None or fact.command.kind is not kind:
            raise _Stop(_REFUSE, Reason.UNKNOWN_PROPOSAL)
        self._reached(fact.record, speaker, facts, happened(event, now))
        pointer = (f"/{block}/id",)
        profile, revision = speaker.rule.name, self.policy.revision
        if event["type"] in _REJECTIONS:
            return Decision(
                name, _WITHHOLD, Reason.REJECTED_BY_MANAGER, revision, profile, (), (), (), None, fact.record, proposal
            )
        command = _signed(fact.command, speaker)
        if blocks(command):
            raise _Stop(_QUARANTINE, Reason.WRITE_BLOCKED)
        return Decision(
            name, _WRITE, Reason.ACCEPTED, revision, profile, pointer, (), (), command, fact.record, proposal
        )

    def _speaker(self, data: Mapping[str, Any], facts: Facts, now: datetime) -> _Speaker:
        identity = speaker_of(data)
        if not identity:
            raise _Stop(_REFUSE, Reason.UNKNOWN_PERSON)
        known = facts.people.get(identity)
        if known is not None:
            if not known.active:
                raise _Stop(_REFUSE, Reason.PERSON_LEFT)
            person = known.person
        elif facts.trusting:
            profile = data["agent"].get("profile")
            person = Person(identity, profile if type(profile) is str else "")
        else:
            raise _Stop(_REFUSE, Reason.UNKNOWN_PERSON)
        # By today, not by the day that the event names: nobody's clock brings back an exception that has expired.
        day = now.astimezone(UTC).date()
        rule = self.policy.rule_of(person.profile, person.id if known else "", day)
        if rule is None:
            raise _Stop(_REFUSE, Reason.UNKNOWN_PROFILE)
        return _Speaker(person, rule)

    def _record(self, data: Mapping[str, Any], facts: Facts) -> str:
        """The CRM's own id that went out and came back; only without it, the number, and only if it names one."""
        record = prospect_of(data)
        if record:
            if record not in facts.records and not facts.trusting:
                raise _Stop(_QUARANTINE, Reason.UNKNOWN_RECORD)
            return record
        phone = phone_of(data, self.policy.country)
        found = facts.phones.get(phone, ()) if phone else ()
        if len(found) > 1:
            raise _Stop(_QUARANTINE, Reason.AMBIGUOUS_RECORD)
        if not found:
            raise _Stop(_QUARANTINE, Reason.UNKNOWN_RECORD)
        return found[0]

    def _campaign(self, data: Mapping[str, Any], speaker: _Speaker, facts: Facts, day: datetime) -> None:
        name = data.get("campaign")
        if name in (None, ""):
            return
        campaign = self._campaigns.get(name) if type(name) is str else None
        if campaign is None:
            raise _Stop(_REFUSE, Reason.UNKNOWN_CAMPAIGN)
        if not campaign.live(day.date()):
            raise _Stop(_REFUSE, Reason.CAMPAIGN_CLOSED)
        # Whoever works by campaign speaks for their own only, also of a record that lies in several.
        by_campaign = speaker.rule.reach is Reach.PROJECT and speaker.person.id in facts.people
        if by_campaign and name not in speaker.person.campaigns:
            raise _Stop(_REFUSE, Reason.OUTSIDE_PERSON_PERIMETER)

    def _reached(self, record: str, speaker: _Speaker, facts: Facts, day: datetime) -> None:
        fact = facts.records.get(record)
        if fact is None or fact.data is None:
            if not facts.trusting:
                raise _Stop(_QUARANTINE, Reason.UNKNOWN_RECORD)
            return
        place: Place = self.policy.perimeter.place(fact.data, day.date())
        known = speaker.person.id in facts.people
        reach = speaker.rule.reach
        if not (person_reaches(reach, speaker.person, place) if known else reaches(reach, place)):
            raise _Stop(_REFUSE, Reason.OUTSIDE_PERSON_PERIMETER)

    def _worded(
        self, kind: CommandKind, built: dict[str, Any], event: str, speaker: _Speaker, day: datetime
    ) -> dict[str, Any]:
        """The write in canonical words, with its author."""
        body = dict(built)
        if kind is CommandKind.LOG_CALL:
            label = body.pop("disposition")
            rule = self._dispositions.get(label.casefold())
            if rule is None:
                raise _Stop(_QUARANTINE, Reason.UNKNOWN_DISPOSITION, ("/call/disposition",))
            body["result"], body["label"] = rule.means.value, label
            if rule.retry_after is not None:
                body["next_attempt_at"] = (day + rule.retry_after).isoformat()
        elif kind is CommandKind.SET_STATUS:
            value = body.pop("value")
            statuses = self.policy.statuses
            if statuses and value not in statuses:
                raise _Stop(_REFUSE, Reason.INVALID_VALUE, ("/status/value",))
            body["status"] = statuses.get(value, value)
        elif kind is CommandKind.SET_NEXT_ACTION:
            body["kind_of_action"] = body.pop("kind")
        if kind in (CommandKind.SET_STATUS, CommandKind.BOOK_APPOINTMENT):
            body["id"] = proposal_of(body, event)
        body["author"] = speaker.signature()
        return body


def _signed(command: Command, speaker: _Speaker) -> Command:
    return command._replace(body={**command.body, "validated_by": speaker.signature()})


__all__ = ["Facts", "Inbound", "Needed", "needs", "parts"]
