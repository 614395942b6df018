"""The glossary holds the words of the house, each once, and closed lists as the code has them."""

import re

import pytest

from mapping.words import Origin, PerimeterModel, Verdict
from tests.docs.pages import text_of

PAGE = text_of("docs/glossary.md")
ROWS = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if line.startswith("| ") and "---" not in line]
ENTRIES = {row[0]: row for row in ROWS if row[0] != "word"}
HOUSE = (
    "link", "connection", "event", "record", "profile", "role", "grant", "perimeter", "label", "clearance", "decision",
    "command", "disposition", "appointment", "ledger", "register", "quarantine",
)  # fmt: skip


def test_every_word_of_the_house_has_an_entry():
    assert set(HOUSE) - set(ENTRIES) == set()


def test_no_word_stands_twice():
    assert len(ENTRIES) == len([row for row in ROWS if row[0] != "word"])


@pytest.mark.parametrize("word", ENTRIES)
def test_an_entry_is_word_french_meaning_and_example(word):
    assert len(ENTRIES[word]) == 4
    assert all(cell.strip() for cell in ENTRIES[word])


@pytest.mark.parametrize(("word", "values"), [("verdict", Verdict), ("origin", Origin)])
def test_a_closed_list_is_that_of_the_code(word, values):
    assert re.findall(r"`([a-z_]+)`", ENTRIES[word][2]) == [value.value for value in values]


def test_the_perimeter_models_are_those_of_the_code():
    assert ENTRIES["perimeter model"][2].endswith(", ".join(model.value for model in PerimeterModel))
