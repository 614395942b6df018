"""What a case happens in: the two processors of production, and what the store would remember between two events.

No database, no clock: a step says what time it is. As in production, time that passes ends
appointments that nobody decided, and has records decided again whose campaign has ended.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

from ecluse.cases.given import changed
from ecluse.cases.model import CaseFile, Happening, Step, record_of
from ecluse.people import facts_of
from mapping.decisions import Decision
from mapping.policy import Policy
from mapping.reasons import RECALLING, Reason
from mapping.transforms import DROPPED, e164
from mapping.words import CommandKind, EventType, Shape, Verdict
from streams.facts import Facts, PersonFact, ProposalFact, RecordFact
from streams.inbound import Inbound, parts
from streams.outbound import Outbound


class Proposed(NamedTuple):
    """Something that waits for a manager, or waited."""

    fact: ProposalFact
    event: str
    deadline: datetime


class Outcome(NamedTuple):
    """What was decided, and what of it follows in the dialer."""

    decision: Decision
    #: The type of the event; empty where only time passed.
    type: str = ""
    #: What the dialer holds of the record is taken back.
    recalls: bool = False

    @property
    def kind(self) -> str:
        """The command that goes, or will go once somebody said yes."""
        if self.recalls:
            return CommandKind.RECALL_PROSPECT.value
        return self.decision.command.kind.value if self.decision.command is not None else ""


class World:
    """One case's world, from its first step to its last."""

    def __init__(self, policy: Policy, file: CaseFile) -> None:
        self.policy = policy
        self.records: dict[str, Mapping[str, Mapping[str, Any]]] = dict(file.records)
        self._people = list(file.people)
        self._outbound, self._inbound = Outbound(policy), Inbound(policy)
        self._proposals: dict[str, Proposed] = {}
        #: What the dialer holds: name of a record -> its campaign.
        self._held: dict[str, str] = {}
        self._events = 0

    def people(self, now: datetime) -> dict[str, PersonFact]:
        return facts_of(self._people, now)

    def take(self, step: Step) -> list[Outcome]:
        """What becomes of a step. Time passes first."""
        now = step.now.astimezone(UTC)
        passed = self._pass(now)
        match step.happens:
            case Happening.CLOCK:
                return passed
            case Happening.CRM:
                self.records[step.record] = changed(self.records[step.record], step.change)
                return [self._from_crm(step.record, step.type, now)]
            case Happening.DIALER:
                return self._from_dialer(step, now)

    def _pass(self, now: datetime) -> list[Outcome]:
        late = [name for name, one in self._proposals.items() if one.fact.waiting and one.deadline <= now]
        outcomes = []
        for name in late:
            one = self._proposals[name]
            self._proposals[name] = one._replace(fact=one.fact._replace(waiting=False))
            expired = Decision(
                one.event, Verdict.WITHHOLD, Reason.EXPIRED, self.policy.revision, "", (), (), (), None,
                one.fact.record, name,
            )  # fmt: skip
            outcomes.append(Outcome(expired))
        closed = {campaign.name for campaign in self.policy.perimeter.split(now.date())[1]}
        over = [name for name, campaign in self._held.items() if campaign in closed]
        return outcomes + [self._from_crm(name, EventType.CRM_CHANGED.value, now) for name in over]

    def _from_crm(self, name: str, kind: str, now: datetime) -> Outcome:
        data = self.records[name]
        event = self._event(kind, data, now) | {"subject": record_of(data)}
        (decision,) = self._outbound.decide([orjson.dumps(event)], now)
        recalls = decision.verdict is Verdict.WITHHOLD and decision.reason in RECALLING and name in self._held
        if recalls:
            del self._held[name]
        elif decision.command is not None:
            self._held[name] = str(decision.command.body.get("campaign", ""))
        return Outcome(decision, kind, recalls)

    def _from_dialer(self, step: Step, now: datetime) -> list[Outcome]:
        data: dict[str, Any] = {"agent": {"id": step.by}} if step.by else {}
        if step.record and "prospect" not in step.data:
            known = self.records.get(step.record)
            data["prospect"] = {"id": record_of(known) if known is not None else step.record}
        event = self._event(step.type, {**data, **step.data}, now) | {"subject": "call"}
        bundled = parts(event, self.policy)
        decisions = self._inbound.decide([orjson.dumps(part) for part in bundled], self._facts(now), now)
        expire_after = self.policy.source.appointments.expire_after
        for decision in decisions:
            if decision.proposal:
                waiting = decision.verdict is Verdict.HOLD
                fact = ProposalFact(decision.record, waiting, decision.command)
                self._proposals[decision.proposal] = Proposed(fact, decision.event, now + expire_after)
        return [Outcome(decision, part["type"]) for decision, part in zip(decisions, bundled, strict=True)]

    def _facts(self, now: datetime) -> Facts:
        phones: dict[str, tuple[str, ...]] = {}
        for data in self.records.values():
            for number in dict.fromkeys(self._numbers(data)):
                phones[number] = (*phones.get(number, ()), record_of(data))
        return Facts(
            records={record_of(data): RecordFact(data) for data in self.records.values()},
            people=self.people(now),
            proposals={name: one.fact for name, one in self._proposals.items()},
            phones=phones,
        )

    def _numbers(self, data: Mapping[str, Mapping[str, Any]]) -> list[str]:
        """A contact's numbers, by the fields that go out as such."""
        lines = [line.source.split(".", 1) for line in self.policy.fields if line.shape is Shape.E164]
        said = [data.get(item, {}).get(name) for item, name in lines if item == "contact"]
        read = [e164(value, self.policy.country) for value in said if isinstance(value, str) and value]
        return [str(number) for number in read if number is not DROPPED]

    def _event(self, kind: str, data: Mapping[str, Any], now: datetime) -> dict[str, Any]:
        self._events += 1
        return {
            "specversion": "1.0", "id": f"step-{self._events}", "source": f"cases/{self.policy.link}", "type": kind,
            "time": now.isoformat(), "tenant": self.policy.tenant, "origin": "live", "data": data,
        }  # fmt: skip
