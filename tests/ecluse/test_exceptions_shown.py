"""Personal exceptions are in view wherever somebody looks: `check`, `matrix`, `status`."""

import json
from pathlib import Path

import pytest

from ecluse.folder import read_folder
from ecluse.wiring import database_of
from tests.ecluse.conftest import Run

EXCEPTIONS = """
exceptions:
  - {person: tp-12, write: [validate_appointment], reason: Congés, until: %s, decided_by: direction}
  - {person: tp-13, write: [comment], reason: Essai, until: 2020-01-02, decided_by: direction}
"""


@pytest.fixture
def folder(tmp_path: Path, ecluse: Run) -> Path:
    """A folder whose link has one exception that holds, and one that ended long ago."""
    assert ecluse("-C", tmp_path, "init", "--link", "nord", "--crm", "csv", "--dialer", "open_dialer").code == 0
    path = tmp_path / "links" / "nord.yaml"
    text = path.read_text(encoding="utf-8") + EXCEPTIONS % "2098-12-31"
    decided = "revision: {reason: Essai, date: 2020-01-01, decided_by: direction}"
    lines = [decided if line.startswith("revision:") else line for line in text.splitlines()]
    assert decided in lines
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    database = database_of(read_folder(tmp_path, {}))
    database.migrate()
    database.close()
    return tmp_path


@pytest.mark.requirement("R003")
def test_status_counts_those_that_hold_today(folder: Path, ecluse: Run) -> None:
    said = ecluse("-C", folder, "status").out
    [link] = json.loads(ecluse("-C", folder, "status", "-o", "json").out)["links"]

    assert "1 personal exception, until 2098-12-31" in said
    assert [(one["person"], one["until"]) for one in link["exceptions"]] == [("tp-12", "2098-12-31")]


@pytest.mark.requirement("R003")
def test_check_names_each_with_what_it_gives_and_its_end(folder: Path, ecluse: Run) -> None:
    said = ecluse("-C", folder, "check").out

    assert 'until 2098-12-31, "tp-12" may also: validate_appointment; decided by direction' in said
    assert "W334" in said
    assert "jusqu'au 2098-12-31, « tp-12 » a aussi" in ecluse("--lang", "fr", "-C", folder, "check").out


def test_the_matrix_lists_those_that_hold_today(folder: Path, ecluse: Run) -> None:
    said = ecluse("-C", folder, "matrix").out

    assert "| tp-12 | validate or reject appointments | 2098-12-31 |" in said
    assert "tp-13" not in said
