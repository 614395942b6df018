"""docs/requirements.md says what the marks on tests say, and no test stands for a requirement that does not exist."""

from pathlib import Path

from deploy import requirements_table as table

ROOT = Path(__file__).resolve().parents[2]
SHOWN = table.marked(ROOT / "tests")

SAMPLE = """
import pytest
pytestmark = [pytest.mark.requirement("R001"), pytest.mark.tryton]

@pytest.mark.requirement("R002")
@pytest.mark.parametrize("n", [1])
def test_one_thing(n): ...

@pytest.mark.requirement("R003")
class TestAll:
    @pytest.mark.requirement("R004")
    async def test_another(self): ...

@pytest.mark.requirement("R005")
def fixture_is_no_test(): ...
"""


def test_the_page_is_up_to_date():
    assert table.main(["--check"]) == 0


def test_every_mark_names_a_requirement_that_exists():
    assert {one.requirement for one in SHOWN} <= set(table.every_requirement())


def test_what_a_test_stands_for_has_a_phrase_of_ours():
    assert {one.requirement for one in SHOWN} - set(table.PHRASES) == set()


def test_marks_of_modules_classes_and_functions_are_found(tmp_path):
    (tmp_path / "test_sample.py").write_text(SAMPLE, "utf-8")

    found = [(one.requirement, one.test) for one in table.marked(tmp_path, tmp_path)]

    assert found == [
        ("R001", "test_one_thing"),
        ("R002", "test_one_thing"),
        ("R001", "test_another"),
        ("R003", "test_another"),
        ("R004", "test_another"),
    ]


def test_a_requirement_without_a_test_is_said_to_have_none():
    page = table.page([table.Shown("R043", "tests/streams/test_outbound.py", "test_only_named_fields_leave")])

    assert "| R042 | | not yet |" in page
    assert "[only named fields leave](../tests/streams/test_outbound.py)" in page
    assert "1 of 124 have a test." in page
