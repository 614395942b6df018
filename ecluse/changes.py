"""What a revision changes against another: who sees which field, who may write what, which campaigns. Never a value.

Told from the compiled policies, so that a role that was renamed or a file that was tidied is no change,
and a label moved from one role to another is.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

from filters.projection import allowed_lines
from mapping.masks import MaskStep, Shown, stays_home
from mapping.perimeter import Conditions
from mapping.policy import Policy

EVERYBODY = "*"


class What(StrEnum):
    """A kind of change."""

    FIELD_SHOWN = "field_shown"
    FIELD_HIDDEN = "field_hidden"
    FIELD_CHANGED = "field_changed"
    GRANT_GIVEN = "grant_given"
    GRANT_TAKEN = "grant_taken"
    PROFILE_ADDED = "profile_added"
    PROFILE_REMOVED = "profile_removed"
    REACH_CHANGED = "reach_changed"
    CAMPAIGN_ADDED = "campaign_added"
    CAMPAIGN_REMOVED = "campaign_removed"
    CAMPAIGN_CHANGED = "campaign_changed"
    LABEL_CHANGED = "label_changed"
    SYSTEM_CHANGED = "system_changed"
    PART_CHANGED = "part_changed"


class Change(NamedTuple):
    """One difference."""

    what: What
    #: A field, a grant, a campaign, a part of the link file.
    subject: str
    #: Whom it is about; `*` where the dialer shows everybody the same, empty where it is about nobody in particular.
    profile: str = ""
    before: str = ""
    after: str = ""


def changes(before: Policy | None, after: Policy) -> list[Change]:
    """All differences, those of what may be seen first. Without a `before`, everything that `after` allows."""
    return [
        *_systems(before, after),
        *_profiles(before, after),
        *_fields(before, after),
        *_grants(before, after),
        *_campaigns(before, after),
        *_labels(before, after),
        *_parts(before, after),
    ]


def needs_restart(before: Policy, after: Policy) -> bool:
    """Whether it names other systems: those are opened when a process starts."""
    return (before.source.crm, before.source.dialer) != (after.source.crm, after.source.dialer)


def _systems(before: Policy | None, after: Policy) -> Iterator[Change]:
    for side in ("crm", "dialer"):
        new = getattr(after.source, side)
        old = getattr(before.source, side) if before else None
        if old is not None and old != new:
            names = [f"{one.connector} ({one.connection})" for one in (old, new)]
            yield Change(What.SYSTEM_CHANGED, side, "", *names)


def _profiles(before: Policy | None, after: Policy) -> Iterator[Change]:
    old, new = before.profiles if before else {}, after.profiles
    for name in [*new, *(gone for gone in old if gone not in new)]:
        if name not in old:
            yield Change(What.PROFILE_ADDED, name, name, "", new[name].reach.value)
        elif name not in new:
            yield Change(What.PROFILE_REMOVED, name, name, old[name].reach.value)
        elif old[name].reach is not new[name].reach:
            yield Change(What.REACH_CHANGED, name, name, old[name].reach.value, new[name].reach.value)


def _fields(before: Policy | None, after: Policy) -> Iterator[Change]:
    told: dict[tuple[str, str, str], list[str]] = {}
    whose = tuple(after.profiles) if after.views else (EVERYBODY,)
    for name in whose:
        old, new = _seen(before, name), _seen(after, name)
        for to, source in new.items():
            if to not in old:
                yield Change(What.FIELD_SHOWN, to, name, "", source)
            elif old[to] != source:
                told.setdefault((to, old[to], source), []).append(name)
        for to, source in old.items():
            if to not in new:
                yield Change(What.FIELD_HIDDEN, to, name, source)
    for (to, was, source), names in told.items():
        # What is another field for all is said once.
        for name in [""] if len(names) == len(whose) else names:
            yield Change(What.FIELD_CHANGED, to, name, was, source)


def _seen(policy: Policy | None, profile: str) -> dict[str, str]:
    """The dialer's fields that a profile sees, each with what it is made of."""
    if policy is None or (profile != EVERYBODY and profile not in policy.profiles):
        return {}
    audience = (profile,) if policy.views and profile != EVERYBODY else tuple(policy.profiles)
    lines = [line for line in allowed_lines(policy, audience) if not stays_home(line.shown)]
    return {line.to: _made_of(line.field, line.shown) for line in lines}


