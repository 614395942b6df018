"""A corner of a real Tryton as the contracts ask for it: records of a category of its own, and what became of them."""

import contextlib
import itertools
import sqlite3
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr

from connectors.http import seam_for
from connectors.port import Order, Session
from connectors.tryton.settings import Settings
from mapping.words import CommandKind, Object
from tests.services.tryton import DATABASE, Tryton

AUTHOR = {"id": "tp-12", "crm_user": "7"}
APPOINTMENT = {
    "id": "a-1",
    "start": "2026-12-01T10:00:00+01:00",
    "end": "2026-12-01T10:45:00+01:00",
    "place": "Lille",
    "subject": "Démonstration",
    "note": "Demander Mme Roux",
    "author": AUTHOR,
    "validated_by": {"id": "mgr-3", "crm_user": "9"},
}
BODIES: dict[CommandKind, dict[str, Any]] = {
    CommandKind.LOG_CALL: {
        "result": "no_answer",
        "label": "NRP",
        "started_at": "2026-11-20T10:15:00+01:00",
        "duration": 125,
        "attempt": 2,
        "comment": "Rappeler après 16 h",
        "campaign": "t4-industrie",
        "author": AUTHOR,
    },
    CommandKind.SET_STATUS: {"status": "lost", "author": AUTHOR, "validated_by": {"id": "mgr-3", "crm_user": "9"}},
    CommandKind.ADD_COMMENT: {"text": "Très intéressée", "at": "2026-11-20T10:15:00+01:00", "author": AUTHOR},
    CommandKind.SET_NEXT_ACTION: {
        "kind_of_action": "callback",
        "at": "2026-11-24T09:00:00+01:00",
        "note": "Le matin",
        "author": AUTHOR,
    },
    CommandKind.BOOK_APPOINTMENT: APPOINTMENT,
}
SEQUENCE = itertools.count(1)


def settings_of(server: Tryton, **others: Any) -> Settings:
    values = {
        "base_url": server.base_url,
        "database": server.database,
        "user": server.user,
        "password": SecretStr(server.password),
    }
    return Settings.model_validate(values | others)


@asynccontextmanager
async def session_of(server: Tryton, **others: Any) -> AsyncIterator[Session[Settings]]:
    settings = settings_of(server, **others)
    seam = seam_for(settings)
    try:
        yield Session(settings, seam)
    finally:
        await seam.aclose()


