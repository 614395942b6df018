"""What is measured: one realistic French link, and CRM events of 1 KB with reserved fields in each object."""

from collections.abc import Iterator
from typing import Any

import orjson

from mapping.link import Link
from mapping.policy import Policy, compile_link

EVENT_BYTES = 1_065

_LINK: dict[str, Any] = {
    "link": "banc",
    "revision": {"reason": "Mesure de vitesse", "date": "2026-11-20", "decided_by": "direction"},
    "crm": {"connector": "sandbox_crm", "connection": "crm"},
    "dialer": {"connector": "jobphoning", "connection": "dialer"},
    "labels": {
        "contact": {
            "first_name": "identity",
            "last_name": "identity",
            "phone": "reachability",
            "mobile": "reachability",
            "email": "reachability",
            "notes": "confidential",
        },
        "account": {
            "name": "identity",
            "city": "context",
            "industry": "context",
            "employees": "context",
            "billing_history": "billing",
            "discount": "pricing",
        },
        "opportunity": {"stage": "progress", "amount": "pricing", "margin": "margin", "priority": "strategy"},
    },
    "roles": {
        "contributor": {
            "read": {
                "contact": ["identity", "reachability"],
                "account": ["identity", "context"],
                "opportunity": ["progress"],
            },
            "write": ["call_result", "comment", "next_action", "propose_lead_status", "propose_appointment"],
        },
        "validator": {"extends": "contributor", "write": ["set_lead_status", "validate_appointment"]},
    },
    "profiles": {
        "teleoperator": {"role": "contributor", "perimeter": "project"},
        "mission_lead": {"role": "validator", "perimeter": "team"},
    },
    "perimeter": {"model": "teams", "projects": {"t4": {"where": {"account.industry": ["retail", "software"]}}}},
    "fields": [
        {"from": "contact.first_name", "to": "prenom"},
        {"from": "contact.last_name", "to": "nom"},
        {"from": "contact.phone", "to": "telephone", "as": "e164"},
        {"from": "contact.mobile", "to": "portable", "as": "e164"},
        {"from": "contact.email", "to": "courriel", "as": "email"},
        {"from": "account.name", "to": "societe"},
        {"from": "account.city", "to": "ville"},
        {"from": "account.employees", "to": "effectif", "as": "integer"},
        {"from": "opportunity.stage", "to": "statut", "values": {"Prospecting": "a_appeler", "Engaging": "en_cours"}},
    ],
    "dispositions": {"NRP": {"is": "no_answer"}},
}


def policy(link: str = "banc", **changed: Any) -> Policy:
    """The link that is measured, for a dialer that shows everybody the same."""
    return compile_link(Link.model_validate({**_LINK, "link": link, **changed}), views=False, secret=bytes(32))


def masked_policy() -> Policy:
    """The same, where three telephone numbers and addresses are shown by a digest, and an amount by its band."""
    contributor = _LINK["roles"]["contributor"]
    reads = {**contributor["read"], "contact": ["identity"]}
    masks = {
        "contact": {"reachability": [{"as": "keyed_hash"}]},
        "opportunity": {"pricing": [{"as": "range", "steps": [1_000, 10_000, 50_000]}]},
    }
    amount = {"from": "opportunity.amount", "to": "tranche", "as": "decimal"}
    return policy(
        roles={**_LINK["roles"], "contributor": {**contributor, "read": reads, "masks": masks}},
        fields=[*_LINK["fields"], amount],
    )


def tenant_of(number: int, tenants: int) -> str:
    """Whose event it is: in turn, so that events of one tenant never stand together."""
    return "banc" if tenants == 1 else f"banc-{number % tenants}"


def events(count: int, size: int = EVENT_BYTES, tenants: int = 1) -> Iterator[bytes]:
    """Whole events, each of its own record and values, `size` bytes long."""
    for number in range(count):
        event = _event(number)
        event["tenant"] = tenant_of(number, tenants)
        notes = event["data"]["contact"]["notes"]
        event["data"]["contact"]["notes"] = notes + "." * (size - len(orjson.dumps(event)))
        yield orjson.dumps(event)


_NAMES = ("Moreau", "Lefèvre", "Garnier", "Faure", "Rousseau", "Blanc", "Guérin", "Boyer", "Chevalier", "Perrin")


def _event(number: int) -> dict[str, Any]:
    name = _NAMES[number % len(_NAMES)]
    return {
        "specversion": "1.0",
        "id": f"01JD8Q7Z2M{number:012d}",
        "source": "crm/sandbox_crm/banc",
        "type": "crm.contact.changed",
        "subject": f"contact/{number}",
        "time": "2026-11-20T10:11:12Z",
        "tenant": "banc",
        "origin": "live",
        "data": {
            "contact": {
                "id": str(number),
                "first_name": "Hélène",
                "last_name": name,
                "phone": f"03 53 01 {number % 100:02d} {number // 100 % 100:02d}",
                "mobile": f"+3363998{number % 10000:04d}",
                "email": f"helene@{name.lower()}-beranger.exemple.fr",
                "notes": "Négocie dur, ne pas parler de la remise avant janvier, décision en comité",
            },
            "account": {
                "id": str(number // 3),
                "name": "Ateliers Béranger",
                "city": "Lille",
                "industry": "retail",
                "employees": 20 + number % 500,
                "billing_history": "2024: 12 400,00; 2025: 15 820,50; retard de 32 jours en mars",
                "discount": 12.5,
            },
            "opportunity": {
                "id": str(number),
                "stage": "Prospecting",
                "amount": 48210.5 + number % 1000,
                "margin": 23.4,
                "priority": "cible stratégique 2027, ne pas brader",
            },
            "owner": {"id": "u7", "team": "nord", "territory": "hauts-de-france"},
        },
    }
