"""Made-up records for a matrix: one for each campaign and one more, each field with a value that fits.

No value of one is part of another's, so that the second gate has nothing to suspect.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple

from mapping.link import FieldMap
from mapping.perimeter import Campaign, Conditions
from mapping.policy import Policy
from mapping.words import Object, Shape

OWNER = {"id": "probe-user", "team": "probe-team", "territory": "probe-territory"}


class Probe(NamedTuple):
    """A whole record, and a day on which its campaign runs."""

    data: Mapping[str, Mapping[str, Any]]
    now: datetime


def probes(policy: Policy) -> Iterator[Probe]:
    """Records that lie in each campaign in turn, and one that fulfils no condition on purpose: there may be none.

    Each again for every condition that a mask hangs on: what it hides elsewhere may show there.
    """
    today = policy.source.revision.date
    for when in _conditions_of_masks(policy):
        for campaign in policy.perimeter.campaigns:
            yield Probe(_record(policy, (*campaign.where, *when)), _noon(_day_of(campaign, today)))
        yield Probe(_record(policy, when), _noon(today))


def _conditions_of_masks(policy: Policy) -> tuple[Conditions, ...]:
    """None, then those of every mask, each once."""
    masks = [shown for rule in policy.profiles.values() for shown in rule.masks.values()]
    return tuple(dict.fromkeys([(), *(step.when for shown in masks for step in shown)]))


def _noon(day: date) -> datetime:
    return datetime.combine(day, time(12), UTC)


def _day_of(campaign: Campaign, today: date) -> date:
    """The revision's own day, where the campaign runs on it."""
    if campaign.starts is not None and today < campaign.starts:
        return campaign.starts
    return campaign.ends if campaign.ends is not None and today > campaign.ends else today


def _record(policy: Policy, where: Conditions) -> dict[str, dict[str, Any]]:
    lines = {tuple(line.source.split(".", 1)): line for line in policy.fields}
    asked = {(item.value, name) for item, names in policy.asked().items() for name in names}
    data: dict[str, dict[str, Any]] = {item.value: {} for item in Object}
    for number, (item, name) in enumerate(sorted({*policy.labels, *asked})):
        data[item][name] = _fitting(lines.get((item, name)), number)
    data["owner"] = dict(OWNER)
    for (item, name), allowed in _together(where).items():
        line = lines.get((item, name))
        words = [value for value in allowed if line is not None and line.values and str(value) in line.values]
        data[item][name] = min(words or allowed, key=str)
    return {**data, "contact": {**data["contact"], "id": "probe"}}


def _together(where: Conditions) -> dict[tuple[str, str], frozenset[Any]]:
    """What each field has to be for all conditions; the last word is the mask's where they exclude each other."""
    made: dict[tuple[str, str], frozenset[Any]] = {}
    for item, name, allowed in where:
        made[item, name] = (made.get((item, name), allowed) & allowed) or allowed
    return made


def _fitting(line: FieldMap | None, number: int) -> Any:
    """A value that the line lets out; any text for a field without a line."""
    word = "".join(chr(ord("a") + int(digit)) for digit in f"{number:03}")
    if line is not None and line.values:
        return next(iter(line.values))
    match line.shape if line is not None else Shape.TEXT:
        case Shape.TEXT | Shape.SCREENED_TEXT:
            return _text(line, f"zq{word}xkv ")
        case Shape.E164:
            return f"+331990{number + 10_000:05}"
        case Shape.EMAIL:
            return f"{word}.zqx@{word}wvy.example"
        case Shape.INTEGER:
            return 700_000 + number * 1_009
        case Shape.DECIMAL:
            return f"{800_000 + number * 1_013}.25"
        case Shape.BOOLEAN:
            return True
        case Shape.DATE:
            return (date(1990, 1, 1) + timedelta(days=number * 37)).isoformat()
        case Shape.DATETIME:
            return (datetime(1990, 1, 1, 8, tzinfo=UTC) + timedelta(days=number * 37)).isoformat()


def _text(line: FieldMap | None, word: str) -> str:
    """As long as may leave, so that a mask that shortens it shows; screening would wonder at one so long."""
    if line is None or line.shape is Shape.SCREENED_TEXT:
        return word.strip()
    return (word * (line.max // len(word) + 1))[: line.max].strip() or "z"


__all__ = ["OWNER", "Probe", "probes"]