class Corner:
    """Records of one category, made and looked at through Tryton's own API."""

    def __init__(self, server: Tryton, kind: Object, session: Session[Any], locked_out: Session[Any]) -> None:
        self.server = server
        self.kind = kind
        self.session = session
        self.locked_out = locked_out
        self.tag = 0
        self.ids: list[int] = []

    def rpc(self, method: str, *arguments: Any) -> Any:
        return self.server.rpc(f"model.{method}", *arguments, self.server.context)

    def party(self, name: str) -> int:
        [made] = self.rpc("party.party.create", [self._party(name)])
        return int(made)

    def opportunity(self, party: int, **others: Any) -> int:
        [made] = self.rpc("sale.opportunity.create", [self._opportunity(party) | others])
        return int(made)

    def _party(self, name: str) -> dict[str, Any]:
        number = f"+3319900{next(SEQUENCE):04d}"
        values = {"name": name, "contact_mechanisms": [["create", [{"type": "phone", "value": number}]]]}
        return {**values, "categories": [["add", [self.tag]]]} if self.tag else values

    def _opportunity(self, party: int) -> dict[str, Any]:
        amount = {"__class__": "Decimal", "decimal": "1234.50"}
        return {"party": party, "description": f"Offre {next(SEQUENCE)}", "amount": amount}

    def fill(self, category: str, count: int) -> None:
        [self.tag] = self.rpc("party.category.create", [{"name": category}])
        made = self.rpc("party.party.create", [self._party(f"Atelier {number}") for number in range(count)])
        if self.kind is Object.OPPORTUNITY and made:
            made = self.rpc("sale.opportunity.create", [self._opportunity(party) for party in made])
        self.ids = list(made)

    # Shelf

    def keys(self) -> set[str]:
        return {str(key) for key in self.ids}

    def change(self, key: str) -> None:
        number = next(SEQUENCE)
        if self.kind is Object.OPPORTUNITY:
            values = {"description": f"Autre {number}", "amount": {"__class__": "Decimal", "decimal": f"{number}.00"}}
            self.rpc("sale.opportunity.write", [int(key)], values)
            return
        self.rpc("party.party.write", [int(key)], {"name": f"Autre {number}"})
        [mechanism] = self.rpc("party.contact_mechanism.search", [["party", "=", int(key)]], 0, None, None)
        self.rpc("party.contact_mechanism.write", [mechanism], {"value": f"+3319901{number:04d}"})

    def remove(self, key: str) -> bool:
        if self.kind is Object.OPPORTUNITY:
            self.rpc("sale.opportunity.cancel", [int(key)])
            self.rpc("sale.opportunity.delete", [int(key)])
        else:
            self.rpc("party.party.delete", [int(key)])
        self.ids.remove(int(key))
        return True

    def spoil(self) -> bool:
        """Damage a record in the database itself: bytes for a name, and words for an amount, which Tryton trips on."""
        party = self.party("gâté")
        if self.kind is Object.OPPORTUNITY:
            self.sql("UPDATE sale_opportunity SET amount = 'beaucoup' WHERE id = ?", self.opportunity(party))
        else:
            self.sql("UPDATE party_party SET name = X'FF00' WHERE id = ?", party)
        return True

    def sql(self, statement: str, *values: Any) -> None:
        path = self.server.folder / f"{DATABASE}.sqlite"
        with contextlib.closing(sqlite3.connect(path, timeout=30)) as database, database:
            database.execute(statement, values)

    # Desk

    def order(self, kind: CommandKind) -> Order:
        party = self.party("Cliente")
        self.opportunity(party)
        return Order(uuid.uuid4().hex, kind, f"contact/{party}", BODIES[kind])

    def lost(self, kind: CommandKind) -> Order | None:
        return Order(uuid.uuid4().hex, kind, "contact/999999999", BODIES[kind])

    def effects(self, order: Order) -> int:
        places = self.places(order.record)
        notes = [note for note in self.notes(order.record) if order.once in note]
        if order.kind is CommandKind.SET_STATUS:
            clause = [["resource", "in", places], ["event", "=", "transition"]]
            return max(len(notes), int(self.rpc("ir.model.log.search_count", clause, 0, None)))
        if order.kind is CommandKind.BOOK_APPOINTMENT:
            return max(len(notes), len(self.files(order.record)))
        return len(notes)

    def places(self, record: str) -> list[str]:
        party = int(record.partition("/")[2])
        found = self.rpc("sale.opportunity.search", [["party", "=", party]], 0, None, None)
        return [f"party.party,{party}", *(f"sale.opportunity,{key}" for key in found)]

    def notes(self, record: str) -> list[str]:
        clause = [["resource", "in", self.places(record)]]
        found = self.rpc("ir.note.search_read", clause, 0, None, [["id", "ASC"]], ["message"])
        return [note["message"] for note in found]

    def files(self, record: str) -> list[dict[str, Any]]:
        clause = [["resource", "in", self.places(record)]]
        found = self.rpc("ir.attachment.search_read", clause, 0, None, [["id", "ASC"]], ["name", "data"])
        return list(found)


@asynccontextmanager
async def corner(server: Tryton, kind: Object = Object.CONTACT, count: int = 0, **others: Any) -> AsyncIterator[Corner]:
    """A category of its own with so many records in it, and a session that reads only that."""
    name = uuid.uuid4().hex
    others = {"page_size": 3, "categories": (name,), **others}
    async with (
        session_of(server, **others) as session,
        session_of(server, **(others | {"password": SecretStr("wrong")})) as locked_out,
    ):
        found = Corner(server, kind, session, locked_out)
        found.fill(name, count)
        yield found
