"""`ecluse plan`: what a change would do, tried on what really happened; nothing is changed, and no value is shown."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ecluse.demo.figures import Figures
from tests.ecluse.conftest import Run

Written = Callable[..., Path]
CITY = "  - {from: account.city, to: city, max: 80}\n"
REFUSED = "write: [call_result, comment, next_action, propose_lead_status]"


@pytest.fixture
def folder(played: tuple[Path, Figures]) -> Path:
    return played[0]


@pytest.fixture
def written(folder: Path, tmp_path: Path) -> Written:
    """The link file of the folder with parts replaced, beside it."""

    def write(*parts: tuple[str, str]) -> Path:
        text = (folder / "links" / "nord.yaml").read_text(encoding="utf-8")
        for old, new in parts:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "nord.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_what_is_in_force_already_changes_nothing(folder: Path, ecluse: Run) -> None:
    said = ecluse("-C", folder, "plan", "nord", "--exit-code")
    assert (said.code, "in force already" in said.out) == (0, True)


def test_it_counts_people_and_records_for_each_field(folder: Path, ecluse: Run, written: Written) -> None:
    file = written((CITY, ""))
    told = json.loads(ecluse("-C", folder, "plan", file, "-o", "json").out)
    rows = {row["profile"]: row for row in told["preview"]["fields"]}
    assert {(row["way"], row["field"], row["label"]) for row in rows.values()} == {("hidden", "city", "context")}
    assert rows["teleoperator"]["people"] > 1
    held = disclosed(folder)
    assert {row["records"] for row in rows.values()} == {len(held)} == {told["preview"]["prospects"]["altered"]}


def test_recalls_are_those_of_the_ledger(folder: Path, ecluse: Run, written: Written) -> None:
    file = written(("    relance-retail:\n      account.industry: [commerce, logistique]\n",
                    "    relance-retail:\n      account.industry: [numerique]\n"))  # fmt: skip
    told = json.loads(ecluse("-C", folder, "plan", file, "-o", "json", "--records").out)["preview"]
    assert told["prospects"]["recalled"] == len(told["records"]["recalled"]) > 0
    assert set(told["records"]["recalled"]) <= disclosed(folder)
    assert any(row["after"]["reason"] == "outside_perimeter" for row in told["events"])


def test_a_write_that_would_be_refused_is_told_by_kind_and_reason(folder: Path, ecluse: Run, written: Written) -> None:
    file = written(("write: [call_result, comment, next_action, propose_lead_status, propose_appointment]", REFUSED))
    said = ecluse("-C", folder, "plan", file)
    assert "book_appointment hold awaits_validation  refuse not_granted" in said.out


@pytest.mark.requirement("R084")
def test_rights_that_a_profile_could_do_without_are_named(folder: Path, ecluse: Run, written: Written) -> None:
    old = "    write: [set_lead_status, validate_appointment, reassign, close_sequence]\n\n  reader"
    new = "    read: {account: [pricing]}\n    write: [set_lead_status]\n\n  reader"
    file = written((CITY, ""), (old, new))
    spare = json.loads(ecluse("-C", folder, "plan", file, "-o", "json").out)["more_than_needed"]
    named = {(one["profile"], one["right"]) for one in spare}
    assert ("mission_lead", "account: pricing") in named
    assert ("teleoperator", "account: pricing") not in named
    assert ("mission_lead", "propose_appointment") in named
    assert not {right for profile, right in named if profile == "teleoperator"} & {"call_result", "propose_appointment"}


def test_its_exit_code_tells_only_where_it_is_asked_to(folder: Path, ecluse: Run, written: Written) -> None:
    file = written((CITY, ""))
    assert ecluse("-C", folder, "plan", file).code == 0
    assert ecluse("-C", folder, "plan", file, "--exit-code").code == 1


def test_it_leaves_the_database_as_it_was(folder: Path, ecluse: Run, written: Written) -> None:
    before = contents(folder)
    ecluse("-C", folder, "plan", written((CITY, "")), "--records")
    assert contents(folder) == before


@pytest.mark.parametrize("language", ["en", "fr"])
def test_its_page_is_one_file_and_holds_no_value(
    folder: Path, ecluse: Run, written: Written, tmp_path: Path, language: str
) -> None:
    page = tmp_path / "plan.html"
    said = ecluse("-C", folder, "--lang", language, "plan", written((CITY, "")), "--html", page, "--records")
    text = page.read_text(encoding="utf-8")
    assert f'<html lang="{language}">' in text
    assert not any(word in text for word in ("http://", "https://", "<script", "src=", "@import"))
    cities = {row["city"] for row in seen(folder, ecluse)}
    assert cities
    assert not any(city in shown for city in cities for shown in (text, said.out))


def test_where_nothing_ran_yet_it_says_what_the_file_allows_and_makes_no_database(tmp_path: Path, ecluse: Run) -> None:
    assert ecluse("-C", tmp_path, "init", "--no-input").code == 0
    said = ecluse("-C", tmp_path, "plan", "nord", "--exit-code")
    assert said.code == 1
    assert "Nothing is in force yet" in said.out
    assert not (tmp_path / "ecluse.db").exists()


def disclosed(folder: Path) -> set[str]:
    return {row[0] for row in rows_of(folder, "SELECT record FROM disclosures WHERE recalled_at IS NULL")}


def seen(folder: Path, ecluse: Run) -> list[dict[str, str]]:
    """What a telemarketer sees of some records that went out."""
    some = sorted(disclosed(folder))[:5]
    told = [ecluse("-C", folder, "view", record, "--as", "teleoperator", "-o", "json").out for record in some]
    return [json.loads(text)["fields"] for text in told]


def contents(folder: Path) -> list[tuple[Any, ...]]:
    tables = rows_of(folder, "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    return [rows_of(folder, f"SELECT count(*) FROM {name}")[0] for (name,) in tables]


def rows_of(folder: Path, statement: str) -> list[tuple[Any, ...]]:
    base = sqlite3.connect(folder / "ecluse.db")
    try:
        return base.execute(statement).fetchall()
    finally:
        base.close()
