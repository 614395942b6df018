"""JobPhoning: its webhook read with patience, its import folder fed with care."""

import csv
import io
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import pytest

from connectors import prospect_file
from connectors.faults import Malformed, Misconfigured
from connectors.http import NoHttp
from connectors.jobphoning import CONNECTOR, Settings
from connectors.jobphoning_calls import instant, seconds
from connectors.port import Delivered, Happening, Order, Session
from mapping.words import CommandKind

UPSERT, RECALL = CommandKind.UPSERT_PROSPECT, CommandKind.RECALL_PROSPECT
PARIS = ZoneInfo("Europe/Paris")
FORM = {"content-type": "application/x-www-form-urlencoded"}


def call(**changed: Any) -> dict[str, Any]:
    return {
        "Etat": "Projet détecté",
        "Duree": "00:02:05",
        "DateAppel": "20/11/2026 10:11:12",
        "Teleoperateur": {"Login": "tp-12"},
        "AudioUrl": "https://exemple.invalid/a.mp3",
        "Commentaire": "À rappeler",
        **changed,
    }


def told(*calls: dict[str, Any], **client: Any) -> bytes:
    whole = {"Client": {"ID": "contact/42", "Nom": "Durand", "TelephoneFixe": "01 99 00 00 42", **client}}
    return json.dumps({**whole, "HistoriqueAppel": list(calls) or [call()]}).encode()


def receive(body: bytes, headers: Mapping[str, str] | None = None) -> list[Happening]:
    assert CONNECTOR.receive is not None
    settings = Settings.model_validate({"import_folder": "."})
    return list(CONNECTOR.receive(settings, body, headers or {"content-type": "application/json"}))


def test_a_call_comes_back_with_our_id_its_result_and_who_called() -> None:
    (one,) = receive(told())
    assert one.type == "phoning.call.ended"
    assert one.time == "2026-11-20T10:11:12+01:00"
    assert one.data == {
        "prospect": {"id": "contact/42"},
        "agent": {"id": "tp-12"},
        "call": {
            "id": one.id,
            "disposition": "Projet détecté",
            "started_at": "2026-11-20T10:11:12+01:00",
            "duration": 125,
            "comment": "À rappeler",
        },
    }


def test_the_form_and_the_raw_body_say_the_same() -> None:
    form = urlencode({"data": told().decode()}).encode()
    assert receive(form, FORM) == receive(told()) == receive(told(), FORM)


@pytest.mark.requirement("R065")
def test_the_history_that_comes_again_with_each_call_gives_the_same_ids() -> None:
    first = call()
    second = call(DateAppel="21/11/2026 09:00:00", Etat="NRP")
    (once,) = receive(told(first))
    again = receive(told(second, first))
    assert [one.id for one in again][1] == once.id
    assert again[0].id != once.id
    retyped = receive(told(call(DateAppel="2026-11-20T10:11:12+01:00", Commentaire="corrigé")))
    assert retyped[0].id == once.id


def test_one_call_that_is_no_list_is_a_history_too() -> None:
    body = json.dumps({"Client": {"ID": "contact/42"}, "HistoriqueAppel": call()}).encode()
    assert len(receive(body)) == 1


def test_an_id_of_theirs_is_never_taken_for_one_of_ours() -> None:
    for theirs in ("77", 77, "client/77", "contact/", "contact/4 2"):
        (one,) = receive(told(ID=theirs))
        assert one.data["prospect"] == {"vendor_id": str(theirs), "phone": "01 99 00 00 42"}
    (mobile,) = receive(told(ID="", TelephoneFixe="", TelephonePortable="06 39 98 00 01"))
    assert mobile.data["prospect"] == {"phone": "06 39 98 00 01"}


def test_a_result_nobody_knows_passes_so_that_the_core_can_quarantine_it() -> None:
    (one,) = receive(told(call(Etat="État inventé ✨")))
    assert one.data["call"]["disposition"] == "État inventé ✨"


