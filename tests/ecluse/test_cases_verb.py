"""`ecluse test`: which files are run, what is printed, and the exit code."""

import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

LINK = "examples/demo/link.yaml"
FAILS = """
link: nord
now: 2026-11-24T10:00:00+01:00
cases:
  - name: 'a <retail> & "others" case'
    record: {contact: {first_name: Zébulon}, account: {industry: commerce}, opportunity: {priority: B}}
    sees: {quality: [first_name]}
"""


@pytest.fixture
def pilot(ecluse, tmp_path: Path) -> Path:
    """A working folder as `init` lays it down."""
    ecluse("init", tmp_path, "--no-input", "--link", "pilote")
    return tmp_path


def test_the_cases_of_the_demonstration_pass_and_touch_every_right(ecluse):
    said = ecluse("test", LINK, "--coverage", "--output", "json")
    body = json.loads(said.out)
    assert (said.code, body["schema"], body["failed"], body["unreadable"]) == (0, "ecluse/test/1", 0, 0)
    assert body["passed"] >= 15
    uncovered = body["links"][0]["uncovered"]
    assert (uncovered["grants"], uncovered["writes"], uncovered["fields"]) == ([], [], [])


@pytest.mark.parametrize("dialer", ["open_dialer", "jobphoning"])
def test_the_cases_that_init_lays_down_pass(ecluse, tmp_path, dialer):
    ecluse("init", tmp_path, "--no-input", "--link", "pilote", "--dialer", dialer)
    said = ecluse("-C", tmp_path, "test")
    assert said.code == 0, said.out
    assert "passed. Nothing was contacted." in said.out


def test_a_case_that_fails_is_a_failure_of_the_command_and_shows_no_value(ecluse, pilot):
    (pilot / "cases" / "wrong.yaml").write_text(FAILS.replace("nord", "pilote"), encoding="utf-8")
    said = ecluse("-C", pilot, "test", "pilote")
    assert said.code == 1
    assert "✗ a <retail>" in said.out
    assert "teleoperator sees first_name, which is not listed" in said.out
    assert "Zébulon" not in said.out + said.err


def test_junit_says_the_same_escaped(ecluse, pilot, tmp_path):
    case, report = pilot / "wrong.yaml", tmp_path / "report.xml"
    case.write_text(FAILS.replace("nord", "pilote"), encoding="utf-8")
    (pilot / "unread.yaml").write_text("link: pilote\ncaes: <&>\n", encoding="utf-8")
    said = ecluse("-C", pilot, "test", "pilote", "--cases", case, "--cases", pilot / "unread.yaml", "--junit", report)
    root = ET.fromstring(report.read_bytes())  # our own
    assert (said.code, root.get("tests"), root.get("failures"), root.get("errors")) == (1, "2", "1", "1")
    failed, broken = root.iter("testcase")
    assert (failed.get("name"), failed.get("line")) == ('a <retail> & "others" case', "5")
    failure = failed.find("failure")
    assert failure is not None
    assert failure.get("type") == "sees_more"
    assert "wrong.yaml:7: teleoperator sees" in (failure.text or "")
    error = broken.find("error")
    assert error is not None
    assert error.get("type") == "E110"


def test_json_names_each_failure_by_code_line_and_names(ecluse, pilot):
    case = pilot / "wrong.yaml"
    case.write_text(FAILS.replace("nord", "pilote"), encoding="utf-8")
    body = json.loads(ecluse("-C", pilot, "test", "pilote", "--cases", case, "-o", "json").out)
    failure = body["links"][0]["files"][0]["cases"][0]["failures"][0]
    assert (failure["code"], failure["line"], failure["who"], failure["what"]) == (
        "sees_more", 7, "teleoperator", "first_name"
    )  # fmt: skip


def test_cases_of_another_link_are_left_out_and_of_none_are_found(ecluse, pilot):
    (pilot / "links" / "autre.yaml").write_text(
        (pilot / "links" / "pilote.yaml").read_text(encoding="utf-8").replace("link: pilote", "link: autre"), "utf-8"
    )
    bare = ecluse("-C", pilot, "test", "autre")
    assert bare.code == 1
    assert "no file of cases names the link autre" in bare.err
    (pilot / "cases" / "lost.yaml").write_text("link: pilot\ncases: []\n", encoding="utf-8")
    said = ecluse("-C", pilot, "test", "pilote")
    assert said.code == 1
    assert 'did you mean "pilote"?' in said.out


def test_a_link_that_is_refused_runs_no_case(ecluse, pilot):
    link = pilot / "links" / "pilote.yaml"
    link.write_text(link.read_text(encoding="utf-8").replace("role: reader", "role: raeder"), encoding="utf-8")
    said = ecluse("-C", pilot, "test")
    assert (said.code, said.out) == (1, "")
    assert "E206" in said.err


def test_a_sheet_is_printed_or_written_and_run_and_written_again(ecluse, pilot):
    sheet, target = pilot / "matrice.csv", pilot / "cases" / "matrice.yaml"
    sheet.write_bytes("Champ;quality\r\ncontact.identity;oui\r\n".encode("cp1252"))
    printed = ecluse("-C", pilot, "test", "pilote", "--from-matrix", sheet)
    assert printed.code == 1
    assert "quality: [contact.identity]" in printed.out
    assert "teleoperator sees contact.phone, which is not listed" in printed.out
    for _ in range(2):
        assert "written" in ecluse("-C", pilot, "test", "pilote", "--from-matrix", sheet, "--write", target).err
    assert "cases/matrice.yaml" in ecluse("-C", pilot, "test", "pilote").out
    target.write_text("mine\n", encoding="utf-8")
    kept = ecluse("-C", pilot, "test", "pilote", "--from-matrix", sheet, "--write", target)
    assert (kept.code, target.read_text(encoding="utf-8")) == (1, "mine\n")


def test_usage_is_two(ecluse, pilot):
    assert ecluse("-C", pilot, "test", "pilote", "--write", pilot / "x.yaml").code == 2
    assert ecluse("-C", pilot, "test", "pilto").code == 2
    sheet = pilot / "m.csv"
    sheet.write_text("champ;quality\n")
    assert ecluse("-C", pilot, "test", LINK, "pilote", "--from-matrix", sheet).code == 2


def test_it_speaks_french(ecluse, pilot):
    (pilot / "cases" / "wrong.yaml").write_text(FAILS.replace("nord", "pilote"), encoding="utf-8")
    said = ecluse("--lang", "fr", "-C", pilot, "test", "--coverage")
    assert "ligne 7 : teleoperator voit first_name, qui n'est pas dans la liste" in said.out
    assert "1 en échec. Rien n'a été contacté." in said.out
    assert "résultat d'appel" in said.out
