"""What screening finds on labelled lines: floors that were met, and the page that says so."""

import subprocess
import sys

import pytest

from bench import screening

#: (recall, precision) at least, of lines that show anything. Those of the held-out lines are what is told to people.
FLOORS = {
    "generated": {"fr": (0.98, 0.98), "en": (0.98, 0.98)},
    "written": {"fr": (0.98, 0.98), "en": (0.98, 0.98)},
    "held_out": {"fr": (0.60, 0.95), "en": (0.55, 0.95)},
}
#: Of each kind by itself.
KIND_FLOORS = {"generated": (0.95, 0.95), "written": (0.90, 0.90), "held_out": (0.40, 0.90)}


@pytest.mark.parametrize("part", screening.PARTS)
def test_as_much_is_found_as_was_said(part):
    figures = screening.measured(part)

    for (language, kind), figure in figures.items():
        recall, precision = FLOORS[part][language] if kind == screening.ANY else KIND_FLOORS[part]
        assert figure.recall >= recall, (language, kind)
        assert figure.precision >= precision, (language, kind)


@pytest.mark.requirement("R045")
def test_there_are_lines_enough_of_every_kind_in_both_languages():
    figures = {part: screening.measured(part) for part in screening.PARTS}

    assert len(screening.lines("generated")) >= 2_000
    assert len(screening.lines("held_out")) >= 250
    assert all(figure.shown >= 14 for told in figures.values() for figure in told.values())
    for part in screening.PARTS:
        harmless = [line for line in screening.lines(part) if not line.kinds]
        assert len({line.text for line in harmless}) >= 80


def test_no_line_stands_in_two_parts():
    told = [{line.text.lower() for line in screening.lines(part)} for part in screening.PARTS[1:]]

    assert told[0].isdisjoint(told[1])


def test_the_generated_lines_are_those_of_the_script():
    script = screening.LINES / "generate.py"

    assert subprocess.run([sys.executable, script, "--check"], check=False).returncode == 0


def test_the_page_shows_the_figures_of_today():
    text = screening.PAGE.read_text("utf-8")

    assert screening.page(text) == text
