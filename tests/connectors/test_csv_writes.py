"""Lines out: on disk before they count, once only, and harmless in a spreadsheet."""

import csv
import errno
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from icalendar import Calendar

from connectors.csv_folder import CONNECTOR
from connectors.csv_folder.settings import Settings
from connectors.csv_folder.writing import safe
from connectors.faults import Misconfigured, Transient
from connectors.http import NoHttp
from connectors.port import Delivered, Order, Outcome, Refused, Session
from filters.writegate import blocks
from mapping.decisions import Command
from mapping.words import CommandKind
from tests.connectors.staged_tryton import BODIES

CALL = CommandKind.LOG_CALL
RDV = CommandKind.BOOK_APPOINTMENT


def session(folder: Path) -> Session[Settings]:
    return Session(Settings(folder=folder), NoHttp())


async def push(held: Session[Settings], *orders: Order) -> Sequence[Outcome]:
    return await CONNECTOR.sinks[orders[0].kind](held, orders)


def call(once: str = "k-1", **body: Any) -> Order:
    return Order(once, CALL, "contact/42", {**BODIES[CALL], **body})


def rows_in(folder: Path, name: str = "results.csv") -> list[dict[str, str]]:
    with (folder / "out" / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


@pytest.mark.parametrize("kind", list(BODIES))
def test_the_writes_of_these_tests_are_such_as_the_core_lets_out(kind: CommandKind) -> None:
    assert blocks(Command(kind, "contact/42", BODIES[kind])) == ""


async def test_a_next_action_says_which_and_when(tmp_path: Path) -> None:
    action = CommandKind.SET_NEXT_ACTION
    await push(session(tmp_path), Order("k-1", action, "contact/42", BODIES[action]))
    [row] = rows_in(tmp_path, "next_actions.csv")
    assert (row["kind"], row["at"], row["note"]) == ("callback", "2026-11-24T09:00:00+01:00", "Le matin")


async def test_a_call_is_a_line_that_a_spreadsheet_opens(tmp_path: Path) -> None:
    await push(session(tmp_path), call())
    content = (tmp_path / "out" / "results.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbfkey;record;result;")
    assert content.endswith(b"\r\n")
    assert rows_in(tmp_path) == [
        {
            "key": "k-1",
            "record": "contact/42",
            "result": "no_answer",
            "label": "NRP",
            "started_at": "2026-11-20T10:15:00+01:00",
            "duration": "125",
            "attempt": "2",
            "comment": "Rappeler après 16 h",
            "campaign": "t4-industrie",
            "author": "tp-12",
            "crm_user": "7",
        }
    ]


@pytest.mark.parametrize(
    "text", ["=1+1", "+33199000001", "-2", "@SUM(A1)", "\t=1", "\r=1", "  =cmd|' /C calc'!A0", "\n=1"]
)
async def test_a_cell_is_never_a_formula(tmp_path: Path, text: str) -> None:
    await push(session(tmp_path), call(comment=text, label=text))
    [row] = rows_in(tmp_path)
    assert row["comment"][0] == row["label"][0] == "'"


def test_an_ordinary_cell_is_left_as_it_is() -> None:
    assert [safe(value) for value in ("a=b", 'dit "oui"; non', None, 12, "a\r\nb")] == [
        "a=b",
        'dit "oui"; non',
        "",
        "12",
        "a\nb",
    ]


async def test_a_comment_of_several_lines_cannot_forge_a_line(tmp_path: Path) -> None:
    held = session(tmp_path)
    await push(held, call(comment="x\r\nk-2;contact/42;opposed\r\n"))
    outcome = await push(session(tmp_path), call("k-2"))
    assert outcome == [Delivered("k-2")]
    assert [row["key"] for row in rows_in(tmp_path)] == ["k-1", "k-2"]


async def test_a_key_that_looks_like_a_formula_is_found_again(tmp_path: Path) -> None:
    for _ in range(2):
        await push(session(tmp_path), call("-k"))
    assert len(rows_in(tmp_path)) == 1


async def test_another_process_finds_the_keys(tmp_path: Path) -> None:
    first, second = session(tmp_path), session(tmp_path)
    await push(first, call("k-1"))
    await push(second, call("k-1"), call("k-2"))
    await push(first, call("k-2"), call("k-3"))
    assert [row["key"] for row in rows_in(tmp_path)] == ["k-1", "k-2", "k-3"]


@pytest.mark.parametrize("cut", [1, 2, 10, 40])
async def test_a_line_that_a_crash_cut_off_is_taken_back_and_written_again(tmp_path: Path, cut: int) -> None:
    held = session(tmp_path)
    await push(held, call("k-1"), call("k-2"))
    path = tmp_path / "out" / "results.csv"
    os.truncate(path, path.stat().st_size - cut)
    await push(session(tmp_path), call("k-2")._replace(in_doubt=True))
    await push(held, call("k-2"), call("k-1"))
    assert [row["key"] for row in rows_in(tmp_path)] == ["k-1", "k-2"]


async def test_a_file_cut_within_its_first_line_starts_again(tmp_path: Path) -> None:
    await push(session(tmp_path), call("k-1"))
    os.truncate(tmp_path / "out" / "results.csv", 7)
    await push(session(tmp_path), call("k-1"))
    assert [row["key"] for row in rows_in(tmp_path)] == ["k-1"]


KILLED = """
import asyncio, os, sys
from pathlib import Path
from connectors.csv_folder import CONNECTOR
from connectors.csv_folder.settings import Settings
from connectors.http import NoHttp
from connectors.port import Order, Session
from mapping.words import CommandKind

async def main():
    held = Session(Settings(folder=Path(sys.argv[1])), NoHttp())
    for number in range(200):
        await CONNECTOR.sinks[CommandKind.LOG_CALL](held, [Order(f"k-{number}", CommandKind.LOG_CALL, "contact/1", {})])
        print(number, flush=True)
        if number == 57:
            os.kill(os.getpid(), 9)

asyncio.run(main())
"""


@pytest.mark.crash
def test_what_was_delivered_is_there_after_a_kill(tmp_path: Path) -> None:
    run = subprocess.run([sys.executable, "-c", KILLED, str(tmp_path)], check=False, capture_output=True, text=True)
    assert run.returncode == -9, run.stderr
    said = [f"k-{number}" for number in run.stdout.split()]
    assert [row["key"] for row in rows_in(tmp_path)][: len(said)] == said


async def test_a_file_that_was_taken_in_is_not_written_again(tmp_path: Path) -> None:
    await push(session(tmp_path), call("k-1"))
    imported = tmp_path / "out" / "imported"
    imported.mkdir()
    (tmp_path / "out" / "results.csv").rename(imported / "results-2026-11-20.csv")
    held = session(tmp_path)
    assert await push(held, call("k-1")._replace(in_doubt=True), call("k-2")) == [Delivered("k-1"), Delivered("k-2")]
    assert [row["key"] for row in rows_in(tmp_path)] == ["k-2"]


async def test_an_appointment_has_a_line_and_a_calendar_file(tmp_path: Path) -> None:
    held, body = session(tmp_path), BODIES[RDV]
    moved = {**body, "start": "2026-12-02T10:00:00+01:00", "end": None}
    await push(held, Order("k-1", RDV, "contact/42", body), Order("k-2", RDV, "contact/42", moved))
    await push(held, Order("k-2", RDV, "contact/42", moved))
    files = sorted((tmp_path / "out" / "calendars").iterdir(), key=lambda path: path.stat().st_mtime_ns)
    events: list[Any] = [Calendar.from_ical(path.read_bytes()).walk("VEVENT")[0] for path in files]
    assert [path.suffix for path in files] == [".ics", ".ics"]
    assert [event["SEQUENCE"] for event in events] == [0, 1]
    assert len({event["UID"] for event in events}) == 1
    assert [row["start"] for row in rows_in(tmp_path, "appointments.csv")] == [body["start"], moved["start"]]
    assert [row["validated_by"] for row in rows_in(tmp_path, "appointments.csv")] == ["mgr-3", "mgr-3"]


async def test_an_appointment_without_a_time_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    bad = Order("k-1", RDV, "contact/42", {**BODIES[RDV], "start": "demain"})
    assert await push(session(tmp_path), bad) == [Refused("invalid_value", ("start",))]
    assert not (tmp_path / "out" / "appointments.csv").exists()
    assert list((tmp_path / "out" / "calendars").iterdir()) == []


async def test_a_folder_that_is_not_there_is_misconfigured(tmp_path: Path) -> None:
    with pytest.raises(Misconfigured, match="not_writable"):
        await push(session(tmp_path / "ailleurs"), call())


async def test_a_disk_that_is_full_leaves_a_doubt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_file: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(tmp_path))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Transient, match="disk_full") as caught:
        await push(session(tmp_path), call())
    assert caught.value.in_doubt
    monkeypatch.undo()
    await push(session(tmp_path), call()._replace(in_doubt=True))
    assert [row["key"] for row in rows_in(tmp_path)] == ["k-1"]
