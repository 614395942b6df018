"""A matrix, tried: what leaves for each profile, of made-up records through both gates, against what is listed."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any

import orjson

from ecluse.cases.acts import acts
from ecluse.cases.failure import Failing, Failure
from ecluse.cases.model import Allow, Case, Entry
from ecluse.cases.probe import Probe, probes
from ecluse.why import WHY, of_field
from mapping.masks import stays_home
from mapping.place import Span
from mapping.policy import Policy
from mapping.reasons import Reason
from mapping.transforms import transform
from mapping.words import CommandKind, Shape, Verdict
from streams.outbound import Outbound


class Shown(StrEnum):
    """How much of a field a profile gets to see."""

    WHOLE = "whole"
    MASKED = "masked"


Seen = dict[str, dict[tuple[str, str], Shown]]


def judged(case: Case, policy: Policy) -> Iterator[Failure]:
    """Everything in which the link is not as the matrix has it."""
    allow = case.allow
    if allow is None:
        return
    if allow.read is not None:
        seen, blocked = _seen(policy)
        if blocked:
            yield Failure(Failing.BLOCKED, case.place)
        for profile in policy.profiles:
            place = allow.places.get(("read", profile)) or allow.places.get(("masked", profile)) or case.place
            yield from _reading(place, allow, policy, profile, seen[profile])
    if allow.write is not None:
        for profile in policy.profiles:
            place = allow.places.get(("write", profile), case.place)
            yield from _writing(place, allow.write.get(profile, ()), policy, profile)


def pairs(allow: Allow, policy: Policy) -> int:
    """How many pairs of a profile and a field or grant are looked at."""
    each = (len(policy.labels) if allow.read is not None else 0) + (len(acts(policy)) if allow.write is not None else 0)
    return each * len(policy.profiles)


def _seen(policy: Policy) -> tuple[Seen, bool]:
    """What each profile sees of any probe; and whether the second gate stopped one."""
    outbound = Outbound(policy)
    seen: Seen = {profile: {} for profile in policy.profiles}
    for probe in probes(policy):
        decision = outbound.decide([orjson.dumps(_event(policy, probe))], probe.now)[0]
        if decision.reason is Reason.EGRESS_BLOCKED:
            return seen, True
        command = decision.command
        if decision.verdict is not Verdict.SEND or command is None or command.kind is not CommandKind.UPSERT_PROSPECT:
            continue
        for profile in policy.profiles:
            fields = command.body["views"].get(profile, {}) if policy.views else command.body["fields"]
            for source, how in _shown(policy, probe, fields):
                if seen[profile].get(source) is not Shown.WHOLE:
                    seen[profile][source] = how
    return seen, False


def _event(policy: Policy, probe: Probe) -> dict[str, Any]:
    return {
        "specversion": "1.0", "id": "probe", "source": f"cases/{policy.link}", "type": "crm.contact.changed",
        "subject": "contact/probe", "time": probe.now.isoformat(), "tenant": policy.tenant, "origin": "live",
        "data": probe.data,
    }  # fmt: skip


def _shown(policy: Policy, probe: Probe, fields: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], Shown]]:
    """Each field that left, and whether it left as its line alone would have it."""
    for line in policy.fields:
        if line.to in fields:
            item, name = line.source.split(".", 1)
            value = probe.data[item][name]
            # Screening takes nothing away from a probe.
            plain = value if line.shape is Shape.SCREENED_TEXT else transform(line, policy.country)(value)
            yield (item, name), Shown.WHOLE if fields[line.to] == plain else Shown.MASKED


def _reading(
    place: Span, allow: Allow, policy: Policy, profile: str, seen: Mapping[tuple[str, str], Shown]
) -> Iterator[Failure]:
    listed = {Shown.WHOLE: (allow.read or {}).get(profile, ()), Shown.MASKED: allow.masked.get(profile, ())}
    whole = {source: _names(source, policy, listed[Shown.WHOLE]) for source in policy.labels}
    masked = {source: _names(source, policy, listed[Shown.MASKED]) for source in policy.labels}
    for source, how in seen.items():
        word = ".".join(source)
        # The nearer word counts, a field before its label; where both are as near, it is to be masked.
        expected = Shown.WHOLE if whole[source] > masked[source] else Shown.MASKED if masked[source] else None
        if expected is None:
            yield Failure(Failing.SEES_MORE, place, profile, word)
        elif expected is not how:
            code = Failing.SEES_MASKED if how is Shown.MASKED else Failing.SEES_WHOLE
            yield Failure(code, place, profile, word)
    yield from _unseen((*listed[Shown.WHOLE], *listed[Shown.MASKED]), policy, profile, seen)
    yield from _unlisted_labels(place, policy, profile, (*listed[Shown.WHOLE], *listed[Shown.MASKED]))


def _names(source: tuple[str, str], policy: Policy, entries: tuple[Entry, ...]) -> int:
    """How nearly a list names a field: 2 by its own name, 1 by its label, 0 not."""
    if any((entry.object, entry.name) == source for entry in entries if not entry.is_label):
        return 2
    label = (source[0], policy.labels[source])
    return int(any((entry.object, entry.name) == label for entry in entries if entry.is_label))


def _unseen(
    entries: tuple[Entry, ...], policy: Policy, profile: str, seen: Mapping[tuple[str, str], Shown]
) -> Iterator[Failure]:
    """What is listed and not to be had: a field that does not leave, a label that the role is not cleared for."""
    for entry in entries:
        if entry.is_label:
            if (entry.object, entry.name) not in may_read(policy, profile):
                yield Failure(Failing.MAY_NOT_READ, entry.place, profile, str(entry))
        elif (entry.object, entry.name) not in seen:
            tried = of_field(policy, entry.object, entry.name, asked=profile)
            yield Failure(Failing.SEES_LESS, entry.place, profile, str(entry), why=WHY[tried.decides])


def may_read(policy: Policy, profile: str) -> frozenset[tuple[str, str]]:
    """The labels that a profile may read something of, as they are or in part."""
    rule = policy.profiles[profile]
    return rule.clearance | {of for of, shown in rule.masks.items() if not stays_home(shown)}


def _unlisted_labels(place: Span, policy: Policy, profile: str, entries: tuple[Entry, ...]) -> Iterator[Failure]:
    """A clearance of which nothing leaves today is one all the same: the next line of `fields` would make it show."""
    named = {(item, label) for (item, name), label in policy.labels.items() if _names((item, name), policy, entries)}
    sent = {tuple(line.source.split(".", 1)) for line in policy.fields}
    shows = {(item, label) for (item, name), label in policy.labels.items() if (item, name) in sent}
    for item, label in sorted(may_read(policy, profile) - named - shows):
        yield Failure(Failing.MAY_READ, place, profile, f"{item}.{label}")


def _writing(place: Span, listed: tuple[str, ...], policy: Policy, profile: str) -> Iterator[Failure]:
    expected = set(listed)
    # Who may decide may propose: the decision is made at once then.
    expected |= {f"propose_{word.split('_', 1)[1]}" for word in listed if word == "set_lead_status"}
    expected |= {"propose_appointment" for word in listed if word == "validate_appointment"}
    for grant, may in acts(policy).items():
        if may(profile) and grant not in expected:
            yield Failure(Failing.MAY_WRITE, place, profile, grant)
        elif not may(profile) and grant in listed:
            yield Failure(Failing.MAY_NOT_WRITE, place, profile, grant)