def test_an_hour_nobody_can_read_passes_as_it_came_and_two_such_calls_stay_two() -> None:
    first, second = receive(told(call(DateAppel="hier"), call(DateAppel="hier", Etat="NRP")))
    assert first.data["call"]["started_at"] == "hier"
    assert first.time == ""
    assert first.id != second.id


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("2026-11-20 10:11:12", "2026-11-20T10:11:12+01:00"),
        ("2026-11-20T10:11", "2026-11-20T10:11:00+01:00"),
        ("2026-11-20T10:11:12Z", "2026-11-20T10:11:12+00:00"),
        ("20/11/2026 10:11", "2026-11-20T10:11:00+01:00"),
        ("20/11/2026 à 10h11", "2026-11-20T10:11:00+01:00"),
        ("1/7/2026 9:05:00", "2026-07-01T09:05:00+02:00"),
        ("1795165872", "2026-11-20T09:11:12+00:00"),
        (1795165872000, "2026-11-20T09:11:12+00:00"),
        ("25/10/2026 02:30", "2026-10-25T02:30:00+02:00"),
    ],
)
def test_hours_are_read_in_the_forms_that_are_in_use(said: object, expected: str) -> None:
    found = instant(said, PARIS)
    assert found is not None
    assert found.isoformat() == expected


@pytest.mark.parametrize(
    "said",
    [
        *("", "hier", "31/02/2026 10:00", "2026-13-01 10:00", "+33199000042", None, True, [], "0"),
        *("0001-01-01 00:00", "01/01/0001 00:00", "9999-12-31T23:59-14:00", "20/11/0026 10:11"),
    ],
)
def test_what_is_no_hour_is_none(said: object) -> None:
    assert instant(said, PARIS) is None


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("125", 125), (125, 125), (125.0, 125), ("2:05", 125), ("00:02:05", 125), ("2 min 5 s", 125), ("2m05", 125),
        ("PT2M5S", 125), ("1 h 2 min", 3_720), ("45s", 45), ("0", 0), ("12 secondes", 12), ("2 minutes", 120),
        ("", None), ("longtemps", None), (None, None), ("-5", None), ("99:99:99", None), ([], None), ("s", None),
    ],
)  # fmt: skip
def test_durations_are_read_in_the_forms_that_are_in_use(said: object, expected: int | None) -> None:
    assert seconds(said) == expected


@pytest.mark.parametrize(
    ("body", "headers", "code"),
    [
        (b"", {}, "not_json"),
        (b"data=", FORM, "not_json"),
        (b"autre=1", FORM, "wrong_shape"),
        (b"data=%7B%7D&data=%7B%7D", FORM, "wrong_shape"),
        (b"data=%FF", FORM, "not_utf8"),
        (b"data=\xff", FORM, "not_utf8"),
        (b"a=1&" * 60, FORM, "not_utf8"),
        (b"{}", {}, "wrong_shape"),
        (b"[]", {}, "wrong_shape"),
        (b'{"Client":{},"HistoriqueAppel":[]}', {}, "wrong_shape"),
        (b'{"Client":{},"HistoriqueAppel":["x"]}', {}, "wrong_shape"),
        (b'{"Client":{"ID":"1","ID":"2"},"HistoriqueAppel":[{}]}', {}, "duplicate_key"),
    ],
)
def test_what_is_none_of_their_messages_is_refused(body: bytes, headers: dict[str, str], code: str) -> None:
    with pytest.raises(Malformed) as refusal:
        receive(body, headers)
    assert refusal.value.code == code


def order(record: str, *, once: str = "", kind: CommandKind = UPSERT, **body: Any) -> Order:
    return Order(once or f"k-{record}", kind, record, body)


def rows(path: Path) -> list[dict[str, str]]:
    raw = path.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""), delimiter=";"))


