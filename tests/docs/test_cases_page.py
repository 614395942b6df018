"""The page on cases shows cases that pass, and a spreadsheet that becomes such a case."""

from pathlib import Path

import pytest
import yaml

from ecluse import i18n
from ecluse.cases.finding import try_text
from ecluse.cases.given import PERSON_KEYS
from ecluse.cases.made import made_from
from ecluse.cases.reading import FILE_KEYS
from ecluse.cases.steps import EXPECT_KEYS, STEP_KEYS
from ecluse.links import policy_of
from tests.docs.pages import ROOT, blocks, text_of

PAGE = "docs/reference/cases.md"
POLICY = policy_of(ROOT / "examples/demo/link.yaml", ROOT)
FILES = [block.text for block in blocks(PAGE) if block.language == "yaml"]


def failures(text: str) -> list[str]:
    (file,) = try_text(text, PAGE, POLICY).files
    found = [finding.message() for finding in file.findings]
    return found + [failure.message() for result in file.results for failure in result.failures]


@pytest.mark.parametrize("text", FILES)
def test_a_file_of_cases_that_the_page_shows_passes(text):
    assert failures(text) == []


def test_the_spreadsheet_that_the_page_shows_is_read(tmp_path: Path):
    i18n.speak("fr")
    (sheet,) = (block.text for block in blocks(PAGE) if block.language == "csv")
    path = tmp_path / "matrice.csv"
    path.write_text(sheet, encoding="cp1252")
    read = yaml.safe_load(made_from(path, POLICY))["cases"][0]["allow"]["read"]
    assert read["teleoperator"] == ["contact.identity", "contact.phone", "contact.email", "account.identity"]
    assert read["quality"] == ["contact.identity", "account.identity"]


@pytest.mark.parametrize("key", sorted({*FILE_KEYS, *PERSON_KEYS, *STEP_KEYS, *EXPECT_KEYS}))
def test_every_key_is_on_the_page(key):
    assert f"`{key}" in text_of(PAGE)
