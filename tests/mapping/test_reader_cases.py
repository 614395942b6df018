"""Every value that can be wrong is refused at its word, with the nearest right one: files as data."""

import pytest

from mapping.codes import CODES, Severity
from mapping.reader import read_link
from tests.mapping.files import CASES, GOOD, Case, cases, seen

#: Found in every file of the model teams (R040); cases speak of what they change.
ALWAYS = "N402"
#: Codes that no single file can show: they need shared files, surroundings or great size. test_reader.py has them.
ELSEWHERE = {"E106", "E126", "E127", "E129", "E130", "E211", "E212", "N402", "N403", "N405", "N406"}


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.title.replace(" ", "_"))
def test_a_file_is_found_fault_with_at_the_very_word(case: Case) -> None:
    reading = read_link(case.text, "links/nord.yaml")

    told = {code for code, *_ in case.finds}
    found = [found for found in reading.findings if found.severity is not Severity.NOTE or found.code in told]
    assert [seen(finding) for finding in found] == list(case.finds)
    refused = any(finding.severity is Severity.ERROR for finding in found)
    assert (reading.link is None) == refused
    for finding in reading.findings:
        assert finding.file == "links/nord.yaml"
        assert finding.message()
        assert finding.notes[-1].kind == "remedy"
        assert all(note.text() for note in finding.notes)


def test_nothing_is_wrong_with_the_good_file() -> None:
    reading = read_link(GOOD, "good.yaml")

    assert [finding.code for finding in reading.findings] == [ALWAYS]
    assert reading.link is not None


def test_every_code_is_shown_by_a_case() -> None:
    shown = {code for case in cases() for code, *_ in case.finds}

    assert shown | ELSEWHERE == set(CODES)


def test_there_are_cases_enough() -> None:
    refused = [case for case in cases() if any(CODES[code].severity is Severity.ERROR for code, *_ in case.finds)]

    assert len(refused) >= 60
    assert len({case.title for case in cases()}) == len(cases())
    assert {path.name for path in CASES.iterdir()} >= {"good.yaml", "keys.yaml", "words.yaml", "meaning.yaml"}
