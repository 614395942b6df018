"""Two tracks, and the register: who put a change forward, who approved it, why; and back again."""

import csv
import json
from pathlib import Path

import pytest

from ecluse.command import Failure
from store import requests
from tests.ecluse.conftest import Run
from tests.ecluse.firm import CITY, begin, history, opened, written

ROLE = "use: roles/standard"
MORE = ROLE.replace("standard", "wide")
ANNA = ("--as", "anna.roux")
BRUNO = ("--as", "bruno.petit", "--reason", "relu")


@pytest.fixture
def guarded(folder: Path) -> Path:
    """A folder where who may see what takes two people; a wider role lies ready."""
    text = (folder / "ecluse.yaml").read_text()
    (folder / "ecluse.yaml").write_text(text.replace("approval: one", "approval: two"))
    wide = (folder / "roles" / "standard.yaml").read_text().replace("[call_result]", "[call_result, comment]")
    (folder / "roles" / "wide.yaml").write_text(wide)
    return folder


def put(folder: Path, text: str) -> None:
    (folder / "links" / "nord.yaml").write_text(text)


def listed(folder: Path, ecluse: Run) -> dict[str, list[dict[str, object]]]:
    told: dict[str, list[dict[str, object]]] = json.loads(
        ecluse("-C", folder, "register", "ls", "nord", "-o", "json").out
    )
    return told


@pytest.mark.requirement("R117")
def test_a_field_within_what_is_cleared_takes_one_person(guarded: Path, ecluse: Run) -> None:
    put(guarded, written("La ville aide", CITY))
    assert ecluse("-C", guarded, "apply", "nord", "--yes").code == 0
    assert len(history(guarded)) == 2
    assert listed(guarded, ecluse)["revisions"][0]["track"] == "standard"


@pytest.mark.requirement("R117")
@pytest.mark.requirement("R092")
def test_a_right_takes_two_people_and_is_not_in_force_before(guarded: Path, ecluse: Run) -> None:
    put(guarded, written("Les commentaires aident", used=MORE))
    said = ecluse("-C", guarded, "apply", "nord", "--yes", *ANNA)
    assert said.code == 0, said.err
    assert "Takes two people: roles changed." in said.out
    assert "It waits for a second person" in said.out
    assert len(history(guarded)) == 1
    approved = ecluse("-C", guarded, "register", "approve", "nord", *BRUNO)
    assert approved.code == 0, approved.err
    assert len(history(guarded)) == 2
    (newest, _first) = listed(guarded, ecluse)["revisions"]
    assert str(newest["proposed_by"]).startswith("anna.roux")
    assert str(newest["approved_by"]).startswith("bruno.petit")
    assert newest["approved_because"] == "relu"


@pytest.mark.parametrize("name", ["anna.roux", "Anna Roux", " ANNA.ROUX "])
def test_nobody_approves_what_they_put_forward(guarded: Path, ecluse: Run, name: str) -> None:
    put(guarded, written("Les commentaires aident", used=MORE))
    assert ecluse("-C", guarded, "apply", "nord", "--yes", *ANNA).code == 0
    refused = ecluse("-C", guarded, "register", "approve", "nord", "--as", name, "--reason", "relu")
    assert refused.code == 1
    assert "somebody else approves it" in refused.err
    assert len(history(guarded)) == 1


def test_who_puts_a_right_forward_says_their_name(guarded: Path, ecluse: Run) -> None:
    put(guarded, written("Les commentaires aident", used=MORE))
    assert ecluse("-C", guarded, "apply", "nord", "--yes").code == 2
    assert listed(guarded, ecluse)["requests"] == []


@pytest.mark.requirement("R087")
@pytest.mark.parametrize("missing", ["--as", "--reason"])
def test_a_decision_without_a_name_or_a_reason_is_refused(guarded: Path, ecluse: Run, missing: str) -> None:
    put(guarded, written("Les commentaires aident", used=MORE))
    ecluse("-C", guarded, "apply", "nord", "--yes", *ANNA)
    words = {"--as": "bruno.petit", "--reason": "relu", missing: " "}
    pairs = [part for pair in words.items() for part in pair]
    assert ecluse("-C", guarded, "register", "approve", "nord", *pairs).code in {1, 2}
    assert len(history(guarded)) == 1


