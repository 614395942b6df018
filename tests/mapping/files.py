"""Link files as data: the good one, and what each case makes of it."""

import re
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from mapping.document import read_document
from mapping.findings import Finding, Findings
from mapping.scalars import Plain, condition

CASES = Path(__file__).parent / "cases"
GOOD = (CASES / "good.yaml").read_text(encoding="utf-8")
ROOT = Path(__file__).parents[2]


class Case(NamedTuple):
    title: str
    text: str
    #: (code, line, first column, column past the word, nearest right word)
    finds: tuple[tuple[str, int, int, int, str], ...]


def swap(text: str, *pairs: tuple[str, str]) -> str:
    for old, new in pairs:
        assert old in text, f"the good file does not hold {old!r}"
        text = text.replace(old, new, 1)
    return text


def cases() -> list[Case]:
    found = []
    for path in sorted(CASES.glob("*.yaml")):
        if path.name == "good.yaml":
            continue
        for case in yaml.safe_load(path.read_text(encoding="utf-8")):
            text = case["text"] if "text" in case else swap(GOOD, *case["swap"])
            found.append(Case(case["title"], text, tuple(_finding(found) for found in case["finds"])))
    return found


def _finding(found: dict[str, str]) -> tuple[str, int, int, int, str]:
    line, column, end = re.split("[:-]", found["at"])
    return found["code"], int(line), int(column), int(end), found.get("nearest", "")


def seen(finding: Finding) -> tuple[str, int, int, int, str]:
    return finding.code, finding.line, finding.column, finding.end_column, finding.nearest


def sketch() -> str:
    """The design's own sketch of a link file."""
    design = ROOT.parent / "shared" / "DESIGN.md"
    if not design.exists():
        pytest.skip("the design page is not beside this checkout")
    section = design.read_text(encoding="utf-8").split("## 8. The link file")[1]
    return section.split("```yaml\n")[1].split("```")[0]


def as_editors_see(text: str) -> Any:
    """A file's values as YAML 1.2 reads them: what an editor holds against the JSON Schema."""
    return _typed(read_document(text, "", Findings()).tree)


def _typed(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _typed(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_typed(value) for value in node]
    if type(node) is not Plain:
        return node
    try:
        return condition(node)
    except ValueError:
        return float(node)
