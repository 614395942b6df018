"""The sandbox CRM's own promises: a made-up firm, people at its screens, and enough speed for a replay."""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from web.sandbox.crm import application, read_folder
from web.sandbox.crm_state import Crm
from web.sandbox.sample import firm


@pytest.fixture
def crm() -> Crm:
    crm = Crm()
    for name, rows in firm().items():
        crm.load(name, rows)
    return crm


@pytest.fixture
async def client(crm: Crm) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(application(crm)), base_url="http://crm")


def test_the_made_up_firm_is_the_same_each_time_and_rings_nobody() -> None:
    assert firm() == firm()
    prefixes = ("+3319900", "+3326191", "+3335301", "+3346571", "+3353649", "+3363998")
    assert all(one["phone"].startswith(prefixes) and len(one["phone"]) == 12 for one in firm()["contact"])
    assert {one["account"] for one in firm()["contact"]} == {one["id"] for one in firm()["account"]}


async def test_a_change_at_a_screen_shows_in_the_feed(crm: Crm, client: httpx2.AsyncClient) -> None:
    cursor = (await client.get("/v1/contact/changes?fields=phone&limit=5000")).json()["next"]
    await client.patch("/office/contact/1", json={"phone": "+33199000099", "notes": "secret"})
    page = (await client.get(f"/v1/contact/changes?fields=phone&after={cursor}")).json()
    assert [(row["id"], row["fields"]) for row in page["rows"]] == [("1", {"phone": "+33199000099"})]
    assert (await client.delete("/office/contact/1")).status_code == 204
    page = (await client.get(f"/v1/contact/changes?fields=phone&after={page['next']}")).json()
    assert [(row["id"], row["deleted"], row["fields"]) for row in page["rows"]] == [("1", True, {})]
    assert crm.violations == []


async def test_records_can_be_read_by_their_ids_with_only_the_fields_asked_for(client: httpx2.AsyncClient) -> None:
    told = (await client.post("/v1/opportunity/read", json={"ids": ["1", "nobody"], "fields": ["stage"]})).json()
    assert [(row["id"], list(row["fields"])) for row in told["rows"]] == [("1", ["stage"])]


async def test_a_reader_that_stops_anywhere_misses_nothing_while_records_change(
    crm: Crm, client: httpx2.AsyncClient
) -> None:
    cursor, seen = "", set()
    for step in range(1_000):
        page = (await client.get(f"/v1/contact/changes?fields=&limit=7&after={cursor}")).json()
        seen |= {row["id"] for row in page["rows"]}
        cursor = page["next"]
        if step < 5:
            crm.edit("contact", str(1 + step * 11), {"status": f"vu {step}"})
        elif not page["more"]:
            break
    assert seen == set(crm.objects["contact"])


@pytest.mark.parametrize("form", ["json", "csv", "semicolons"])
def test_data_is_read_from_a_folder(tmp_path: Path, form: str) -> None:
    rows = [{"id": "1", "name": "Café"}, {"id": "2", "name": "Çà; et, là"}]
    if form == "json":
        (tmp_path / "accounts.json").write_text(json.dumps(rows), "utf-8")
    else:
        with (tmp_path / "accounts.csv").open("w", encoding="utf-8-sig", newline="") as file:
            table = csv.DictWriter(file, ["id", "name"], delimiter=";" if form == "semicolons" else ",")
            table.writeheader()
            table.writerows(rows)
    assert read_folder(tmp_path) == {"account": rows}


def calls(count: int) -> Iterator[list[dict[str, object]]]:
    for at in range(0, count, 500):
        yield [
            {"once": f"k-{n}", "record": f"contact/{1 + n % 60}", "result": "no_answer", "label": "NRP", "author": {}}
            for n in range(at, at + 500)
        ]


async def test_twenty_seven_thousand_calls_are_written_and_none_twice(crm: Crm, client: httpx2.AsyncClient) -> None:
    for items in calls(27_000):
        answer = await client.post("/v1/calls", json={"items": items})
        assert {one["status"] for one in answer.json()["results"]} == {"accepted"}
    await client.post("/v1/calls", json={"items": next(calls(500))})
    assert len(crm.written["calls"]) == 27_000
    assert crm.repeated == 500


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("contact/read", b'{"ids":5,"fields":[]}'),
        ("contact/read", b'{"ids":[[]],"fields":[]}'),
        ("contact/read", b"?"),
        ("calls", b"[]"),
        ("calls", b'{"items":5}'),
        ("calls", b'{"items":[5]}'),
        ("calls", b'{"items":[{"once":5,"record":"contact/1"}]}'),
    ],
)
async def test_what_no_connector_would_send_is_refused_and_not_an_error(
    client: httpx2.AsyncClient, crm: Crm, path: str, body: bytes
) -> None:
    answer = await client.post(f"/v1/{path}", content=body)
    assert answer.status_code in {200, 404}
    assert not any(crm.written.values())
    assert crm.violations or answer.json()["results"][0]["status"] == "refused"