def test_what_was_looked_at_beside_another_revision_is_overtaken(guarded: Path, ecluse: Run) -> None:
    put(guarded, written("Les commentaires aident", used=MORE))
    ecluse("-C", guarded, "apply", "nord", "--yes", *ANNA)
    put(guarded, written("La ville aide", CITY))
    assert ecluse("-C", guarded, "apply", "nord", "--yes").code == 0
    assert ecluse("-C", guarded, "register", "approve", "nord", "2", *BRUNO).code == 1
    assert "overtaken" in ecluse("-C", guarded, "register", "ls", "nord").out
    assert len(history(guarded)) == 2


def test_a_rejected_request_never_comes_into_force(guarded: Path, ecluse: Run) -> None:
    put(guarded, written("Les commentaires aident", used=MORE))
    ecluse("-C", guarded, "apply", "nord", "--yes", *ANNA)
    assert ecluse("-C", guarded, "register", "reject", "nord", *BRUNO).code == 0
    assert ecluse("-C", guarded, "register", "approve", "nord", "2", *BRUNO).code == 1
    assert len(history(guarded)) == 1


@pytest.mark.requirement("R115")
def test_a_request_passes_six_named_stages(guarded: Path, ecluse: Run) -> None:
    put(guarded, written("Les commentaires aident", used=MORE))
    ecluse("-C", guarded, "apply", "nord", "--yes", *ANNA)
    (request,) = listed(guarded, ecluse)["requests"]
    assert (request["stage"], request["waits_for"]) == ("legal", ["approved"])
    names = {
        "en": ("draft", "business expert", "brand and legal", "QA", "ready to publish", "published and"),
        "fr": ("brouillon", "expert métier", "marque et juridique", "QA", "prêt à publier", "publié et mesuré"),
    }
    for language, words in names.items():
        form = ecluse("-C", guarded, "--lang", language, "register", "show", "nord", "--request", "2").out
        assert [form.count(word) for word in words] == [1] * 6
        places = [form.index(word) for word in words]
        assert places == sorted(places)
    ecluse("-C", guarded, "register", "approve", "nord", *BRUNO)
    assert "[x]  published and measured" in ecluse("-C", guarded, "register", "show", "nord").out


@pytest.mark.requirement("R116")
def test_the_form_to_decide_by_is_read_in_ten_minutes(guarded: Path, ecluse: Run) -> None:
    put(guarded, written("Les commentaires aident", used=MORE))
    ecluse("-C", guarded, "apply", "nord", "--yes", *ANNA)
    form = ecluse("-C", guarded, "register", "show", "nord", "--request", "2").out
    assert "+ teleoperator may write: comment" in form
    assert len(form.split()) < 600, "two minutes of reading, eight to think"
    assert sum(line.strip()[:2] in {"1.", "2.", "3."} for line in form.splitlines()) == 3


@pytest.mark.requirement("R074")
def test_only_those_who_are_named_may_decide(guarded: Path, ecluse: Run) -> None:
    with (guarded / "ecluse.yaml").open("a") as file:
        file.write("deciders: [anna.roux, claire.martin]\n")
    put(guarded, written("Les commentaires aident", used=MORE))
    assert ecluse("-C", guarded, "apply", "nord", "--yes", *ANNA).code == 0
    refused = ecluse("-C", guarded, "register", "approve", "nord", *BRUNO)
    assert refused.code == 1
    assert "`deciders`" in refused.err


