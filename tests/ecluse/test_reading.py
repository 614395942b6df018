"""The verbs that read a database; a value is printed only where it may be seen."""

import json
import sqlite3
from pathlib import Path

import pytest

from ecluse.demo.figures import Figures


@pytest.fixture
def prospect(ecluse, played: tuple[Path, Figures]) -> str:
    """A record that went out, and was called."""
    said = ecluse("-C", played[0], "appointments", "ls", "--state", "written", "--output", "json")
    return str(json.loads(said.out)["proposals"][0]["record"])


def test_status_adds_up_to_the_last_event(ecluse, played) -> None:
    folder, figures = played
    said = ecluse("-C", folder, "status")
    assert said.code == 0
    assert said.out.splitlines()[-1] == "It adds up: nothing lost, nothing twice."
    body = json.loads(ecluse("-C", folder, "status", "--output", "json").out)
    assert body["balanced"] is True
    (link,) = body["links"]
    for flow in link["flows"]:
        terms = ("delivered", "withheld", "held", "refused", "quarantined", "in_flight")
        assert flow["received"] == sum(flow[name] for name in terms)
    assert link["flows"][0]["received"] == next(iter(figures.balances.values())).received


def test_status_says_it_when_an_event_is_missing(ecluse, played, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    for path in played[0].rglob("*"):
        if path.is_file() and path.suffix not in {".db-wal", ".db-shm", ".lock"}:
            (copy / path.relative_to(played[0])).parent.mkdir(parents=True, exist_ok=True)
            (copy / path.relative_to(played[0])).write_bytes(path.read_bytes())
    base = sqlite3.connect(copy / "ecluse.db")
    sent = "SELECT max(seq) FROM decisions WHERE outcome IN (SELECT digest FROM outcomes WHERE verdict = 'send')"
    base.execute(f"DELETE FROM decisions WHERE seq = ({sent})")
    base.commit()
    base.close()
    said = ecluse("-C", copy, "status")
    assert said.code == 1
    assert "does not add up" in said.out


def test_explain_names_the_rule_that_decides(ecluse, played, prospect: str) -> None:
    said = ecluse("-C", played[0], "explain", f"{prospect}#opportunity.margin", "--as", "teleoperator")
    assert "opportunity.margin DOES NOT GO OUT" in said.out
    assert "> 1 named in fields?" in said.out
    assert "margin  links/nord.yaml:" in said.out
    phone = json.loads(ecluse("-C", played[0], "explain", f"{prospect}#contact.phone", "-o", "json").out)
    assert phone["fields"][0]["receivers"] == ["teleoperator", "mission_lead"]
    quality = json.loads(
        ecluse("-C", played[0], "explain", f"{prospect}#contact.phone", "--as", "quality", "-o", "json").out
    )
    assert quality["fields"][0]["decides"] == "clearance"


def test_explain_never_shows_a_value(ecluse, played, prospect: str) -> None:
    seen = json.loads(ecluse("-C", played[0], "view", prospect, "--as", "teleoperator", "-o", "json").out)
    values = [str(value) for value in seen["fields"].values() if len(str(value)) > 4]
    assert values
    for form in ("text", "json"):
        said = ecluse("-C", played[0], "explain", prospect, "--output", form)
        assert not [value for value in values if value in said.out]


def test_explain_an_event_that_was_refused(ecluse, played) -> None:
    said = ecluse("-C", played[0], "explain", "--event", "mishap-sixth-kind")
    assert "sixth_kind_of_write" in said.out
    assert ecluse("-C", played[0], "explain", "--event", "nobody").code == 1
    assert ecluse("-C", played[0], "explain").code == 2


@pytest.mark.requirement("R054")
def test_each_profile_sees_its_own(ecluse, played, prospect: str) -> None:
    caller = json.loads(ecluse("-C", played[0], "view", prospect, "--as", "teleoperator", "-o", "json").out)
    listener = json.loads(ecluse("-C", played[0], "view", prospect, "--as", "quality", "-o", "json").out)
    assert "phone" in caller["fields"]
    assert "phone" not in listener["fields"]
    assert {"pointer": "/contact/phone", "label": "reachability", "decides": "clearance"} in listener["hidden"]
    assert ecluse("-C", played[0], "view", prospect, "--as", "stranger").code == 2


def test_a_person_sees_their_campaigns_alone(ecluse, played, prospect: str) -> None:
    seen = {
        person: json.loads(
            ecluse("-C", played[0], "view", prospect, "--as", f"teleoperator:{person}", "-o", "json").out
        )["opens"]
        for person in ("tp-11", "tp-13", "tp-14")
    }
    assert not all(seen.values())
    assert any(seen.values())


def test_quarantine_shows_shapes_and_gives_up_on_record(ecluse, played) -> None:
    listed = json.loads(ecluse("-C", played[0], "quarantine", "ls", "-o", "json").out)["parked"]
    assert {one["reason"] for one in listed} == {"unknown_disposition", "unknown_record"}
    number = next(one["number"] for one in listed if one["reason"] == "unknown_disposition")
    shown = ecluse("-C", played[0], "quarantine", "show", str(number))
    assert "MYSTERE" not in shown.out
    assert "disposition" in shown.out
    assert ecluse("-C", played[0], "quarantine", "show", "1").code == 1


def test_appointments_are_listed_and_decided_by_name(ecluse, played) -> None:
    listed = json.loads(ecluse("-C", played[0], "appointments", "ls", "-o", "json").out)["proposals"]
    assert listed
    assert {"note", "comment"}.isdisjoint(listed[0])
    said = ecluse("-C", played[0], "appointments", "validate", listed[0]["id"], "--by", "ml-01", "--wait", "0")
    assert said.code == 0
    assert "on disk" in said.out
    assert ecluse("-C", played[0], "appointments", "validate", "nothing", "--by", "ml-01").code == 1
    assert ecluse("-C", played[0], "appointments", "validate", "x").code == 2


def test_a_folder_without_its_key_says_so(ecluse, played, tmp_path: Path) -> None:
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "nord.yaml").write_bytes((played[0] / "links" / "nord.yaml").read_bytes())
    said = ecluse("-C", tmp_path, "status")
    assert said.code == 1
    assert "no_such_file" in said.err
    assert "Traceback" not in said.err