def laid(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


async def push(folder: Path, *orders: Order, **settings: Any) -> list[Any]:
    session = Session(Settings.model_validate({"import_folder": folder, **settings}), NoHttp())
    return list(await CONNECTOR.sinks[orders[0].kind](session, orders))


async def test_prospects_are_laid_down_as_one_file_with_the_links_columns(tmp_path: Path) -> None:
    orders = [
        order("contact/42", campaign="t4", fields={"phone": "+33199000042", "company": "Câbles & Fils; SA"}, dial=True),
        order("contact/43", campaign="t4", fields={"phone": "+33199000043", "city": None}, dial=True),
    ]
    assert await push(tmp_path, *orders) == [Delivered(), Delivered()]
    (path,) = laid(tmp_path)
    assert path.name.startswith("prospects-")
    assert rows(path) == [
        {"id": "contact/42", "campagne": "t4", "phone": "+33199000042", "company": "Câbles & Fils; SA", "city": ""},
        {"id": "contact/43", "campagne": "t4", "phone": "+33199000043", "company": "", "city": ""},
    ]


def test_a_call_before_the_calendar_begins_is_read_as_one_without_an_hour() -> None:
    body = b'{"Client": {"ID": "contact/42"}, "HistoriqueAppel": [{"DateAppel": "0001-01-01 00:00", "Etat": "NRP"}]}'
    [happening] = receive(body)
    assert (happening.time, happening.data["call"]["started_at"]) == ("", "0001-01-01 00:00")


async def test_no_field_of_the_link_takes_the_place_of_the_id_that_results_come_back_by(tmp_path: Path) -> None:
    await push(tmp_path, order("contact/42", campaign="t4", fields={"id": "A-7", "campagne": "x", "phone": "1"}))
    assert rows(laid(tmp_path)[0]) == [{"id": "contact/42", "campagne": "t4", "phone": "1"}]


async def test_the_same_push_writes_the_same_file_again(tmp_path: Path) -> None:
    for _ in range(2):
        await push(tmp_path, order("contact/42", campaign="t4", fields={"phone": "+33199000042"}))
    assert len(laid(tmp_path)) == 1


async def test_columns_can_be_put_in_the_order_that_the_import_expects(tmp_path: Path) -> None:
    await push(
        tmp_path, order("contact/42", fields={"phone": "1", "company": "A"}), columns=["company", "siret", "phone"]
    )
    assert list(rows(laid(tmp_path)[0])[0]) == ["id", "campagne", "company", "siret", "phone"]


async def test_what_is_only_loaded_goes_into_a_file_of_its_own(tmp_path: Path) -> None:
    await push(tmp_path, order("contact/42", fields={}, dial=True), order("contact/43", fields={}, dial=False))
    found = {path.name.partition("-")[0]: [row["id"] for row in rows(path)] for path in laid(tmp_path)}
    assert found == {"prospects": ["contact/42"], "chargement": ["contact/43"]}


@pytest.mark.requirement("R050")
async def test_recalls_are_listed_in_a_file_with_their_reason(tmp_path: Path) -> None:
    await push(tmp_path, order("contact/42", kind=RECALL, reason="campaign_closed", campaign="t4"))
    (path,) = laid(tmp_path)
    assert path.name.startswith("rappels-")
    assert rows(path) == [{"id": "contact/42", "campagne": "t4", "motif": "campaign_closed"}]


@pytest.mark.parametrize("text", ["=1+1", "+CMD|calc", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "+33 1"])
def test_no_cell_is_a_formula(text: str) -> None:
    (row,) = csv.reader(
        io.StringIO(prospect_file.written([{"a": text}], ()).decode("utf-8-sig").split("\r\n", 1)[1], newline=""),
        delimiter=";",
    )
    assert row == [f"'{text}"]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("+33199000042", "+33199000042"),
        (-5, "-5"),
        (True, "oui"),
        (None, ""),
        ("a\x00b", "ab"),
        (1.5, "1.5"),
        ("\ud800", "?"),
    ],
)
def test_numbers_and_plain_text_stay_as_they_are(value: object, cell: str) -> None:
    assert prospect_file.written([{"a": value}], ()).decode("utf-8-sig").split("\r\n")[1] in {cell, f'"{cell}"', '""'}


async def test_a_file_that_cannot_be_written_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Misconfigured) as refusal:
        await push(tmp_path, order("contact/42", fields={}))
    assert refusal.value.code == "folder_not_writable"
    assert laid(tmp_path) == []


async def test_access_says_whether_the_folder_can_be_written(tmp_path: Path) -> None:
    for folder, fine in ((tmp_path, True), (tmp_path / "absent", False)):
        session = Session(Settings.model_validate({"import_folder": folder}), NoHttp())
        assert [one.ok for one in await CONNECTOR.access(session)] == [fine]


@pytest.mark.parametrize(
    "wrong",
    [{}, {"import_folder": ".", "base_url": "https://x.example"}, {"import_folder": ".", "timezone": "Mars/Olympus"}],
)
def test_a_connection_says_exactly_one_way_out_and_a_real_zone(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        Settings.model_validate(wrong)


def test_the_field_names_are_those_of_the_public_receiver() -> None:
    shape = Path(__file__).resolve().parents[3] / "shared/contracts/jobphoning/samples/field_shape.json"
    if not shape.is_file():
        pytest.skip("the collected vendor contracts are not beside this checkout")
    fields = json.loads(shape.read_text())["fields"]
    assert set(call()) == {name.partition(".")[0] for name in fields["HistoriqueAppel[]"]}
    assert {"ID", "Nom", "TelephoneFixe", "TelephonePortable"} <= set(fields["Client"])


def test_the_hour_of_a_call_is_an_instant_whatever_its_form() -> None:
    assert instant("20/11/2026 10:11:12", PARIS) == datetime(2026, 11, 20, 9, 11, 12, tzinfo=UTC)