def test_the_first_revision_of_a_link_takes_two_people_and_no_database(tmp_path: Path, ecluse: Run) -> None:
    assert ecluse("-C", tmp_path, "init", "--no-input").code == 0
    settings = tmp_path / "ecluse.yaml"
    settings.write_text(settings.read_text().replace("approval: one", "approval: two"))
    with pytest.raises(Failure, match="takes two people"):
        begin(tmp_path, (tmp_path / "links" / "nord.yaml").read_text())
    (tmp_path / "ecluse.db").unlink()
    assert ecluse("-C", tmp_path, "apply", "nord", "-y", *ANNA).code == 0
    assert history(tmp_path) == []
    assert ecluse("-C", tmp_path, "register", "approve", "nord", *BRUNO).code == 0
    assert len(history(tmp_path)) == 1


def test_a_start_puts_no_right_in_force(guarded: Path, ecluse: Run) -> None:
    first = history(guarded)[0].revision
    assert begin(guarded, written("Les commentaires aident", used=MORE)) == first
    assert len(history(guarded)) == 1


@pytest.mark.requirement("R077")
def test_a_campaign_closed_by_mistake_comes_back_as_a_new_entry(folder: Path, ecluse: Run) -> None:
    put(folder, written("Fin de campagne").replace("projects: {retail: {account.industry: [retail], ends: 2026-12-31}}",
                                                   "projects: {}"))  # fmt: skip
    assert ecluse("-C", folder, "apply", "nord", "--yes").code == 0
    said = ecluse("-C", folder, "register", "rollback", "nord", "1", "--as", "anna.roux", "--reason", "par erreur")
    assert said.code == 0, said.err
    newest, _closed, first = history(folder)
    assert newest.revision == first.revision
    assert (newest.number, newest.reason, newest.decided_by) == (3, "par erreur", "anna.roux")
    assert "campaign retail comes in" in ecluse("-C", folder, "register", "diff", "nord", "2", "3").out


def test_rolling_back_a_right_takes_two_people_as_well(guarded: Path, ecluse: Run) -> None:
    put(guarded, written("Les commentaires aident", used=MORE))
    ecluse("-C", guarded, "apply", "nord", "--yes", *ANNA)
    ecluse("-C", guarded, "register", "approve", "nord", *BRUNO)
    back = ecluse("-C", guarded, "register", "rollback", "nord", "1", *BRUNO)
    assert back.code == 0
    assert len(history(guarded)) == 2
    assert ecluse("-C", guarded, "register", "approve", "nord", *BRUNO).code == 1
    assert ecluse("-C", guarded, "register", "approve", "nord", *ANNA, "--reason", "d'accord").code == 0
    assert len(history(guarded)) == 3


@pytest.mark.requirement("R075")
def test_an_export_names_who_takes_it_and_why_and_runs_nothing(folder: Path, ecluse: Run, tmp_path: Path) -> None:
    put(folder, written("=HYPERLINK(1)", CITY))
    ecluse("-C", folder, "apply", "nord", "--yes")
    target = tmp_path / "register.csv"
    assert ecluse("-C", folder, "register", "export", "nord", "--to", target, *ANNA).code == 2
    assert not target.exists()
    assert ecluse("-C", folder, "register", "export", "nord", "--to", target, *ANNA, "--reason", "audit").code == 0
    newest, _first = csv.DictReader(target.read_text().splitlines())
    assert newest["reason"] == "'=HYPERLINK(1)"
    database = opened(folder)
    with database.read() as conn:
        (taken, *_rest) = requests.signed(conn, "nord", "nord")
    database.close()
    assert (taken.act, taken.name, taken.reason) == ("exported", "anna.roux", "audit")


def test_the_register_is_a_page_as_well(folder: Path, ecluse: Run, tmp_path: Path) -> None:
    put(folder, written("<script>alert(1)</script>", CITY))
    ecluse("-C", folder, "apply", "nord", "--yes")
    page = tmp_path / "register.html"
    assert ecluse("-C", folder, "register", "export", "nord", "--to", page, *ANNA, "--reason", "audit").code == 0
    assert "<script>" not in page.read_text()
    assert "&lt;script&gt;" in page.read_text()
