"""A policy as plain data, for the compiled core: gate 1 from its own lines, gate 2 from its own contract.

Nothing is decided here. What the core cannot be told (a condition that is neither text nor number,
free text that has to be screened) raises ValueError, and then Python decides alone.
"""

from typing import Any

from filters.contract import allowed_fields, cleared_sources
from filters.projection import allowed_lines
from mapping.link import FieldMap
from mapping.masks import Shown
from mapping.perimeter import Campaign, Conditions, parts_of
from mapping.policy import Policy

#: Whose numbers are read without a country's code.
FRENCH = "FR"


def handed_over(policy: Policy) -> dict[str, Any]:
    """All of a policy but its gates: whose it is, and where a record lies."""
    return {
        "tenant": policy.tenant,
        "views": policy.views,
        "secret": policy.secret,
        "campaigns": [_campaign(one) for one in policy.perimeter.campaigns],
        "territories": [_conditions(where) for _, where in policy.perimeter.territories],
    }


def audience(policy: Policy, shown_as: str, profiles: tuple[str, ...]) -> dict[str, Any]:
    """Both gates for those who see one and the same; `shown_as` is the name that decisions give them."""
    return {
        "profile": shown_as,
        "reach": parts_of(policy.profiles[name].reach for name in profiles),
        "lines": _lines(policy, profiles),
        **_contract(policy, profiles),
    }


def _lines(policy: Policy, profiles: tuple[str, ...]) -> list[dict[str, Any]]:
    """Gate 1."""
    allowed = allowed_lines(policy, profiles)
    if any(line.free_text for line in allowed):
        raise ValueError("free_text_is_screened_by_python")
    return [
        {
            "object": line.object,
            "name": line.name,
            "to": line.to,
            "pointer": line.pointer,
            "form": line.field.shape.value if line.field.values is None else "table",
            "limit": line.field.max,
            "table": line.field.values or {},
            "french": policy.country == FRENCH,
            "masks": _masks(line.shown, line.field),
        }
        for line in allowed
    ]


def _contract(policy: Policy, profiles: tuple[str, ...]) -> dict[str, Any]:
    """Gate 2."""
    cleared = cleared_sources(policy, profiles)
    allowed = allowed_fields(policy, profiles)
    rules = [
        {
            "to": to,
            "object": rule.object,
            "name": rule.name,
            "form": rule.form,
            "longest": rule.longest,
            "words": rule.words or frozenset(),
            "french": rule.country == FRENCH,
            "masks": _masks(rule.partial.shown, rule.partial.line) if rule.partial else [],
        }
        for to, rule in allowed.items()
    ]
    return {"rules": rules, "cleared": cleared}


def _masks(shown: Shown, line: FieldMap) -> list[dict[str, Any]]:
    if shown and line.values is not None:
        raise ValueError("a_table_beside_a_mask")
    return [
        {"mask": step.mask.value, "at": step.at, "steps": step.steps, "when": _conditions(step.when)} for step in shown
    ]


def _campaign(campaign: Campaign) -> dict[str, Any]:
    starts, ends = campaign.starts, campaign.ends
    return {
        "name": campaign.name,
        "conditions": _conditions(campaign.where),
        "starts": starts.toordinal() if starts is not None else None,
        "ends": ends.toordinal() if ends is not None else None,
    }


def _conditions(where: Conditions) -> list[dict[str, Any]]:
    told = []
    for item, name, allowed in where:
        if not all(isinstance(value, str | int) for value in allowed):
            raise ValueError("a_condition_of_another_kind")
        texts = {value for value in allowed if isinstance(value, str)}
        # For Python, true is 1: what is allowed as the one is allowed as the other.
        numbers = {str(int(value)) for value in allowed if isinstance(value, int)}
        told.append({"object": item, "name": name, "texts": texts, "numbers": numbers})
    return told
