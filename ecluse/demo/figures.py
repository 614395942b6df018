"""The figures of a demonstration: counted on both sides, never taken from what was meant to happen."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ecluse.demo.play import Stage
from ecluse.demo.scenario import Scenario
from ecluse.demo.search import Searched, search
from ecluse.demo.town import Town
from mapping.policy import Policy
from mapping.words import Object, Side
from store import conservation, decisions, proposals
from store.conservation import Balance
from store.proposals import ProposalKind, ProposalState


@dataclass
class Figures:
    """Everything that the report says."""

    sizes: dict[str, int]
    mended: dict[str, int]
    seconds: float = 0.0
    #: Campaign -> profile -> prospects that profile can open.
    sent: dict[str, dict[str, int]] = field(default_factory=dict)
    prospects: int = 0
    #: A record that went out, to look at.
    sample: str = ""
    #: Label -> fields that are never asked of the CRM.
    never_read: dict[str, list[str]] = field(default_factory=dict)
    #: Label -> how often a field of it was read and did not leave.
    stripped: dict[str, int] = field(default_factory=dict)
    searched: Searched = field(default_factory=lambda: Searched(0, 0, 0))
    #: Deliveries of the dialer: told, and known already.
    told: int = 0
    #: Disposition -> calls.
    results: dict[str, int] = field(default_factory=dict)
    #: Kind of write -> how many the CRM holds.
    written: dict[str, int] = field(default_factory=dict)
    #: Kind of proposal -> state -> how many.
    proposals: dict[str, dict[str, int]] = field(default_factory=dict)
    #: What should never have been sent -> (verdict, reason).
    mishaps: dict[str, tuple[str, str]] = field(default_factory=dict)
    balances: dict[Side, Balance] = field(default_factory=dict)
    reasons: dict[Side, dict[str, int]] = field(default_factory=dict)
    violations: int = 0
    #: What the second pass changed, by what it was: all of it has to be 0.
    again: dict[str, int] = field(default_factory=dict)
    told_again: int = 0
    #: What has to be accounted for to the last one, by what it is.
    owed: dict[str, int] = field(default_factory=dict)

    def wrong(self) -> list[str]:
        """What does not add up, by name; empty where everything does."""
        appointments = self.proposals.get(ProposalKind.APPOINTMENT.value, {})
        checks = {
            "conservation": all(balance.imbalance == 0 for balance in self.balances.values()),
            "in_flight": all(balance.in_flight == 0 for balance in self.balances.values()),
            "nothing_sent": self.prospects > 0,
            "reserved_values": self.searched.found == 0,
            "sixth_kind_of_write": self.violations == 0,
            "calls": self.written.get("calls", 0) + sum("call" in name for name in self.mishaps) <= self.told,
            "appointments": self.written.get("appointments", 0) == appointments.get(ProposalState.WRITTEN.value, 0),
            "opportunities": self.balances[Side.CRM].received >= self.owed.get("opportunities", 0),
            "told": self.written.get("calls", 0) >= self.owed.get("calls", 0),
            "idempotence": not any(self.again.values()),
        }
        return [name for name, fine in checks.items() if not fine]

    def as_dict(self) -> dict[str, Any]:
        """For machines."""
        body = asdict(self)
        body["searched"] = self.searched._asdict()
        body["balances"] = {
            side.value: {**balance._asdict(), "imbalance": balance.imbalance} for side, balance in self.balances.items()
        }
        body["reasons"] = {side.value: found for side, found in self.reasons.items()}
        body["wrong"] = self.wrong()
        return body


def sizes(scenario: Scenario) -> dict[str, int]:
    profiles = Counter(line.split(",")[1] for line in scenario.people.splitlines()[1:])
    rows = {name: len(found) for name, found in scenario.rows.items()}
    return {**rows, "sales_people": scenario.sales_people, **profiles}


def count(figures: Figures, stage: Stage, town: Town, scenario: Scenario) -> None:
    """What both sides hold, and what the store says of it."""
    policy = stage.policy
    figures.prospects = len(town.prospects)
    figures.sample = min(town.prospects, default="contact/c1")
    figures.sent = _sent(town.prospects, policy)
    figures.never_read = never_read(policy)
    figures.stripped = _stripped(stage)
    figures.searched = search(town.tap.heads, town.tap.bodies, scenario.reserved, scenario.least)
    figures.results = dict(Counter(call["label"] for call in town.crm.written["calls"].values()).most_common())
    figures.written = written(town)
    figures.violations = len(town.crm.violations)
    tenant, link = policy.tenant, policy.link
    with stage.database.read() as conn:
        figures.balances = {side: conservation.balance(conn, tenant, link, side) for side in Side}
        for side in Side:
            tally = decisions.tally(conn, tenant, link, side)
            figures.reasons[side] = {
                reason.value: n for (_, reason), n in sorted(tally.items(), key=lambda item: -item[1])
            }
        held = proposals.listing(conn, stage.database.keys, tenant, link, limit=100_000)
        for name in figures.mishaps:
            kept = decisions.of_event(conn, tenant, link, name)
            if kept is not None:
                figures.mishaps[name] = (kept.decision.verdict.value, kept.decision.reason.value)
    for kind in ProposalKind:
        figures.proposals[kind.value] = dict(Counter(one.state.value for one in held if one.kind is kind))


def written(town: Town) -> dict[str, int]:
    return {kind: len(items) for kind, items in town.crm.written.items()}


def never_read(policy: Policy) -> dict[str, list[str]]:
    """The labelled fields that intake does not even ask the CRM for."""
    asked = policy.asked()
    fields: dict[str, list[str]] = {}
    for (item, name), label in policy.labels.items():
        if name not in asked.get(Object(item), ()):
            fields.setdefault(label, []).append(f"{item}.{name}")
    return fields


def _sent(prospects: Mapping[str, Mapping[str, Any]], policy: Policy) -> dict[str, dict[str, int]]:
    sent: dict[str, Counter[str]] = {}
    for item in prospects.values():
        views = item.get("views") or dict.fromkeys(policy.profiles)
        sent.setdefault(str(item.get("campaign", "")), Counter()).update(dict.fromkeys(views, 1))
    return {campaign: dict(found) for campaign, found in sorted(sent.items())}


def _stripped(stage: Stage) -> dict[str, int]:
    registry = stage.built.gear.metrics.registry
    labels = sorted({*stage.policy.labels.values()})
    found = {one: int(registry.get_sample_value("ecluse_fields_stripped_total", {"label": one}) or 0) for one in labels}
    return {label: times for label, times in found.items() if times}
