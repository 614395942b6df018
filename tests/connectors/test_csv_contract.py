"""The port's promises, kept by the CSV connector on real files."""

import csv
import itertools
import tempfile
import uuid
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import connectors.csv_folder
from connectors.contract import ConnectorContract, PullContract, PushContract
from connectors.csv_folder import CONNECTOR
from connectors.csv_folder.settings import Settings
from connectors.csv_folder.writing import CALENDARS, FILES
from connectors.http import NoHttp
from connectors.port import Order, Session
from mapping.words import CommandKind, Object
from tests.connectors.staged_tryton import BODIES

NAMES = {Object.CONTACT: "contacts", Object.ACCOUNT: "accounts", Object.OPPORTUNITY: "opportunities"}
COUNT = itertools.count(1)


class Folder:
    """A firm that exports everything, and renames the finished file into place."""

    def __init__(self, folder: Path, kind: Object, rows: int) -> None:
        sheet = {NAMES[kind]: {"file": "export.csv"}}
        values: dict[str, Any] = {"folder": folder, "page_size": 3, "full_export": True, **sheet}
        self.folder = folder
        self.session: Session[Any] = Session(Settings.model_validate(values), NoHttp())
        elsewhere = Settings.model_validate(values | {"folder": folder / "nowhere"})
        self.locked_out: Session[Any] = Session(elsewhere, NoHttp())
        self.rows = {str(key): [f"Atelier {key}", f"01 99 00 00 {key:02d}"] for key in range(1, rows + 1)}
        self.damaged = False
        self.export()

    def export(self) -> None:
        unfinished = self.folder / "export.csv.new"
        with unfinished.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=";")
            writer.writerow(["Id", "Nom", "Téléphone"])
            for at, (key, cells) in enumerate(self.rows.items()):
                writer.writerow([key, *cells])
                if self.damaged and at == 1:
                    writer.writerow(["x", "une", "cellule", "de trop"])
        unfinished.replace(self.folder / "export.csv")

    def keys(self) -> set[str]:
        return set(self.rows)

    def change(self, key: str) -> None:
        number = next(COUNT)
        self.rows[key] = [f"Autre {number}", f"01 99 00 01 {number:02d}"]
        self.export()

    def remove(self, key: str) -> bool:
        del self.rows[key]
        self.export()
        return True

    def spoil(self) -> bool:
        self.damaged = True
        self.export()
        return True

    def order(self, kind: CommandKind) -> Order:
        return Order(uuid.uuid4().hex, kind, f"contact/{next(COUNT)}", {**BODIES[kind], "id": uuid.uuid4().hex})

    def lost(self, kind: CommandKind) -> Order | None:
        return Order(uuid.uuid4().hex, kind, "contact/", BODIES[kind])

    def effects(self, order: Order) -> int:
        path = self.folder / "out" / FILES[order.kind][0]
        if not path.exists():
            return 0
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = [row for row in csv.DictReader(file, delimiter=";") if row["key"] == order.once]
        if order.kind is CommandKind.BOOK_APPOINTMENT and rows:
            assert list((self.folder / "out" / CALENDARS).glob("*.ics"))
        return len(rows)


@asynccontextmanager
async def exported(kind: Object) -> AsyncIterator[Folder]:
    with tempfile.TemporaryDirectory() as folder:
        yield Folder(Path(folder), kind, 8)


class OnFiles:
    """Gives each story a folder of its own."""

    connector = CONNECTOR
    doc: str | None = connectors.csv_folder.__doc__
    object = Object.CONTACT
    fields: tuple[str, ...] = ("nom", "telephone")

    def staged(self) -> AbstractAsyncContextManager[Folder]:
        return exported(self.object)


class TestContacts(OnFiles, PullContract, ConnectorContract):
    object = Object.CONTACT


class TestAccounts(OnFiles, PullContract):
    object = Object.ACCOUNT


class TestOpportunities(OnFiles, PullContract):
    object = Object.OPPORTUNITY


class TestWrites(OnFiles, PushContract):
    """Lines out."""
