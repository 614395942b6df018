"""`ecluse matrix`: the whole of a link's rights, in four forms; nothing left out, nothing that a spreadsheet obeys."""

import csv
import json
import re
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path

import pytest

from ecluse.matrix_forms import harmless
from mapping.things import ACTIONS
from mapping.words import Grant
from tests.ecluse.conftest import Run
from tests.mapping.files import GOOD, swap

MAY = "    may: {contacts: [read], accounts: [read], opportunities: [read], reports: [read, export]}\n"
DURING = "    during: [{when: {opportunity.stage: [Prospecting]}, may: {opportunities: [update]}}]\n"
EXCEPTIONS = """
exceptions:
  - person: "=HYPERLINK(0)"
    write: [validate_appointment]
    reason: "<script>alert(1)</script> | fin"
    until: 2999-12-31
    decided_by: "@direction"
  - {person: tp-13, write: [comment], reason: essai, until: 2026-11-20, decided_by: direction}

perimeter:
"""


@pytest.fixture
def link(tmp_path: Path) -> Path:
    path = tmp_path / "nord.yaml"
    text = swap(GOOD, ("  auditor:\n", f"  auditor:\n{MAY}{DURING}"), ("\nperimeter:\n", EXCEPTIONS))
    text = text.replace("2999-12-31", "2027-10-31")
    path.write_text(text, encoding="utf-8")
    return path


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(text)))


def test_the_csv_has_a_row_for_every_right_of_every_role_held_or_denied(ecluse: Run, link: Path) -> None:
    found = rows(ecluse("matrix", link, "--format", "csv").out)

    for role in ("contributor", "validator", "direction", "auditor"):
        held = [row for row in found if row["role"] == role]
        assert sum(row["kind"] == "right" for row in held) == sum(map(len, ACTIONS.values()))
        assert sum(row["kind"] == "write" for row in held) == len(Grant)
        assert sum(row["kind"] == "label" for row in held) == 8
    allowed = {
        (row["subject"], row["action"]): row["allowed"]
        for row in found
        if row["role"] == "auditor" and row["allowed"] != "no"
    }
    assert allowed["reports", "export"] == "yes"
    assert allowed["opportunities", "update"] == "when"
    assert ("reports", "delete") not in allowed


def test_each_role_stands_with_its_profiles_and_their_perimeter(ecluse: Run, link: Path) -> None:
    found = rows(ecluse("matrix", link, "--format", "csv").out)

    assert {row["role"]: row["profiles"] for row in found if row["kind"] == "right"} == {
        "contributor": "teleoperator: project",
        "validator": "mission_lead: team",
        "direction": "sales_manager: territory",
        "auditor": "quality: team",
    }


def test_a_label_says_by_which_field_it_goes_out_or_that_it_does_not(ecluse: Run, link: Path) -> None:
    found = {
        (row["role"], row["subject"]): (row["allowed"], row["detail"])
        for row in rows(ecluse("matrix", link, "--format", "csv").out)
        if row["kind"] == "label"
    }

    assert found["contributor", "contact.reachability"] == ("yes", "phone")
    assert found["contributor", "opportunity.margin"] == ("no", "")
    assert found["direction", "opportunity.margin"] == ("yes", "")


def test_a_label_behind_a_mask_is_read_in_part(ecluse: Run, link: Path) -> None:
    read = "read: {contact: [identity, reachability], account: [identity, context], opportunity: [progress]}\n    write"
    masks = "masks: {contact: {reachability: last4}, account: {pricing: drop}}\n    write"
    masks = read.replace(", reachability]", "]").replace("write", masks)
    link.write_text(swap(link.read_text(encoding="utf-8"), (read, masks)), encoding="utf-8")
    found = {
        (row["role"], row["subject"]): (row["allowed"], row["detail"])
        for row in rows(ecluse("matrix", link, "--format", "csv").out)
        if row["kind"] == "label"
    }

    assert found["contributor", "contact.reachability"] == ("part", "last4; phone")
    assert found["contributor", "account.pricing"] == ("no", "")
    assert found["auditor", "contact.reachability"][0] == "yes"
    assert "reads in part (last4); sent as phone" in ecluse("matrix", link).out
    notice = ecluse("notice", link, "contributor").out
    assert "- Contacts: names, telephone and e-mail (in part)." in notice
    assert "prices and discounts" in notice.split("do not see")[1]


def test_exceptions_that_hold_are_listed_and_those_that_ended_are_not(ecluse: Run, link: Path) -> None:
    found = [row for row in rows(ecluse("matrix", link, "--format", "csv").out) if row["kind"] == "exception"]

    assert [(row["subject"], row["action"]) for row in found] == [("validate_appointment", "write")]
    assert "2027-10-31" in found[0]["detail"]


def test_no_cell_is_a_formula(ecluse: Run, link: Path) -> None:
    said = ecluse("matrix", link, "--format", "csv").out

    assert "'=HYPERLINK(0)" in said
    for row in csv.reader(StringIO(said)):
        assert not any(re.match(r"\s*[=+\-@\t\r]", cell) for cell in row)
    for start in ("=", "+", "-", "@", "\t", "\r", "\n", " =", "\uff1d"):
        assert harmless(f"{start}1+1").startswith("'")
    assert harmless("call_results") == "call_results"


class Page(HTMLParser):
    """Which elements a page has, and what they fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.fetches: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.fetches += [name for name, _ in attrs if name in {"src", "href", "action", "data"} or name[:2] == "on"]


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_page_needs_nothing_else_and_runs_nothing(ecluse: Run, link: Path, language: str) -> None:
    said = ecluse("--lang", language, "matrix", link, "--format", "html").out
    page = Page()
    page.feed(said)

    assert f'<html lang="{language}">' in said
    assert page.tags.count("table") == 5
    assert page.fetches == []
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert "&lt;script&gt;" in said
    assert not re.search(r"url\(|@import", said)


def test_markdown_keeps_every_row_whole(ecluse: Run, link: Path) -> None:
    said = ecluse("matrix", link).out

    assert "change while opportunity.stage: Prospecting" in said
    assert "Denied to every role: activities, notes," in said
    for block in re.findall(r"(?:^\|.*\n)+", said, re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1


def test_machines_get_the_same_in_either_language(ecluse: Run, link: Path) -> None:
    english, french = (json.loads(ecluse("--lang", one, "matrix", link, "-o", "json").out) for one in ("en", "fr"))

    assert english["schema"] == "ecluse/matrix/1"
    assert english == french
    assert len(english["rows"]) == len(rows(ecluse("matrix", link, "--format", "csv").out))


def test_several_links_stand_one_after_another(ecluse: Run, link: Path) -> None:
    sud = link.with_name("sud.yaml")
    sud.write_text(link.read_text(encoding="utf-8").replace("link: nord", "link: sud"), encoding="utf-8")

    assert {row["link"] for row in rows(ecluse("matrix", link, sud, "--format", "csv").out)} == {"nord", "sud"}
    assert ecluse("matrix", link, sud).out.count("\n# ") == 1


def test_a_link_that_is_refused_has_no_matrix(ecluse: Run, link: Path) -> None:
    link.write_text(link.read_text(encoding="utf-8").replace("reports:", "raports:"), encoding="utf-8")
    said = ecluse("matrix", link)

    assert said.code == 1
    assert said.out == ""
    assert "E113" in said.err
