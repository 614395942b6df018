"""What the inbound decision needs to know beside the event and the policy, read once for a batch.

Plain values: the runtime fills them from the store, `ecluse pipe` from the stream it reads.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from mapping.decisions import Command, Decision
from mapping.perimeter import Person


class RecordFact(NamedTuple):
    """What is known of a CRM record: its whole data where intake holds it, or None."""

    data: Mapping[str, Any] | None


class PersonFact(NamedTuple):
    """Who speaks, and whether their mission runs."""

    person: Person
    active: bool = True


class ProposalFact(NamedTuple):
    """Something that waits for a manager, or waited."""

    record: str
    waiting: bool
    #: What will be written once it is validated.
    command: Command | None


class Needed(NamedTuple):
    """Which facts a batch asks for."""

    records: frozenset[str]
    people: frozenset[str]
    proposals: frozenset[str]
    #: E.164 numbers of prospects that came back without their CRM id.
    phones: frozenset[str]


@dataclass(frozen=True, slots=True)
class Facts:
    """The facts of one batch. What is absent is unknown."""

    records: Mapping[str, RecordFact] = field(default_factory=dict)
    people: Mapping[str, PersonFact] = field(default_factory=dict)
    proposals: Mapping[str, ProposalFact] = field(default_factory=dict)
    #: Every record that has a number: none, one or several.
    phones: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: Only for `ecluse pipe` without people: the event's own word for who speaks and of which record.
    trusting: bool = False


#: A stream may be endless: of records and proposals, the newest so many are remembered.
KEPT = 10_000


class StreamFacts:
    """Facts learnt from a stream itself, for a preview that has no store: never for production."""

    def __init__(self, people: Mapping[str, PersonFact] | None = None) -> None:
        self._records: dict[str, RecordFact] = {}
        self._proposals: dict[str, ProposalFact] = {}
        self._people = people

    def learn(self, decision: Decision, data: Mapping[str, Any] | None) -> None:
        """Remember what a decision on this stream showed: a CRM record's data, a proposal made or decided."""
        if data is not None and decision.record:
            self._records[decision.record] = RecordFact(data)
        if decision.proposal:
            waiting = decision.verdict == "hold"
            self._proposals[decision.proposal] = ProposalFact(decision.record, waiting, decision.command)
        for held in (self._records, self._proposals):
            while len(held) > KEPT:
                del held[next(iter(held))]

    def facts(self) -> Facts:
        """What is known so far."""
        return Facts(self._records, self._people or {}, self._proposals, {}, trusting=self._people is None)
