"""What a link allows, and what of it no case looks at.

Only what a case says something of counts: a record that goes out in a step without `sees` touches no field.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ecluse.cases.model import Allow, CaseFile, Step
from ecluse.cases.world import Outcome
from mapping.masks import stays_home, steps_of
from mapping.policy import Policy
from mapping.words import EventType, Grant, Verdict

Cleared = tuple[str, str, str]
#: Who may say it -> the grant that a decision under it shows; the second where it was final.
_GRANTS: Mapping[str, tuple[Grant, Grant]] = {
    EventType.CALL_ENDED: (Grant.CALL_RESULT, Grant.CALL_RESULT),
    EventType.COMMENT_ADDED: (Grant.COMMENT, Grant.COMMENT),
    EventType.ACTION_PLANNED: (Grant.NEXT_ACTION, Grant.NEXT_ACTION),
    EventType.STATUS_PROPOSED: (Grant.PROPOSE_LEAD_STATUS, Grant.SET_LEAD_STATUS),
    EventType.APPOINTMENT_PROPOSED: (Grant.PROPOSE_APPOINTMENT, Grant.VALIDATE_APPOINTMENT),
    EventType.STATUS_VALIDATED: (Grant.SET_LEAD_STATUS, Grant.SET_LEAD_STATUS),
    EventType.STATUS_REJECTED: (Grant.SET_LEAD_STATUS, Grant.SET_LEAD_STATUS),
    EventType.APPOINTMENT_VALIDATED: (Grant.VALIDATE_APPOINTMENT, Grant.VALIDATE_APPOINTMENT),
    EventType.APPOINTMENT_REJECTED: (Grant.VALIDATE_APPOINTMENT, Grant.VALIDATE_APPOINTMENT),
}
_THROUGH = (Verdict.WRITE, Verdict.HOLD, Verdict.WITHHOLD)


class Uncovered(NamedTuple):
    """What no case touches, and how much there is in all."""

    #: (role, object, label) that a role may read.
    grants: tuple[Cleared, ...]
    #: (role, grant) that a role may write.
    writes: tuple[tuple[str, str], ...]
    #: Lines of `fields`, by the dialer's name.
    fields: tuple[str, ...]
    dispositions: tuple[str, ...]
    total: Mapping[str, int]


class Touched:
    """What the cases of one link have looked at so far."""

    def __init__(self, policy: Policy) -> None:
        self._policy = policy
        self._grants: set[Cleared] = set()
        self._writes: set[tuple[str, str]] = set()
        self._fields: set[str] = set()
        self._dispositions: set[str] = set()

    def by_step(
        self, file: CaseFile, step: Step, outcomes: Sequence[Outcome], seen: Mapping[str, Mapping[str, Any]]
    ) -> None:
        """Take a step into account, with what everybody saw after it."""
        profiles = {person.id: person.profile for person in file.people}
        for who, listed in (step.sees or {}).items():
            shown = [line for line in self._policy.fields if line.to in listed and line.to in seen.get(who, {})]
            for line in shown:
                self._fields.add(line.to)
                self._read(profiles.get(who, who), line.source)
        if step.expects is not None:
            for outcome in outcomes:
                self._written(profiles.get(step.by, ""), outcome)
            self._said(step, outcomes)

    def by_matrix(self, allow: Allow) -> None:
        """A matrix looks at everything that is read, or written, or both."""
        if allow.read is not None:
            self._fields |= {line.to for line in self._policy.fields}
            self._grants |= set(self._all_grants())
        if allow.write is not None:
            self._writes |= set(self._all_writes())

    def uncovered(self) -> Uncovered:
        """What is left."""
        grants, writes = list(self._all_grants()), list(self._all_writes())
        fields, dispositions = [line.to for line in self._policy.fields], list(self._policy.dispositions)
        total = {
            "grants": len(grants), "writes": len(writes), "fields": len(fields), "dispositions": len(dispositions)
        }  # fmt: skip
        return Uncovered(
            _left(grants, self._grants), _left(writes, self._writes), _left(fields, self._fields),
            _left(dispositions, self._dispositions), total,
        )  # fmt: skip

    def _read(self, profile: str, source: str) -> None:
        item, name = source.split(".", 1)
        label = self._policy.labels[item, name]
        self._grants |= {(role, item, label) for role in self._line(profile)}

    def _written(self, profile: str, outcome: Outcome) -> None:
        if outcome.decision.verdict in _THROUGH and outcome.type in _GRANTS:
            grant = _GRANTS[outcome.type][outcome.decision.verdict is not Verdict.HOLD]
            self._writes |= {(role, grant.value) for role in self._line(profile)}

    def _said(self, step: Step, outcomes: Sequence[Outcome]) -> None:
        call = step.data.get("call")
        said = str(call.get("disposition", "")).casefold() if isinstance(call, dict) else ""
        if any(outcome.decision.verdict is Verdict.WRITE for outcome in outcomes):
            self._dispositions |= {name for name in self._policy.dispositions if name.casefold() == said}

    def _line(self, profile: str) -> Iterator[str]:
        """The role of a profile, and those it extends."""
        rule = self._policy.source.profiles.get(profile)
        name = rule.role if rule is not None else None
        seen: set[str] = set()
        while name is not None and name not in seen:
            seen.add(name)
            yield name
            name = self._policy.source.roles[name].extends

    def _used(self) -> dict[str, None]:
        """The roles that some profile has; of the others no case can say anything."""
        return {role: None for profile in self._policy.profiles for role in self._line(profile)}

    def _all_grants(self) -> Iterator[Cleared]:
        carried = {tuple(line.source.split(".", 1)) for line in self._policy.fields}
        goes = {(item, label) for (item, name), label in self._policy.labels.items() if (item, name) in carried}
        for role in self._used():
            rights = self._policy.source.roles[role]
            said = [(item.value, label) for item, labels in rights.read.items() for label in labels]
            for item, masks in rights.masks.items():
                said += [(item.value, label) for label, rules in masks.items() if not stays_home(steps_of(rules))]
            yield from ((role, *of) for of in said if of in goes)

    def _all_writes(self) -> Iterator[tuple[str, str]]:
        events = {grant for grants in _GRANTS.values() for grant in grants}
        for role in self._used():
            yield from ((role, grant.value) for grant in self._policy.source.roles[role].write if grant in events)


def _left(every: Iterable[Any], touched: set[Any]) -> tuple[Any, ...]:
    return tuple(one for one in dict.fromkeys(every) if one not in touched)
