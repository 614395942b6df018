"""The published JSON Schema: made from the models, valid itself, and of one mind with the reader."""

import json
import re

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from mapping.reader import read_link
from mapping.schema import DIALECT, link_schema
from tests.mapping.files import GOOD, ROOT, Case, as_editors_see, cases, sketch

PUBLISHED = ROOT / "docs" / "schema" / "link.schema.json"
EDITOR = Draft202012Validator(link_schema(), format_checker=FormatChecker())

#: A schema sees values, not how they were written: quotes, a leading zero, an invisible letter.
ONLY_THE_READER_SEES = {
    "a length in quotes": False,  # text, where the schema wants a number
    "a postal code that is read as a number": True,
}


def form_only() -> list[Case]:
    """Cases whose every error is one of form: those that a schema can see as well."""
    return [
        case
        for case in cases()
        if case.finds and all(re.fullmatch(r"E1(1[01345-9]|2[0-8])", code) for code, *_ in case.finds)
    ]


def test_the_published_schema_is_the_one_of_the_models() -> None:
    assert json.loads(PUBLISHED.read_text(encoding="utf-8")) == link_schema(), (
        "run: python -m mapping.schema > docs/schema/link.schema.json"
    )


def test_the_schema_is_a_schema() -> None:
    assert link_schema()["$schema"] == DIALECT
    Draft202012Validator.check_schema(link_schema())


def test_the_schema_describes_every_key() -> None:
    schema = link_schema()
    parts = [schema, *schema["$defs"].values()]
    properties = [(name, one) for part in parts for name, one in part.get("properties", {}).items()]

    def described(one: dict[str, str]) -> bool:
        target = schema["$defs"].get(one.get("$ref", "").rpartition("/")[2], {})
        return bool(one.get("description") or target.get("description"))

    assert [name for name, one in properties if not described(one)] == []


def test_the_sketch_of_the_design_fits_the_schema() -> None:
    EDITOR.validate(as_editors_see(sketch()))


def test_the_good_file_fits_the_schema() -> None:
    EDITOR.validate(as_editors_see(GOOD))


def test_there_are_enough_files_that_both_refuse() -> None:
    assert len(form_only()) >= 30


@pytest.mark.parametrize("case", form_only(), ids=lambda case: case.title.replace(" ", "_"))
def test_what_is_wrong_in_form_is_refused_by_both(case: Case) -> None:
    fits = EDITOR.is_valid(as_editors_see(case.text))

    assert read_link(case.text, "nord").link is None
    assert fits == ONLY_THE_READER_SEES.get(case.title, False)


@pytest.mark.parametrize(
    "case",
    [case for case in cases() if case.finds and all(code.startswith(("E2", "W", "N")) for code, *_ in case.finds)],
    ids=lambda case: case.title.replace(" ", "_"),
)
def test_what_only_shows_side_by_side_fits_the_schema(case: Case) -> None:
    assert EDITOR.is_valid(as_editors_see(case.text))


def test_a_file_that_uses_shared_ones_may_leave_parts_to_them() -> None:
    tree = as_editors_see(GOOD)
    del tree["roles"]
    assert not EDITOR.is_valid(tree)

    assert EDITOR.is_valid({**tree, "use": "roles/standard"})
