"""Policies and events out of a seed: tame ones, reserved values in disguise, odd numbers, broken bytes."""

import json
import unicodedata
from collections.abc import Callable
from random import Random
from typing import Any

import orjson

from mapping.link import Link
from mapping.policy import Policy, compile_link
from mapping.words import Mask, Reach, Shape
from tests.policies import LINK

FIELDS = {
    "contact": ["id", "first_name", "phone", "email", "notes", "born"],
    "account": ["id", "name", "city", "industry", "discount"],
    "opportunity": ["id", "stage", "amount", "margin"],
}
PATHS = [(item, name) for item, names in FIELDS.items() for name in names]
LABELS = ["identity", "reachability", "pricing", "confidential"]
TAME = [
    "Lille", "Ateliers Béranger", "retail", "Prospecting", "nord", "", "12", "ligne une\nligne deux, plus longue",
    "Négocie dur, décision en comité", "œuvre n°½ – l’été", "«\u202f48\u202f210,50\u202f€\u202f»",
    'a\\b"c\td', "x" * 130, "+33353012233", "03 53 01 22 33", "03.53.01.22.33",
    "helene@exemple.fr", "hélène@exemple.fr", "4821050", "48210.50", "2026-11-20", "2026-11-20T10:11:12Z",
    0, 1, 42, -3, 48210, 0.5, 12.5, 100.0, 48210.5, None, True,
]  # fmt: skip
ODD = [
    "Ёлка зелёная и колючая", "Ελληνικά", "日本語の名前", "+32 470 12 34 56", "-7", "+0012", "2026-02-30", "true",
    "2026-11-20T10:11:12.250+02:00", "20261120T101112Z", "ſtraße ﬁn", "½", "e\u0301te\u0301", "Ｌｉｌｌｅ", "\x00",
    "1e5", 10**15, 2**63 - 1, -4.25, 1e22, 1e-7, -0.0, 123456789.12345678, 0.1 + 0.2, 23.400000000000002,
    9007199254740992.0, [48210], ["Lille", {"b": [12.5, "Négocie dur, décision en comité"]}], {"a": "Lille"}, [], False,
]  # fmt: skip
DISGUISES: list[Callable[[str], str]] = [
    str, str.upper, str.lower, str.swapcase, " ".join, "-".join, "\u202f".join, "\u0301".join,
    lambda text: unicodedata.normalize("NFD", text),
    lambda text: unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode(),
    lambda text: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text),
    lambda text: text.replace(".", ","),
    lambda text: text.replace(" ", "\n"),
    lambda text: text[1:],
]  # fmt: skip
PIECES = [b'"', b"\\", b",", b"}", b"0", b"\\u00e9", b'"a":1,', b"e5", b"\xff", b"\x01", b" ", b"null", b"[", b"-"]


