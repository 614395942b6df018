"""A made-up firm for the sandboxes: seeded, in French, with telephone numbers that ring nowhere."""

import random
from typing import Any

# The ranges that ARCEP sets aside for fiction.
_NUMBERS = ("+3319900", "+3326191", "+3335301", "+3346571", "+3353649", "+3363998")
_FIRST = ("Aïcha", "Bruno", "Chloé", "Damien", "Élise", "Farid", "Gaëlle", "Hugo", "Inès", "Joël", "Karim", "Léa")
_LAST = ("Lefèvre", "Moreau", "N’Diaye", "Olivier", "Petit", "Rossi", "Schmitt", "Thibault", "Urbain", "Vasseur")
_FIRMS = ("Ateliers du Nord", "Briqueterie Lys", "Câbles & Fils", "Domaine Verne", "Énergie Plaine", "Fonderie Aubry")
_SECTORS = ("retail", "software", "medical", "industrie")
_STAGES = ("Prospecting", "Engaging", "Won", "Lost")
_TEAMS = ("nord", "sud")


def firm(accounts: int = 40, seed: int = 20_261_122) -> dict[str, list[dict[str, Any]]]:
    """Accounts, one to three contacts for each, and their opportunities: with margins and notes that must stay home."""
    chance = random.Random(seed)  # noqa: S311 - a sample, not a secret
    made: dict[str, list[dict[str, Any]]] = {"account": [], "contact": [], "opportunity": []}
    for number in range(1, accounts + 1):
        team = chance.choice(_TEAMS)
        made["account"].append({
            "id": str(number),
            "name": f"{chance.choice(_FIRMS)} {number}",
            "industry": chance.choice(_SECTORS),
            "city": chance.choice(("Lille", "Nantes", "Lyon", "Pau")),
            "billing_history": f"{chance.randrange(1, 40)} factures, {chance.randrange(0, 5)} impayées",
            "discount": chance.randrange(0, 30),
            "price_list": chance.choice(("public", "revendeur", "grand compte")),
            "owner_id": f"u{chance.randrange(1, 6)}",
            "owner_team": team,
            "owner_territory": f"{team}-{chance.randrange(1, 3)}",
        })  # fmt: skip
        for _ in range(chance.randrange(1, 4)):
            made["contact"].append(_contact(chance, len(made["contact"]) + 1, made["account"][-1]))
        made["opportunity"].append({
            "id": str(number),
            "account": str(number),
            "stage": chance.choice(_STAGES),
            "amount": chance.randrange(500, 90_000),
            "margin": round(chance.uniform(0.05, 0.6), 3),
            "priority": chance.choice(("haute", "moyenne", "basse")),
        })  # fmt: skip
    return made


def _contact(chance: random.Random, number: int, account: dict[str, Any]) -> dict[str, Any]:
    prefix = chance.choice(_NUMBERS)
    return {
        "id": str(number),
        "account": account["id"],
        "first_name": chance.choice(_FIRST),
        "last_name": chance.choice(_LAST),
        "phone": f"{prefix}{number:0{12 - len(prefix)}d}",
        "email": f"contact{number}@exemple.invalid",
        "status": "nouveau",
        "notes": chance.choice(("Ne pas évoquer le litige", "Marge serrée", "Fusion en préparation", "")),
        **{key: account[key] for key in ("owner_id", "owner_team", "owner_territory")},
    }
