"""Compares what was decided with what a step expects."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ecluse import why
from ecluse.cases.failure import Failing, Failure
from ecluse.cases.model import ANYTHING, Sight, Step
from ecluse.cases.world import Outcome, World
from ecluse.sentences import REASONS
from mapping.perimeter import person_reaches
from mapping.words import CommandKind, Verdict


def decisions(step: Step, outcomes: Sequence[Outcome]) -> Iterator[Failure]:
    """Every part that is expected of the decisions, and how many there are."""
    if step.expects is None:
        return
    if len(outcomes) != len(step.expects):
        count = (str(len(step.expects)), str(len(outcomes)))
        yield Failure(Failing.DECISIONS, step.place, expected=count[0], got=count[1])
        return
    for expect, outcome in zip(step.expects, outcomes, strict=True):
        for name, got in _parts(outcome).items():
            expected = getattr(expect, name)
            if expected and expected != got:
                yield Failure(Failing.DECIDED, expect.place, what=name, expected=expected, got=got)


def _parts(outcome: Outcome) -> dict[str, str]:
    decision = outcome.decision
    body: Mapping[str, Any] = decision.command.body if decision.command is not None else {}
    return {
        "verdict": decision.verdict.value,
        "reason": decision.reason.value,
        "kind": outcome.kind,
        "campaign": str(body.get("campaign", "")),
        "result": str(body.get("result", "")),
        "status": str(body.get("status", "")),
        "author": _person(body.get("author")),
        "validated_by": _person(body.get("validated_by")),
    }


def _person(signature: Any) -> str:
    return str(signature.get("id", "")) if isinstance(signature, Mapping) else ""


def shown(step: Step, outcome: Outcome, world: World) -> dict[str, Mapping[str, Any]]:
    """What each profile sees of the record once the dialer has it; people too, where the step speaks of them."""
    decision, policy = outcome.decision, world.policy
    sees: dict[str, Mapping[str, Any]] = {name: {} for name in policy.profiles}
    if decision.verdict is Verdict.SEND and decision.command and decision.command.kind is CommandKind.UPSERT_PROSPECT:
        body = decision.command.body
        sees = {name: body["views"].get(name, {}) if policy.views else body["fields"] for name in policy.profiles}
    place = policy.perimeter.place(world.records[step.record], step.now.date())
    for name, fact in world.people(step.now).items():
        rule = policy.profiles.get(fact.person.profile)
        opens = rule is not None and fact.active and person_reaches(rule.reach, fact.person, place)
        sees[name] = sees[rule.name] if rule is not None and opens else {}
    return sees


def sights(step: Step, outcome: Outcome, world: World) -> Iterator[Failure]:
    """Whether each profile sees what is listed for it, and nothing else. One that is not listed sees nothing."""
    if step.sees is None:
        return
    seen = shown(step, outcome, world)
    for who in viewers(step.sees, world, step):
        listed, place = step.sees.get(who, {}), step.seen_at.get(who, step.seen_at[""])
        for field, value in seen[who].items():
            if field not in listed:
                yield Failure(Failing.SEES_MORE, place, who, field)
            elif listed[field] is not ANYTHING and not _same(listed[field], value):
                yield Failure(Failing.SEES_OTHER, place, who, field)
        for field in listed:
            if field not in seen[who]:
                yield Failure(Failing.SEES_LESS, place, who, field, why=_why(step, outcome, world, who, field))


def viewers(sees: Mapping[str, Sight], world: World, step: Step) -> list[str]:
    """Whose sight is looked at: every profile; where a person of it is listed, each of its people in its place."""
    people = {name: fact.person.profile for name, fact in world.people(step.now).items()}
    apart = {people[name] for name in sees if name in people}
    profiles = [name for name in world.policy.profiles if name in sees or name not in apart]
    return profiles + [name for name, profile in people.items() if profile in apart]


def _same(expected: Any, value: Any) -> bool:
    """A value as the file writes it, whatever its type on the dialer's side."""
    if value is None or expected is None or isinstance(expected, dict | list):
        return bool(value == expected)
    return str(expected) == (str(value).lower() if isinstance(value, bool) else str(value))


def _why(step: Step, outcome: Outcome, world: World, who: str, field: str) -> str:
    """Why somebody does not see a field: the decision's reason, or the rule that decides."""
    policy, data = world.policy, world.records[step.record]
    if outcome.decision.verdict is not Verdict.SEND:
        return REASONS[outcome.decision.reason]
    fact = world.people(step.now).get(who)
    item, name = next(line.source for line in policy.fields if line.to == field).split(".", 1)
    tried = why.of_field(
        policy, item, name, data=data, day=step.now.date(), asked=fact.person.profile if fact else who,
        person=fact.person if fact else None,
    )  # fmt: skip
    return why.WHY[tried.decides]
