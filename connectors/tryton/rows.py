"""One record of Tryton's as a row of the port: which fields are read for it, and what becomes of them."""

import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

from connectors.faults import Malformed
from connectors.port import Asked, Row, Session
from connectors.tryton.cursor import FIELD, Stream
from connectors.tryton.settings import Settings, Team, Territory
from connectors.tryton.values import Path, paths, stamp_of, value_at
from mapping.words import Object

PARTY = "party.party"
OPPORTUNITY = "sale.opportunity"
MODELS = {Object.CONTACT: PARTY, Object.ACCOUNT: PARTY, Object.OPPORTUNITY: OPPORTUNITY}

#: Fields of a party whose values live in records that change on their own.
HANGING = {
    "addresses": "party.address",
    "contact_mechanisms": "party.contact_mechanism",
    "email": "party.contact_mechanism",
    "fax": "party.contact_mechanism",
    "identifiers": "party.identifier",
    "mobile": "party.contact_mechanism",
    "phone": "party.contact_mechanism",
    "tax_identifier": "party.identifier",
    "website": "party.contact_mechanism",
}


class Reading(NamedTuple):
    """What one pull reads of each record."""

    object: Object
    model: str
    asked: Mapping[str, Path]
    #: What the port wants beside: references and owner.
    beside: Mapping[str, Path]
    #: How many characters of the territory count; 0: all.
    length: int

    @property
    def fields(self) -> list[str]:
        return sorted({path.dotted for path in (*self.asked.values(), *self.beside.values())} | {FIELD})

    def streams(self) -> list[Stream]:
        first = {path.steps[0] for path in (*self.asked.values(), *self.beside.values())}
        hanging = {HANGING[name] for name in first if name in HANGING} if self.model == PARTY else set()
        return [Stream(self.model), *(Stream(model, "party") for model in sorted(hanging))]

    def row(self, record: Mapping[str, Any], stamp: str = "") -> Row:
        """Raises Malformed. `stamp`: when what hangs on the record changed, where that is why it is read."""
        fields = {name: value_at(record, path) for name, path in self.asked.items()}
        beside = {name: value_at(record, path) for name, path in self.beside.items()}
        version = max(stamp_of(record.get(FIELD)), stamp)
        return Row(self.object, key_of(record), fields, self._refs(record, beside), self._owner(beside), version)

    def _refs(self, record: Mapping[str, Any], beside: Mapping[str, Any]) -> dict[str, str]:
        if self.object is Object.CONTACT:
            return {"account": str(beside.get("account") or record["id"])}
        party = beside.get("party")
        return {"account": party, "contact": party} if party else {}

    def _owner(self, beside: Mapping[str, Any]) -> dict[str, str]:
        found = {name: str(beside[name]) for name in ("id", "team", "territory") if beside.get(name)}
        if self.length and "territory" in found:
            found["territory"] = found["territory"][: self.length]
        return found


def key_of(record: Mapping[str, Any]) -> str:
    """A record's id. Raises Malformed."""
    if not isinstance(record.get("id"), int):
        raise Malformed("no_id")
    return str(record["id"])


async def reading(session: Session[Settings], asked: Asked) -> Reading:
    """Which of Tryton's fields to read for what was asked."""
    settings, model = session.settings, MODELS[asked.object]
    beside: dict[str, str] = {}
    if asked.object is Object.CONTACT and settings.account_field:
        beside["account"] = settings.account_field
    if asked.object is Object.OPPORTUNITY:
        beside |= {"party": "party", "id": "employee"}
        if settings.team is not Team.NONE:
            beside["team"] = "employee__supervisor" if settings.team is Team.SUPERVISOR else "company"
    if settings.territory is not Territory.NONE and asked.object is not Object.CONTACT:
        place = {"subdivision": "subdivision__code", "country": "country__code"}.get(settings.territory, "postal_code")
        beside["territory"] = ("party__" if model == OPPORTUNITY else "") + f"addresses__{place}"
    found = await paths(session, model, tuple(beside.values()))
    return Reading(
        asked.object,
        model,
        await paths(session, model, asked.fields),
        {name: found[field] for name, field in beside.items() if field in found},
        settings.territory_length,
    )


def domain(session: Session[Settings], stream: Stream) -> list[Any]:
    """Which records of a stream are read at all."""
    names = list(session.settings.categories)
    if not names:
        return []
    return [["categories.name" if stream.model == PARTY else "party.categories.name", "in", names]]


def fingerprint(session: Session[Settings], asked: Asked) -> str:
    """Changes when what is read changes: then all is read again."""
    kept = session.settings.model_dump(include={"categories", "account_field", "company", "team", "territory"})
    whole = repr((asked.object.value, sorted(asked.fields), sorted(kept.items())))
    return hashlib.sha256(whole.encode()).hexdigest()[:16]
