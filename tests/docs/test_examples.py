"""Link files that the pages show are read without a finding that refuses them, and JSON lines are JSON."""

import json

import pytest
import yaml

from connectors import registry
from connectors.faults import Misconfigured
from mapping.findings import Severity
from mapping.reader import read_link
from tests.docs.pages import PAGES, Block, blocks


def is_link_file(block: Block) -> bool:
    """A whole one: fragments show a few keys and are not read."""
    if block.language not in {"yaml", "yml"} or block.refused:
        return False
    document = yaml.safe_load(block.text)
    return isinstance(document, dict) and {"link", "labels", "fields"} <= document.keys()


def views_of(name: str) -> bool:
    try:
        return registry.connector(name).views
    except Misconfigured:
        return False


LINK_FILES = [(page, block.text) for page in PAGES for block in blocks(page) if is_link_file(block)]
YAML = [(page, one) for page in PAGES for one in blocks(page) if one.language in {"yaml", "yml"}]
FRAGMENTS = [(page, one.text) for page, one in YAML if not one.refused]
JSON = [(page, block.text) for page in PAGES for block in blocks(page) if block.language in {"json", "jsonl"}]


@pytest.mark.parametrize(("page", "text"), LINK_FILES)
def test_a_link_file_that_a_page_shows_is_accepted(page, text):
    reading = read_link(text, page, views=views_of)

    assert [f"{one.code} line {one.line}" for one in reading.findings if one.severity is Severity.ERROR] == []
    assert reading.link is not None


@pytest.mark.parametrize(("page", "text"), FRAGMENTS)
def test_yaml_that_a_page_shows_is_yaml(page, text):
    assert list(yaml.safe_load_all(text)), page


@pytest.mark.parametrize(("page", "text"), JSON)
def test_json_that_a_page_shows_is_json(page, text):
    try:
        json.loads(text)
    except json.JSONDecodeError:
        assert [json.loads(line) for line in text.splitlines() if line.strip()], page


def test_the_pages_show_a_link_file():
    assert LINK_FILES
