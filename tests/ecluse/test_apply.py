"""`ecluse apply`: what a file says goes on record once it was checked and told; nothing old comes back by itself."""

import json
import shutil
from pathlib import Path

import pytest

from ecluse.rulings import compiled
from tests.ecluse.conftest import Run
from tests.ecluse.firm import CITY, begin, history, written


def test_it_says_what_changes_and_puts_it_on_record(folder: Path, ecluse: Run) -> None:
    (folder / "links" / "nord.yaml").write_text(written("La ville aide", CITY))
    said = ecluse("-C", folder, "apply", "nord", "--yes")
    assert said.code == 0, said.err
    assert "+ teleoperator sees city (account.city as text)" in said.out
    assert "within 2 seconds" in said.out
    newest, first = history(folder)
    assert (newest.number, first.number) == (2, 1)
    assert (newest.reason, newest.decided_by, str(newest.date)) == ("La ville aide", "direction", "2026-11-20")


def test_machines_are_told_each_change_by_its_word(folder: Path, ecluse: Run) -> None:
    (folder / "links" / "nord.yaml").write_text(written("La ville aide", CITY).replace("2026-12-31", "2027-01-31"))
    said = ecluse("-C", folder, "apply", "nord", "-y", "-o", "json")
    (told,) = json.loads(said.out)["links"]
    assert told["applied"] is True
    assert [(one["what"], one["subject"], one["profile"]) for one in told["changes"]] == [
        ("field_shown", "city", "teleoperator"),
        ("campaign_changed", "retail", ""),
    ]


def test_a_file_with_a_finding_goes_nowhere(folder: Path, ecluse: Run) -> None:
    (folder / "links" / "nord.yaml").write_text(written(more="  - {from: account.turnover, to: turnover}"))
    said = ecluse("-C", folder, "apply", "nord", "--yes")
    assert said.code == 1
    assert "turnover" in said.err
    assert len(history(folder)) == 1


@pytest.mark.parametrize("missing", ['reason: "Premier essai", ', "date: 2026-11-20, ", ", decided_by: direction"])
def test_a_revision_without_reason_date_or_decider_goes_nowhere(folder: Path, ecluse: Run, missing: str) -> None:
    (folder / "links" / "nord.yaml").write_text(written(more=CITY).replace(missing, ""))
    assert ecluse("-C", folder, "apply", "nord", "--yes").code == 1
    assert len(history(folder)) == 1


def test_nothing_is_asked_off_a_terminal(folder: Path, ecluse: Run) -> None:
    (folder / "links" / "nord.yaml").write_text(written("La ville aide", CITY))
    assert ecluse("-C", folder, "apply", "nord").code == 2
    assert len(history(folder)) == 1


def test_what_is_in_force_is_not_put_on_record_again(folder: Path, ecluse: Run) -> None:
    said = ecluse("-C", folder, "apply", "nord")
    assert said.code == 0
    assert "in force already" in said.out
    assert len(history(folder)) == 1


def test_another_connection_needs_a_restart_and_a_word(folder: Path, ecluse: Run) -> None:
    (folder / "links" / "nord.yaml").write_text(written("Autre base", crm="other"))
    refused = ecluse("-C", folder, "apply", "nord", "--yes")
    assert refused.code == 1
    assert "--restart" in refused.err
    assert len(history(folder)) == 1
    assert "Restart every process" in ecluse("-C", folder, "apply", "nord", "--yes", "--restart").out
    assert len(history(folder)) == 2


def test_another_machine_compiles_it_without_the_files(folder: Path, ecluse: Run) -> None:
    (folder / "links" / "nord.yaml").write_text(written("La ville aide", CITY))
    assert ecluse("-C", folder, "apply", "nord", "--yes").code == 0
    newest = history(folder)[0]
    shutil.rmtree(folder / "links")
    shutil.rmtree(folder / "roles")
    policy = compiled(newest)
    assert policy.revision == newest.revision
    assert policy.profiles["teleoperator"].clearance


def test_several_links_go_on_record_together_or_not_at_all(folder: Path, ecluse: Run) -> None:
    (folder / "links" / "nord.yaml").write_text(written("La ville aide", CITY))
    (folder / "links" / "sud.yaml").write_text(written("Neuf").replace("link: nord", "link: sud").replace("jp}", "no}"))
    assert ecluse("-C", folder, "apply", "nord", "sud", "--yes").code == 1
    assert len(history(folder)) == 1


def test_a_start_puts_a_new_file_in_force_but_never_an_old_one_back(folder: Path, ecluse: Run) -> None:
    first = history(folder)[0].revision
    second = begin(folder, written("La ville aide", CITY))
    assert second != first
    assert begin(folder, written()) == second, "the file was superseded: what is newest runs"
    assert [one.revision for one in history(folder)] == [second, first]
    assert "the file says" in ecluse("-C", folder, "status").out
    assert ecluse("-C", folder, "apply", "nord", "--yes").code == 0
    assert [one.revision for one in history(folder)] == [first, second, first]
    assert begin(folder, written()) == first


def test_where_machines_are_several_a_start_runs_what_the_register_says(folder: Path) -> None:
    first = history(folder)[0].revision
    assert begin(folder, written("La ville aide", CITY), register_first=True) == first
    assert len(history(folder)) == 1


def test_status_and_doctor_tell_the_file_from_what_is_in_force(folder: Path, ecluse: Run) -> None:
    (told,) = json.loads(ecluse("-C", folder, "status", "-o", "json").out)["links"]
    assert told["revision"]["standing"] == "in_force"
    (folder / "links" / "nord.yaml").write_text(written("La ville aide", CITY))
    (told,) = json.loads(ecluse("-C", folder, "status", "-o", "json").out)["links"]
    assert told["revision"]["standing"] == "new"
    assert told["revision"]["in_force"] != told["revision"]["file"]
    checks = json.loads(ecluse("-C", folder, "doctor", "-o", "json").out)["checks"]
    assert "link_not_in_force" in {one["code"] for one in checks}


def test_verbs_that_answer_by_the_file_say_when_it_is_not_in_force(folder: Path, ecluse: Run) -> None:
    assert "is in force" not in ecluse("-C", folder, "explain", "contact/1#contact.name").err
    (folder / "links" / "nord.yaml").write_text(written("La ville aide", CITY))
    for words in (("explain", "contact/1#contact.name"), ("view", "contact/1", "--as", "teleoperator")):
        assert "ecluse apply nord" in ecluse("-C", folder, *words).err
