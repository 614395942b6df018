"""The reference cannot lie: its examples are read, and its codes are those of the reader."""

import re

import pytest

from mapping.codes import CODES, Severity
from mapping.grammar import keys_at
from mapping.reader import read_link
from tests.mapping.files import ROOT

PAGE = (ROOT / "docs" / "reference" / "link-file.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"(?:<!-- (\w+): ([\w/-]+) -->\n)?```yaml\n(.*?)```", PAGE, re.DOTALL)
WHOLE = BLOCKS[0][2]
SHARED = {name: text for kind, name, text in BLOCKS if kind == "shared"}


def parts(text: str) -> dict[str, str]:
    """A file's text by top-level key."""
    found = re.split(r"^(?=[a-z]+:)", text, flags=re.MULTILINE)
    return {part.split(":", 1)[0]: part for part in found if part.strip()}


def with_part(text: str) -> str:
    """The whole example, with the parts that a shorter one shows in the place of its own."""
    return "".join({**parts(WHOLE), **parts(text)}.values())


@pytest.mark.parametrize(("kind", "name", "text"), BLOCKS, ids=[block[2].split("\n")[0][:40] for block in BLOCKS])
def test_an_example_reads_as_the_page_says(kind: str, name: str, text: str) -> None:
    whole = with_part("use: " + name + "\n") if kind == "shared" else with_part(text)

    reading = read_link(whole, "links/nord.yaml", shared=SHARED)

    errors = [finding.code for finding in reading.findings if finding.severity is Severity.ERROR]
    assert errors == ([name] if kind == "refused" else [])


def test_the_whole_example_has_nothing_to_warn_about() -> None:
    warnings = [found for found in read_link(WHOLE, "nord").findings if found.severity is Severity.WARNING]

    assert warnings == []


def test_every_code_is_explained_in_its_own_words() -> None:
    rows = dict(re.findall(r"^\| ([EWN]\d{3}) \| (.*?) \|", PAGE, re.MULTILINE))

    assert rows == {code: re.sub(r"\{[a-z_]+\}", "…", rule.message) for code, rule in CODES.items()}


def test_every_key_has_its_chapter() -> None:
    headings = " ".join(re.findall(r"^#+ (.*)$", PAGE, re.MULTILINE)) + " use"

    assert [key for key in keys_at(()) if key not in re.findall(r"\w+", headings)] == []
    for part in ("fields", "dispositions", "roles", "profiles", "perimeter"):
        for key in keys_at((part, 0 if part == "fields" else "x") if part != "perimeter" else ("perimeter",)):
            assert f"`{key}`" in PAGE or f"{key}:" in PAGE


def test_every_word_of_a_closed_list_is_on_the_page() -> None:
    for code, finding in _lists().items():
        assert [word for word in finding if f"`{word}`" not in PAGE] == [], code


def _lists() -> dict[str, tuple[str, ...]]:
    """The closed lists, as the reader offers them for a wrong word."""
    wrong = {
        "grants": ("write: [call_result,", "write: [x,"),
        "results": ("is: opposed", "is: x"),
        "models": ("model: teams", "model: x"),
        "perimeters": ("perimeter: project", "perimeter: x"),
        "types": ("as: e164", "as: x"),
        "things": ("  approver:\n    read: {}", "  approver:\n    may: {x: [read]}"),
        "actions": ("  approver:\n    read: {}", "  approver:\n    may: {roles: [x]}"),
    }
    found = {}
    for name, (old, new) in wrong.items():
        assert old in WHOLE
        found[name] = next(f.expected for f in read_link(WHOLE.replace(old, new), "nord").findings if f.code == "E113")
    return found


def test_the_error_that_the_page_prints_is_the_one_that_is_found() -> None:
    line = next(text for kind, name, text in BLOCKS if name == "E201")
    finding = next(found for found in read_link(with_part(line), "links/nord.yaml").findings if found.code == "E201")

    printed = PAGE.split("```\nE201")[1].split("```")[0]
    assert finding.message() in "E201" + printed
    assert f"links/nord.yaml:{finding.line}:{finding.column}" in printed
    for note in finding.notes:
        assert note.text() in printed
