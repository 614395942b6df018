"""JobPhoning from end to end: a file goes out, a webhook comes back, and the CRM holds the call."""

import csv
import json
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import Connection

from connectors.jobphoning import CONNECTOR
from connectors.port import PersonRow
from store import people, quarantine
from tests.web.doorway import HOOK, ask
from tests.web.installation import Installation, installed

FORM = {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "import"
    found.mkdir()
    return found


@pytest.fixture
async def whole(tmp_path: Path, folder: Path) -> AsyncIterator[Installation]:
    async with installed(tmp_path, CONNECTOR, base_url="", send_secrets=[], import_folder=folder) as whole:
        rows = [PersonRow("tp-12", "teleoperator", campaigns=("retail",), crm_user="u7")]
        for link in ("nord", "sud"):
            whole.database.writer.write_now(partial(_hire, whole, link, rows))
        yield whole
        assert whole.imbalance() == 0


def _hire(whole: Installation, link: str, rows: list[PersonRow], conn: Connection) -> None:
    people.save(conn, whole.database.keys, link, link, rows)


def lines(folder: Path, name: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for path in sorted(folder.glob(f"{name}-*.csv")):
        rows = csv.DictReader(path.read_text("utf-8-sig").splitlines(), delimiter=";")
        found.update({row["id"]: row for row in rows})
    return found


def webhook(*calls: dict[str, Any], client: str = "contact/nord-1", phone: str = "") -> bytes:
    history = [
        {
            "Etat": "NRP",
            "Duree": "00:00:12",
            "DateAppel": "20/11/2026 10:11",
            "Teleoperateur": {"Login": "tp-12"},
            **call,
        }
        for call in calls
    ]
    told = {"Client": {"ID": client, "TelephoneFixe": phone}, "HistoriqueAppel": history}
    return urlencode({"data": json.dumps(told)}).encode()


async def tell(whole: Installation, body: bytes) -> dict[str, int]:
    reply = await ask(whole.app, "POST", f"/hooks/nord/{HOOK['nord']}", body, FORM)
    assert reply.status == 202
    told: dict[str, int] = reply.json
    return told


@pytest.mark.requirement("R043")
async def test_the_file_holds_what_all_profiles_may_see_and_nothing_else(whole: Installation, folder: Path) -> None:
    await whole.work()
    sent = lines(folder, "prospects")
    assert set(sent) == {f"contact/{link}-{n}" for link in ("nord", "sud") for n in (1, 2, 3)}
    assert sent["contact/nord-1"] == {
        "id": "contact/nord-1",
        "campagne": "retail",
        "phone": "+33199000001",
        "prenom": "Ana",
        "company": "nord 7",
    }


async def test_a_call_comes_back_once_though_its_history_comes_again(whole: Installation) -> None:
    await whole.work()
    first: dict[str, Any] = {"Commentaire": "Rappeler lundi"}
    second = {"DateAppel": "21/11/2026 09:00", "Etat": "RAPPEL"}
    assert await tell(whole, webhook(first)) == {"accepted": 1, "duplicates": 0}
    assert await tell(whole, webhook(second, first)) == {"accepted": 1, "duplicates": 1}
    await whole.work()
    calls = {one["label"]: one for one in whole.crms["nord"].written["calls"].values()}
    assert set(calls) == {"NRP", "RAPPEL"}
    assert calls["NRP"]["record"] == "contact/nord-1"
    assert (calls["NRP"]["duration"], calls["NRP"]["comment"]) == (12, "Rappeler lundi")
    assert calls["NRP"]["started_at"] == "2026-11-20T10:11:00+01:00"
    assert calls["NRP"]["author"] == {"id": "tp-12", "crm_user": "u7"}


async def test_an_unknown_result_and_a_client_of_theirs_wait_in_the_quarantine(whole: Installation) -> None:
    await whole.work()
    await tell(whole, webhook({"Etat": "Inventé"}))
    await tell(whole, webhook({}, client="77", phone=""))
    await whole.work()
    assert whole.crms["nord"].written["calls"] == {}
    with whole.database.read() as conn:
        reasons = sorted(one.reason.value for one in quarantine.listing(conn, "nord", "nord"))
    assert reasons == ["unknown_disposition", "unknown_record"]


@pytest.mark.requirement("R050")
async def test_what_leaves_the_crm_is_listed_to_be_taken_back(whole: Installation, folder: Path) -> None:
    await whole.work()
    whole.crms["nord"].delete("contact", "nord-2")
    await whole.work()
    assert lines(folder, "rappels") == {
        "contact/nord-2": {"id": "contact/nord-2", "campagne": "retail", "motif": "record_deleted"}
    }


async def test_an_hour_nobody_can_read_does_not_stop_the_call(whole: Installation) -> None:
    await whole.work()
    await tell(whole, webhook({"DateAppel": "hier matin", "Duree": "longtemps"}))
    await whole.work()
    (call,) = whole.crms["nord"].written["calls"].values()
    assert call["label"] == "NRP"
    assert "started_at" not in call
    assert "duration" not in call