def _made_of(line: Any, shown: Shown) -> str:
    words = [line.source, f"as {line.shape.value}"]
    if line.values is not None:
        words.append("values " + ", ".join(f"{key}={value}" for key, value in sorted(line.values.items())))
    if line.max != type(line).model_fields["max"].default:
        words.append(f"max {line.max}")
    if shown:
        words.append("masked " + ", ".join(map(_masked, shown)))
    return " ".join(words)


def _masked(step: MaskStep) -> str:
    size = str(step.at) if step.at else "/".join(map(str, step.steps))
    return " ".join(filter(None, (step.mask.value, size, f"({_where(step.when)})" if step.when else "")))


def _grants(before: Policy | None, after: Policy) -> Iterator[Change]:
    old: Mapping[str, Any] = before.profiles if before else {}
    for name, rule in after.profiles.items():
        had = old[name].grants if name in old else frozenset()
        for grant in sorted(rule.grants - had):
            yield Change(What.GRANT_GIVEN, grant.value, name)
        for grant in sorted(had - rule.grants):
            yield Change(What.GRANT_TAKEN, grant.value, name)


def _campaigns(before: Policy | None, after: Policy) -> Iterator[Change]:
    old = {one.name: one for one in before.perimeter.campaigns} if before else {}
    new = {one.name: one for one in after.perimeter.campaigns}
    for name in [*new, *(gone for gone in old if gone not in new)]:
        if name not in old:
            yield Change(What.CAMPAIGN_ADDED, name, "", "", _days(new[name]))
        elif name not in new:
            yield Change(What.CAMPAIGN_REMOVED, name, "", _days(old[name]))
        elif old[name] != new[name]:
            yield Change(What.CAMPAIGN_CHANGED, name, "", _days(old[name]), _days(new[name]))


def _days(campaign: Any) -> str:
    where = _where(campaign.where)
    return f"{campaign.starts or '…'} – {campaign.ends or '…'}" + (f" ({where})" if where else "")


def _where(conditions: Conditions) -> str:
    return "; ".join(f"{item}.{name}: {', '.join(sorted(map(str, values)))}" for item, name, values in conditions)


def _labels(before: Policy | None, after: Policy) -> Iterator[Change]:
    old = before.labels if before else {}
    for source in sorted({*old, *after.labels}):
        labels = old.get(source, ""), after.labels.get(source, "")
        if before is not None and labels[0] != labels[1]:
            yield Change(What.LABEL_CHANGED, ".".join(source), "", *labels)


def _parts(before: Policy | None, after: Policy) -> Iterator[Change]:
    """What has no words of its own here: that it changed is said, and the file tells how."""
    if before is None:
        return
    for part in ("exceptions", "dispositions", "statuses", "appointments", "country", "mandatory"):
        if getattr(before.source, part) != getattr(after.source, part):
            yield Change(What.PART_CHANGED, part)
    if _paper(before) != _paper(after):
        yield Change(What.PART_CHANGED, "may")
    orders = [[one.name for one in policy.perimeter.campaigns] for policy in (before, after)]
    reordered = sorted(orders[0]) == sorted(orders[1]) and orders[0] != orders[1]
    if before.perimeter.territories != after.perimeter.territories or reordered:
        yield Change(What.PART_CHANGED, "perimeter")


def _paper(policy: Policy) -> dict[str, Any]:
    """What roles may do outside the link."""
    return {name: (role.may, role.during) for name, role in policy.source.roles.items() if role.may or role.during}
