"""`ecluse check`: all that is wrong in one run, at its place, in two languages and three forms."""

import json
from pathlib import Path

import pytest

LINK = Path("examples/demo/link.yaml")


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """The example with two slips: a label nobody carries, and a margin that would go out."""
    text = LINK.resolve().read_text(encoding="utf-8")
    text = text.replace("contact: [identity, reachability]", "contact: [identity, reachabilty]")
    text = text.replace("  - {from: contact.job,", "  - {from: opportunity.margin, to: note}\n  - {from: contact.job,")
    path = tmp_path / "nord.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_example_is_fine_and_nothing_was_contacted(ecluse) -> None:
    said = ecluse("check", LINK)
    assert said.code == 0
    assert said.out.splitlines()[-1] == "0 errors, 0 warnings, 3 notes in 1 file. Nothing was contacted."


def test_every_error_stands_at_its_word_with_carets(ecluse, broken: Path) -> None:
    said = ecluse("check", broken)
    assert said.code == 1
    assert 'E112 unknown label "reachabilty"' in said.out
    assert 'did you mean "reachability"?' in said.out
    assert "E201" in said.out
    lines = said.out.splitlines()
    at = next(number for number, line in enumerate(lines) if "reachabilty]" in line)
    caret = lines[at + 1]
    assert lines[at][caret.index("^") : caret.index("^") + caret.count("^")] == "reachabilty"
    assert "2 errors" in lines[-1]


def test_it_speaks_french(ecluse, broken: Path) -> None:
    said = ecluse("--lang", "fr", "check", broken)
    assert "étiquette" in said.out
    assert "Rien n'a été contacté." in said.out.splitlines()[-1]


def test_machines_get_codes_and_places_that_no_language_changes(ecluse, broken: Path) -> None:
    english = json.loads(ecluse("check", broken, "--output", "json").out)
    french = json.loads(ecluse("--lang", "fr", "check", broken, "-o", "json").out)
    assert english["schema"] == "ecluse/check/1"
    assert english["errors"] == 2
    for theirs, ours in zip(english["files"][0]["findings"], french["files"][0]["findings"], strict=True):
        assert {key: theirs[key] for key in ("code", "line", "column", "pointer", "nearest")} == {
            key: ours[key] for key in ("code", "line", "column", "pointer", "nearest")
        }
        assert theirs["message"] != ours["message"]


def test_a_review_gets_its_annotations(ecluse, broken: Path) -> None:
    said = ecluse("check", broken, "--output", "github")
    assert said.out.startswith("::error file=")
    assert ",line=" in said.out


def test_what_is_no_link_is_a_matter_of_usage(ecluse, tmp_path: Path) -> None:
    said = ecluse("-C", tmp_path, "check", "nrod")
    assert said.code == 2
    assert said.out == ""


@pytest.mark.requirement("R039")
@pytest.mark.requirement("R040")
def test_a_model_prints_its_risk(ecluse, tmp_path: Path) -> None:
    assert "risk of silos" in ecluse("check", LINK).out
    text = LINK.read_text(encoding="utf-8").replace("model: teams", "model: open")
    (tmp_path / "open.yaml").write_text(text, encoding="utf-8")
    said = ecluse("--lang", "fr", "check", tmp_path / "open.yaml")
    assert "faible" in said.out
    assert "doublons" in said.out
