"""CRM → dialer: the decision, pure and stateless, over a batch of whole events. The hot path.

Values in, decisions out: the clock is an argument. The compiled core decides what it is certain
about, where it is installed; `streams.reference` decides the rest, and all where it is not. Both say
the same of every event.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson

from filters.shape import shape_of
from mapping.decisions import Decision
from mapping.perimeter import Person, person_reaches, reaches
from mapping.policy import Policy
from store.core import Use
from streams import compiled
from streams.reference import Gates, Reference

if TYPE_CHECKING:
    from ecluse_compiled import Plan

Raw = bytes | bytearray | memoryview


class Outbound:
    """The outbound processor of one link, under one revision. Several threads may use it at once."""

    def __init__(self, policy: Policy, *, use: Use | None = None) -> None:
        """`use` is what this installation has in force, unless somebody wants to compare."""
        self.policy = policy
        self._reference = Reference(policy)
        self._plan = compiled.plan(policy) if (use or compiled.IN_FORCE) is Use.COMPILED else None
        #: Events that the compiled core left to the reference.
        self.fell_back = 0

    @property
    def plan(self) -> "Plan | None":
        """What the compiled core decides by, for whoever carries whole batches; None where Python decides alone."""
        return self._plan

    @property
    def core(self) -> str:
        """Who decides: `compiled` or `pure`."""
        return "pure" if self._plan is None else "compiled"

    def decide_left(self, batch: Sequence[Raw], now: datetime) -> list[Decision]:
        """What the compiled core, where there is one, was asked about already and left; counted there."""
        if self._plan is not None:
            self.fell_back += len(batch)
        return self._reference.decide(batch, now)

    def decide(self, batch: Sequence[Raw], now: datetime) -> list[Decision]:
        """One decision for each event, in order. Never raises for an event's content."""
        if self._plan is None:
            return self._reference.decide(batch, now)
        decided, left = self._plan.decide(batch, now.date().toordinal())
        if left:
            again = self.decide_left([batch[place] for place in left], now)
            for place, decision in zip(left, again, strict=True):
                decided[place] = decision
        # Every place that was left empty is filled by now.
        return decided  # type: ignore[return-value]


def view(
    policy: Policy, event: Mapping[str, Any], profile: str, now: datetime, person: Person | None = None
) -> dict[str, Any] | None:
    """Exactly what a profile, or one person of it, sees of a whole event; None where they may not open the record."""
    rule = policy.profiles.get(profile)
    data = event["data"]
    if rule is None:
        return None
    place = policy.perimeter.place(data, now.date())
    may = person_reaches(rule.reach, person, place) if person is not None else reaches(rule.reach, place)
    if not may:
        return None
    gates = Gates(policy, (profile,) if policy.views else tuple(policy.profiles))
    shape = shape_of(data)
    fields = gates.strip.apply(data, shape).fields
    return None if gates.egress.blocks(fields, data, orjson.dumps(fields), shape) else fields
