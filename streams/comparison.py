"""Two revisions side by side over the same events: who would see more or less, and what would be decided otherwise.

Pure. Values are compared and never kept.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson

from filters.projection import allowed_lines
from mapping.decisions import Decision
from mapping.perimeter import Person, Place, person_reaches
from mapping.policy import Policy
from mapping.words import Reach, Side, Verdict
from streams.facts import Facts
from streams.inbound import Inbound
from streams.outbound import Outbound
from streams.preview import WHOLE, Effect, Extent, Outcome, Preview, Shift, Way
from streams.privilege import DONE_BY


class Comparison:
    """Feeds a `Preview` with batches. `people`: those who are active today."""

    def __init__(self, before: Policy, after: Policy, people: Iterable[Person], now: datetime) -> None:
        self._policies = before, after
        self._out = Outbound(before), Outbound(after)
        self._in = Inbound(before), Inbound(after)
        self._people: dict[str, list[Person]] = {}
        for person in people:
            self._people.setdefault(person.profile, []).append(person)
        self._now = now
        self._reached: dict[tuple[int, str, Place], frozenset[str]] = {}
        self._sources = [
            {line.to: "/" + line.source.replace(".", "/") for line in one.fields} for one in (before, after)
        ]
        #: Whether a record may lie elsewhere, or a profile reach elsewhere: then others see what stays as it is.
        self._moved = before.perimeter != after.perimeter or _reaches(before) != _reaches(after)
        self._news = {name: _unread(before, after, name) for name in after.profiles}
        self.result = Preview(unread=frozenset().union(*self._news.values()))

    def crm(self, batch: Sequence[bytes]) -> None:
        """Events that the CRM told of: how each would end."""
        pairs = zip(*(one.decide(batch, self._now) for one in self._out), strict=True)
        self._shifted(Side.CRM, pairs)

    def dialer(self, batch: Sequence[bytes], facts: Sequence[Facts]) -> None:
        """Events that the dialer told of, oldest first, with what each revision's decision needs to know."""
        both = zip(self._in, facts, strict=True)
        self._shifted(Side.DIALER, zip(*(one.decide(batch, known, self._now) for one, known in both), strict=True))

    def standing(self, events: Sequence[bytes], held: Collection[str]) -> None:
        """Whole events of records as they are now, and which of these the dialer holds."""
        decided = [one.decide(events, self._now) for one in self._out]
        for raw, before, after in zip(events, *decided, strict=True):
            self._record(orjson.loads(raw)["data"], before, after, held)

    def _shifted(self, side: Side, pairs: Iterable[tuple[Decision, ...]]) -> None:
        for before, after in pairs:
            self.result.events[side] += 1
            shift = Shift(side, _outcome(before), _outcome(after))
            if after.command is not None and (grant := DONE_BY.get((after.command.kind, after.verdict))):
                self.result.used.setdefault(after.profile, set()).add(grant)
            if shift.before != shift.after or not _alike(before, after):
                self.result.shifts[shift] += 1

    def _record(self, data: Mapping[str, Any], before: Decision, after: Decision, held: Collection[str]) -> None:
        found, record = self.result, after.record
        found.records += 1
        found.held += record in held
        went, goes = before.verdict is Verdict.SEND, after.verdict is Verdict.SEND
        if goes and not went:
            found.enter.append(record)
        elif went and not goes:
            found.leave.append(record)
            if record in held:
                found.recalled.append(record)
        elif went and not _alike(before, after):
            found.altered.append(record)
        views = [_views(decision, policy) for decision, policy in zip((before, after), self._policies, strict=True)]
        if self._moved or views[0] != views[1] or (found.unread and goes):
            self._fields(data, *views)

    def _fields(self, data: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        for profile in {**before, **after}:
            old, new = before.get(profile, {}), after.get(profile, {})
            had = self._who(0, profile, data) if old else frozenset()
            has = self._who(1, profile, data) if new else frozenset()
            if bool(old) != bool(new) or had != has:
                self._add(Way.SHOWN, WHOLE, profile, has - had, alone=not old)
                self._add(Way.HIDDEN, WHOLE, profile, had - has, alone=not new)
            if old and new:
                self._changed(profile, old, new, has)

    def _changed(self, profile: str, old: Mapping[str, Any], new: Mapping[str, Any], has: frozenset[str]) -> None:
        """A record that the profile saw before and goes on to see."""
        for name in (new.keys() | self._news[profile]) - old.keys():
            self._add(Way.SHOWN, name, profile, has, alone=True)
        for name in old.keys() - new.keys() - self._news[profile]:
            self._add(Way.HIDDEN, name, profile, has, alone=True)
        for name in old.keys() & new.keys():
            if old[name] != new[name]:
                self._add(Way.CHANGED, name, profile, has, alone=True)

    def _add(self, way: Way, name: str, profile: str, people: frozenset[str], *, alone: bool) -> None:
        """`alone`: also where nobody of the profile is known by name."""
        if not people and not alone:
            return
        source = self._sources[way is not Way.HIDDEN].get(name, "")
        extent = self.result.effects.setdefault(Effect(way, name, source, profile), Extent())
        extent.records += 1
        extent.people |= people

    def _who(self, which: int, profile: str, data: Mapping[str, Any]) -> frozenset[str]:
        """The people of a profile who may open a record under one of the revisions."""
        policy, people = self._policies[which], self._people.get(profile)
        if not people:
            return frozenset()
        place = policy.perimeter.place(data, self._now.date())
        key = which, profile, place
        if key not in self._reached:
            reach = policy.profiles[profile].reach
            self._reached[key] = frozenset(one.id for one in people if person_reaches(reach, one, place))
        return self._reached[key]


def _unread(before: Policy, after: Policy, profile: str) -> frozenset[str]:
    """The dialer's fields that a profile would see, of sources that nobody asked the CRM for so far."""
    read = {(item.value, name) for item, names in before.asked().items() for name in names}
    lines = allowed_lines(after, (profile,) if after.views else tuple(after.profiles))
    return frozenset(line.to for line in lines if (line.object, line.name) not in read)


def _reaches(policy: Policy) -> dict[str, Reach]:
    return {name: rule.reach for name, rule in policy.profiles.items()}


def _views(decision: Decision, policy: Policy) -> dict[str, Mapping[str, Any]]:
    """What each profile sees of a record that is sent."""
    if decision.verdict is not Verdict.SEND or decision.command is None:
        return {}
    body = decision.command.body
    return dict(body["views"]) if policy.views else dict.fromkeys(policy.profiles, body["fields"])


def _outcome(decision: Decision) -> Outcome:
    kind = decision.command.kind.value if decision.command else ""
    return Outcome(decision.verdict.value, decision.reason.value, kind)


def _alike(before: Decision, after: Decision) -> bool:
    one, other = before.command, after.command
    return one is other if one is None or other is None else one.body == other.body
