"""Least privilege, by profile: what it may read and no field needs, what it may write and never did (R084).

Pure.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from mapping.policy import Policy
from mapping.words import CommandKind, Grant, Verdict

#: By which right somebody did what a decision says. `reassign` and `close_sequence` leave no such trace.
DONE_BY = {
    (CommandKind.LOG_CALL, Verdict.WRITE): Grant.CALL_RESULT,
    (CommandKind.ADD_COMMENT, Verdict.WRITE): Grant.COMMENT,
    (CommandKind.SET_NEXT_ACTION, Verdict.WRITE): Grant.NEXT_ACTION,
    (CommandKind.SET_STATUS, Verdict.HOLD): Grant.PROPOSE_LEAD_STATUS,
    (CommandKind.SET_STATUS, Verdict.WRITE): Grant.SET_LEAD_STATUS,
    (CommandKind.BOOK_APPOINTMENT, Verdict.HOLD): Grant.PROPOSE_APPOINTMENT,
    (CommandKind.BOOK_APPOINTMENT, Verdict.WRITE): Grant.VALIDATE_APPOINTMENT,
}


class Spare(NamedTuple):
    """A right that a profile could do without."""

    profile: str
    #: `object: label` it may read, or what it may write.
    right: str
    #: "read" or "write".
    kind: str


def spare(policy: Policy, used: Mapping[str, set[Grant]]) -> list[Spare]:
    """`used`: what each profile did in the events tried; of one that did nothing, nothing is said."""
    return [*_unread(policy), *_unused(policy, used)]


def _unread(policy: Policy) -> Iterator[Spare]:
    needed = set()
    for line in policy.fields:
        item, name = line.source.split(".", 1)
        needed.add((item, policy.labels.get((item, name), "")))
    for name, rule in policy.profiles.items():
        for item, label in sorted(rule.clearance - needed):
            yield Spare(name, f"{item}: {label}", "read")


def _unused(policy: Policy, used: Mapping[str, set[Grant]]) -> Iterator[Spare]:
    seen = set(DONE_BY.values())
    for name, rule in policy.profiles.items():
        done = used.get(name)
        if done:
            for grant in sorted((rule.grants & seen) - done):
                yield Spare(name, grant.value, "write")
