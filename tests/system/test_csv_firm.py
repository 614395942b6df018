"""A firm without a CRM to call: exports in a folder, results in files beside them."""

import csv
from pathlib import Path
from typing import Any

from connectors.csv_folder import CONNECTOR as CSV
from mapping.words import Side
from tests.canary import canary, sightings
from tests.system.lock import locked
from tests.system.test_real_crm import LINK as TRYTON_LINK
from tests.system.test_real_crm import PEOPLE, appointment, call, said
from web.sandbox.dialer import Dialer

LINK: dict[str, Any] = {**TRYTON_LINK, "link": "pme", "crm": {"connector": "csv", "connection": "csv-1"}}
EXPORTS = {
    "contacts": {
        "file": "contacts.csv",
        "key": "N° client",
        "refs": {"account": "societe"},
        "columns": {"Tél.": "phone"},
    },
    "accounts": {"file": "societes.csv", "columns": {"Ville": "city", "Nom": "name"}},
    "opportunities": {"file": "affaires.csv", "refs": {"account": "societe", "contact": "client"}},
}


class Firm:
    """The folder, and those who export into it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "crm"
        self.folder.mkdir()
        self.contacts = {"42": ["Roux", "01 99 00 00 01"], "43": ["Petit", "01 99 00 00 02"]}
        self.write("societes.csv", ["id", "Nom", "Ville"], [["12", "Atelier du Nord", "Lille"]])
        deals = ["id", "societe", "client", "state", "description", "amount", "comment"]
        self.write("affaires.csv", deals, [["7", "12", "42", "lead", "Offre", canary("amount"), canary("comment")]])
        self.export()

    def export(self) -> None:
        rows = [[key, *cells, "12"] for key, cells in self.contacts.items()]
        self.write("contacts.csv", ["N° client", "name", "Tél.", "societe"], rows)

    def write(self, name: str, header: list[str], rows: list[list[str]]) -> None:
        unfinished = self.folder / f"{name}.tmp"
        with unfinished.open("w", encoding="cp1252", newline="") as file:
            csv.writer(file, delimiter=";").writerows([header, *rows])
        unfinished.replace(self.folder / name)

    def settings(self) -> dict[str, Any]:
        return {"folder": self.folder, "full_export": True, **EXPORTS}

    def out(self, name: str) -> list[dict[str, str]]:
        path = self.folder / "out" / name
        if not path.exists():
            return []
        with path.open(encoding="utf-8-sig", newline="") as file:
            return list(csv.DictReader(file, delimiter=";"))


async def test_exports_go_out_and_what_callers_did_comes_back(url: str, tmp_path: Path, dialer: Dialer) -> None:
    firm = Firm(tmp_path)
    async with locked(LINK, CSV, firm.settings(), PEOPLE, url, tmp_path, dialer) as lock:
        await lock.work()
        assert set(dialer.prospects) == {"contact/42", "contact/43"}
        fields = dialer.prospects["contact/42"]["fields"]
        assert (fields["telephone"], fields["ville"], fields["objet"]) == ("+33199000001", "Lille", "Offre")
        assert sightings(repr(dialer.prospects).encode(), "dialer") == []

        week = [
            call(1, "contact/42"),
            call(2, "contact/43", "RDV", appointment=appointment("rdv-oui")),
            call(3, "contact/42", "RDV", appointment=appointment("rdv-non")),
            said("appointment.validated", 4, "contact/43", "rm-1", appointment={"id": "rdv-oui"}),
            said("status.proposed", 5, "contact/42", "rm-1", status={"value": "perdu"}),
        ]
        assert (await lock.tell(*week))["accepted"] == len(week)
        await lock.tell(*week)
        assert [row["record"] for row in firm.out("results.csv")].count("contact/42") == 2
        assert [(row["record"], row["id"], row["validated_by"]) for row in firm.out("appointments.csv")] == [
            ("contact/43", "rdv-oui", "rm-1")
        ]
        assert len(list((firm.folder / "out" / "calendars").iterdir())) == 1
        assert [(row["record"], row["status"]) for row in firm.out("statuses.csv")] == [("contact/42", "lost")]
        assert {row["author"] for row in firm.out("results.csv")} == {"tp-12"}
        assert [lock.balance(side).imbalance for side in Side] == [0, 0]


async def test_a_newer_export_updates_one_and_takes_the_other_back(url: str, tmp_path: Path, dialer: Dialer) -> None:
    firm = Firm(tmp_path)
    async with locked(LINK, CSV, firm.settings(), PEOPLE, url, tmp_path, dialer) as lock:
        await lock.work()
        before = sum(dialer.deliveries.values())
        await lock.work()
        assert sum(dialer.deliveries.values()) == before
        firm.contacts["42"] = ["Roux", "01 99 00 00 09"]
        del firm.contacts["43"]
        firm.export()
        await lock.work()
        assert dialer.prospects["contact/42"]["fields"]["telephone"] == "+33199000009"
        assert set(dialer.prospects) == {"contact/42"}
        assert set(dialer.recalled) == {"contact/43"}
        assert sum(dialer.deliveries.values()) == before + 2