class Strange:
    """Everything comes from one seed, so that a failure can be had again."""

    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)
        #: How much of what is made is unusual.
        self.oddness = self.rng.choice([0.0, 0.02, 0.1, 0.4])

    def policy(self) -> Policy:
        """A link that the models take; what checks would say of it does not matter here."""
        rng = self.rng
        lines: list[dict[str, Any]] = []
        masked = rng.random() < 0.4
        for number, (item, name) in enumerate(rng.choices(PATHS, k=rng.randint(1, 8))):
            shape = (
                Shape.TEXT
                if rng.random() < 0.5
                else rng.choice([one for one in Shape if one is not Shape.SCREENED_TEXT])
            )
            lines.append({"from": f"{item}.{name}", "to": f"f{number}", "as": shape.value})
            if not masked and rng.random() < 0.2:
                lines[-1]["values"] = {str(rng.choice(TAME)): str(rng.choice(TAME)) for _ in range(4)}
            if not masked and rng.random() < 0.2:
                lines[-1]["max"] = rng.randint(1, 40)
        labels: dict[str, dict[str, str]] = {item: {} for item in FIELDS}
        for item, name in PATHS:
            if rng.random() < 0.8:
                labels[item][name] = rng.choice(LABELS)
        some = {item: rng.sample(LABELS, rng.randint(1, 3)) for item in FIELDS}
        roles: dict[str, dict[str, Any]] = {"wide": {"read": dict.fromkeys(FIELDS, LABELS[:3])}, "some": {"read": some}}
        for role in roles.values() if masked else ():
            role["masks"] = {item: {label: self._masks() for label in rng.sample(LABELS, 2)} for item in FIELDS}
        reaches = [Reach.ALL, Reach.ALL, *Reach]
        profiles = {
            name: {"role": rng.choice(["wide", "wide", "some"]), "perimeter": rng.choice(reaches).value}
            for name in ("one", "two", "three")[: rng.randint(1, 3)]
        }
        parts = {
            "labels": labels,
            "roles": roles,
            "profiles": profiles,
            "fields": lines,
            "perimeter": self._perimeter(),
        }
        link = {**LINK, **parts, "country": rng.choice(["FR", "FR", "FR", "BE"])}
        secret = b"" if self._odd() else b"a tenant's own"
        return compile_link(Link.model_validate(link), views=rng.random() < 0.4, secret=secret)

    def _masks(self) -> list[dict[str, Any]]:
        rng = self.rng

        def rule() -> dict[str, Any]:
            mask = rng.choice(list(Mask))
            steps = sorted(rng.sample([-50, -3, 0, 1, 12, 13, 1000, 48210, 48211], rng.randint(1, 4)))
            needs: dict[Mask, dict[str, Any]] = {
                Mask.RANGE: {"steps": steps}, Mask.TRUNCATE: {"at": rng.choice([1, 3, 12, 100])}
            }  # fmt: skip
            return {"as": mask.value, **needs.get(mask, {})}

        if rng.random() < 0.7:
            return [rule()]
        where = {"account.industry": ["retail", 42], "opportunity.amount": [48210, 0, True], "owner.team": ["nord"]}
        return [{**rule(), "when": {path: values}} for path, values in rng.sample(list(where.items()), 2)] + [rule()]

    def _perimeter(self) -> dict[str, Any]:
        rng = self.rng
        days = [None, None, "2026-11-01", "2026-11-22", "2026-12-31"]

        def where() -> dict[str, Any]:
            paths = ["account.industry", "contact.id", "opportunity.amount", "owner.team"]
            values = ["retail", "nord", "42", 42, 48210, True, 0]
            return {path: rng.sample(values, rng.randint(1, 4)) for path in rng.sample(paths, rng.randint(0, 2))}

        projects = {
            name: {"where": where(), "starts": rng.choice(days), "ends": rng.choice(days)}
            for name in ("p1", "p2")[: rng.randint(0, 2)]
        }
        return {"model": "teams", "projects": projects, "territories": {"t1": where()} if rng.random() < 0.3 else {}}

    def event(self, policy: Policy) -> bytes:
        """A whole event, some of its texts carrying another field's value in disguise."""
        rng = self.rng
        data: dict[str, Any] = {
            item: {name: self._value() for name in names if rng.random() < 0.85}
            for item, names in FIELDS.items()
            if rng.random() < 0.95
        }
        data["owner"] = rng.choice(
            [{"team": "nord"}, {"id": "u7", "territory": "sud", "team": "t"}, {"id": 7}, {}, None]
        )
        data.setdefault("contact", {})["id"] = self._either("42", ["", 42, None, "482", "x" * 257])
        if rng.random() < 0.3:
            self._plant(data)
        event = {
            "specversion": "1.0", "id": self._either("e1", ["é" * 20, "", 7]), "type": "crm.contact.changed",
            "subject": f"contact/{data['contact']['id']}", "tenant": policy.tenant, "data": data,
            "origin": rng.choice(["live", "live", "backfill"]),
        }  # fmt: skip
        if self._odd():
            event[rng.choice(["echo", "type", "subject", "tenant", "note"])] = rng.choice(
                [True, "crm.contact.deleted", *ODD]
            )
        return self._written(event)

    def _odd(self) -> bool:
        return self.rng.random() < self.oddness

    def _either(self, usual: object, others: list[Any]) -> Any:
        return self.rng.choice(others) if self._odd() else usual

    def _value(self) -> Any:
        if self.rng.random() < 0.1:
            return "".join(self.rng.choices("aàÉŒz 019.,@'’-\n/\"½ﬁ\u0301", k=self.rng.randint(0, 25)))
        return self.rng.choice(ODD if self.rng.random() < self.oddness / 4 else TAME)

    def _plant(self, data: dict[str, Any]) -> None:
        """Hide one field's value in another's text."""
        held = [(item, name) for item, fields in data.items() if fields for name in fields if name != "id"]
        (item, name), (other, field) = self.rng.choices(held, k=2) if held else [("", ""), ("", "")]
        value = data.get(item, {}).get(name)
        if isinstance(value, str | int | float) and not isinstance(value, bool):
            disguised = self.rng.choice(DISGUISES)(str(value))
            data[other][field] = self.rng.choice(["", "Voir : ", "1 "]) + disguised + self.rng.choice(["", " !", "0"])

    def _written(self, event: dict[str, Any]) -> bytes:
        """One of the ways in which the same is written; and some bytes that are no longer what they were."""
        plain = orjson.dumps(event)
        spaced = orjson.dumps(event, option=orjson.OPT_INDENT_2)
        raw: bytes = self.rng.choice([plain, plain, plain, spaced, json.dumps(event).encode()])
        if not self._odd():
            return raw
        place = self.rng.randint(0, len(raw))
        return raw[:place] + self.rng.choice(PIECES) + raw[place + self.rng.randint(0, 2) :]
