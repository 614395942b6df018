"""Links and events the core is tested with: the sketch of the design, as values."""

from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

import orjson

from mapping.link import Link
from mapping.policy import Policy, compile_link
from tests.canary import canary

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)

LINK: dict[str, Any] = {
    "link": "nord",
    "revision": {
        "reason": "Campagne T4 confiée à JobPhoning",
        "date": "2026-11-20",
        "decided_by": "direction-commerciale",
    },
    "crm": {"connector": "tryton", "connection": "crm-nord"},
    "dialer": {"connector": "jobphoning", "connection": "jp-nord"},
    "labels": {
        "contact": {
            "first_name": "identity",
            "last_name": "identity",
            "phone": "reachability",
            "email": "reachability",
            "comment": "context",
            "notes": "confidential",
        },
        "account": {"name": "identity", "city": "context", "industry": "context", "discount": "pricing"},
        "opportunity": {"stage": "progress", "amount": "pricing", "margin": "margin", "priority": "strategy"},
    },
    "roles": {
        "contributor": {
            "read": {
                "contact": ["identity", "reachability", "context"],
                "account": ["identity", "context"],
                "opportunity": ["progress"],
            },
            "write": ["call_result", "comment", "next_action", "propose_lead_status", "propose_appointment"],
        },
        "validator": {
            "extends": "contributor",
            "write": ["set_lead_status", "validate_appointment", "reassign", "close_sequence"],
        },
    },
    "profiles": {
        "teleoperator": {"role": "contributor", "perimeter": "project"},
        "mission_lead": {"role": "validator", "perimeter": "team"},
    },
    "perimeter": {
        "model": "teams",
        "projects": {"t4-industrie": {"where": {"account.industry": ["retail", "software"]}, "ends": "2026-12-31"}},
    },
    "fields": [
        {"from": "contact.first_name", "to": "prenom"},
        {"from": "contact.phone", "to": "phone", "as": "e164"},
        {"from": "contact.email", "to": "email", "as": "email"},
        {"from": "contact.comment", "to": "contexte"},
        {"from": "account.name", "to": "company"},
        {"from": "opportunity.stage", "to": "status", "values": {"Prospecting": "a_appeler", "Engaging": "en_cours"}},
    ],
    "dispositions": {
        "RDV": {"is": "appointment_proposed"},
        "NRP": {"is": "no_answer", "retry_after": "2d"},
        "REFUS": {"is": "opposed"},
    },
}

EVENT: dict[str, Any] = {
    "specversion": "1.0",
    "id": "01JD8Q",
    "source": "crm/tryton/nord",
    "type": "crm.contact.changed",
    "subject": "contact/42",
    "time": "2026-11-20T10:11:12Z",
    "tenant": "nord",
    "origin": "live",
    "data": {
        "contact": {
            "id": "42",
            "first_name": "Hélène",
            "last_name": "Moreau",
            "phone": "03 53 01 22 33",
            "email": "helene@exemple.fr",
            "comment": "Rappeler plutôt le matin",
            "notes": f"Négocie dur, décision en comité {canary('notes')}",
        },
        "account": {"id": "7", "name": "Ateliers Béranger", "city": "Lille", "industry": "retail", "discount": 12.5},
        "opportunity": {
            "id": "99",
            "stage": "Prospecting",
            "amount": 48210.5,
            "margin": 23.4,
            "priority": f"cible stratégique 2027 {canary('priority')}",
        },
        "owner": {"id": "u7", "team": "nord"},
    },
}

CALL: dict[str, Any] = {
    "specversion": "1.0",
    "id": "c-1",
    "source": "dialer/jobphoning/nord",
    "type": "phoning.call.ended",
    "subject": "contact/42",
    "time": "2026-11-21T10:00:00+01:00",
    "tenant": "nord",
    "origin": "live",
    "data": {
        "prospect": {"id": "contact/42", "phone": "+33353012233"},
        "campaign": "t4-industrie",
        "agent": {"id": "tp-12", "profile": "teleoperator"},
        "call": {"id": "c-1", "disposition": "NRP", "started_at": "2026-11-21T09:58:00+01:00", "duration": 42},
    },
}


def policy(*, views: bool = False, secret: bytes = b"", **changes: Any) -> Policy:
    """The sketch's policy, with parts of its link replaced."""
    return compile_link(Link.model_validate({**deepcopy(LINK), **changes}), views=views, secret=secret)


def with_values(event: dict[str, Any], **values: Any) -> bytes:
    """An event as bytes, with values set by path: `data__contact__phone="…"`. A value of `...` removes the field."""
    changed = deepcopy(event)
    for path, value in values.items():
        *parents, last = path.split("__")
        held = changed
        for parent in parents:
            held = held.setdefault(parent, {})
        if value is ...:
            held.pop(last, None)
        else:
            held[last] = value
    return orjson.dumps(changed)
