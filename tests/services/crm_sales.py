"""Real CRM data for the tests: accounts, sellers and opportunities of a data set that lies beside the checkout.

It has no telephone numbers: they are made here, seeded, from the ranges that ARCEP sets aside for fiction.
"""

import contextlib
import csv
import hashlib
import json
import random
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.services.tryton import CACHE, DATABASE, PROGRAMS, Tryton, initialised
from tests.services.tryton import MISSING as NO_TRYTON

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "crm-sales"
MISSING = "The data set crm-sales is not beside this checkout."
#: Stages that a button leads to. What was won stays an opportunity here: Tryton would want a sale for it.
BUTTONS = {"Engaging": "opportunity", "Won": "opportunity", "Lost": "lost"}
FICTION = ("01 99 00", "02 61 91", "03 53 01", "04 65 71", "05 36 49", "06 39 98")
BATCH = 500
#: Of the 6,600 that there are: Tryton takes 10 ms for each.
OPPORTUNITIES = 2_000


class Loaded(NamedTuple):
    """What was laid into Tryton: ids by the names of the data set."""

    parties: Mapping[str, int]
    employees: Mapping[str, int]
    opportunities: Mapping[str, int]
    phones: Mapping[str, str]


def rows_of(name: str) -> list[dict[str, str]]:
    """The rows of one file of the data set; the test that asks is skipped where it is not there."""
    if not DATA.is_dir():
        pytest.skip(MISSING)
    with (DATA / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def phone_numbers(seed: int = 7) -> Iterator[str]:
    """Fictitious French numbers, none of them twice."""
    dice, seen = random.Random(seed), set[str]()
    while True:
        number = f"{dice.choice(FICTION)} {dice.randrange(100):02d} {dice.randrange(100):02d}"
        if number not in seen:
            seen.add(number)
            yield number


def decimal(text: str) -> dict[str, str]:
    return {"__class__": "Decimal", "decimal": text}


def day(text: str) -> dict[str, Any] | None:
    if not text:
        return None
    year, month, of_month = map(int, text.split("-"))
    return {"__class__": "date", "year": year, "month": month, "day": of_month}


def load(server: Tryton) -> Loaded:
    """Lay accounts, sellers and the first opportunities into a Tryton."""
    accounts, pipeline = rows_of("accounts.csv"), rows_of("sales_pipeline.csv")[:OPPORTUNITIES]
    numbers = phone_numbers()
    phones = {row["account"]: "+33" + next(numbers).replace(" ", "")[1:] for row in accounts}
    made = server.rpc("model.party.party.create", [_party(row, phones) for row in accounts], server.context)
    parties = dict(zip((row["account"] for row in accounts), made, strict=True))
    employees = _sellers(server, rows_of("sales_teams.csv"))
    opportunities: dict[str, int] = {}
    for batch in _batches(pipeline):
        values = [_opportunity(row, parties, employees) for row in batch]
        ids = server.rpc("model.sale.opportunity.create", values, server.context)
        opportunities |= dict(zip((row["opportunity_id"] for row in batch), ids, strict=True))
    for stage, button in BUTTONS.items():
        rows = [row for row in pipeline if row["deal_stage"] == stage and row["account"]]
        for batch in _batches(rows):
            ids = [opportunities[row["opportunity_id"]] for row in batch]
            server.rpc(f"model.sale.opportunity.{button}", ids, server.context)
    return Loaded(parties, employees, opportunities, phones)


def _batches(rows: Sequence[dict[str, str]]) -> Iterator[Sequence[dict[str, str]]]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]


def _party(row: Mapping[str, str], phones: Mapping[str, str]) -> dict[str, Any]:
    mechanisms = [{"type": "phone", "value": phones[row["account"]]}]
    return {
        "name": row["account"],
        "contact_mechanisms": [["create", mechanisms]],
        "addresses": [["create", [{"city": row["office_location"], "postal_code": "59000"}]]],
    }


def _sellers(server: Tryton, teams: Sequence[Mapping[str, str]]) -> dict[str, int]:
    """Managers first, then their agents with the manager as supervisor."""
    company = server.context["company"]
    employees: dict[str, int] = {}
    managers = sorted({row["manager"] for row in teams})
    for people in ([(name, None) for name in managers], [(row["sales_agent"], row["manager"]) for row in teams]):
        ids = server.rpc("model.party.party.create", [{"name": name} for name, _ in people], server.context)
        values = [
            {"party": party, "company": company, "supervisor": employees.get(manager or "")}
            for party, (_, manager) in zip(ids, people, strict=True)
        ]
        made = server.rpc("model.company.employee.create", values, server.context)
        employees |= dict(zip((name for name, _ in people), made, strict=True))
    return employees


def _opportunity(row: Mapping[str, str], parties: Mapping[str, int], employees: Mapping[str, int]) -> dict[str, Any]:
    party = parties.get(row["account"])
    values: dict[str, Any] = {
        "description": row["product"],
        "reference": row["opportunity_id"],
        "party": party,
        "employee": employees[row["sales_agent"]],
        "end_date": day(row["close_date"]),
    }
    if row["engage_date"]:
        values["start_date"] = day(row["engage_date"])
    if row["close_value"]:
        values["amount"] = decimal(row["close_value"])
    return values


def loaded(folder: Path) -> Loaded:
    """The database with the data set in it, in a server's folder: made once, which takes half a minute, and kept."""
    recipe = [Path(__file__), DATA / "accounts.csv", DATA / "sales_pipeline.csv", DATA / "sales_teams.csv"]
    if not DATA.is_dir():
        pytest.skip(MISSING)
    empty = initialised()
    name = hashlib.sha256(b"".join(path.read_bytes() for path in recipe) + empty.name.encode()).hexdigest()[:16]
    kept, register = CACHE / f"crm-sales-{name}.sqlite", CACHE / f"crm-sales-{name}.json"
    if not register.exists():
        with tempfile.TemporaryDirectory(dir=CACHE) as work:
            server = Tryton(Path(work))
            shutil.copy(empty, server.folder / f"{DATABASE}.sqlite")
            server.start()
            try:
                told = load(server)
            finally:
                server.stop()
                server.client.close()
            with contextlib.closing(sqlite3.connect(server.folder / f"{DATABASE}.sqlite")) as database:
                database.execute("VACUUM INTO ?", [str(server.folder / "whole")])
            (server.folder / "whole").replace(kept)
            register.write_text(json.dumps(told._asdict()), "utf-8")
    shutil.copy(kept, folder / f"{DATABASE}.sqlite")
    return Loaded(**json.loads(register.read_text("utf-8")))


class Sales(NamedTuple):
    """A server of its own with the data set in it, and what is where."""

    server: Tryton
    told: Loaded


@pytest.fixture(scope="session")
def crm_sales() -> Iterator[Sales]:
    """A real Tryton that holds the data set crm-sales and nothing else."""
    if not (PROGRAMS / "trytond").exists():
        pytest.skip(NO_TRYTON)
    with tempfile.TemporaryDirectory(prefix="ecluse-sales-") as folder:
        server = Tryton(Path(folder))
        told = loaded(server.folder)
        server.start()
        yield Sales(server, told)
        server.stop()
        server.client.close()
