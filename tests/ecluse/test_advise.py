"""`ecluse advise`: a model with its reason, its risk and what to write; answers instead of a dialogue."""

import json

import pytest

from mapping.advice import Question
from mapping.reader import read_link
from tests.ecluse.conftest import Run
from tests.mapping.files import GOOD


@pytest.mark.requirement("R038")
def test_it_names_the_model_the_reason_and_the_risk(ecluse: Run) -> None:
    said = ecluse("advise", "--answer", "teams=yes", "--answer", "campaigns=yes")

    assert said.code == 0
    assert said.out.startswith("Model: teams, with project spaces\n- Each team opens its own customers.\n")
    assert "Mind the teams model: risk of silos" in said.out


@pytest.mark.requirement("R039")
@pytest.mark.requirement("R040")
@pytest.mark.parametrize(
    ("given", "risk"),
    [
        ("shared=oui", "confidentialité faible, risques de doublons et de modifications non maîtrisées"),
        ("teams=oui", "silotage possible entre services, reporting transverse plus complexe"),
    ],
)
def test_the_risk_is_said_in_french(ecluse: Run, given: str, risk: str) -> None:
    assert risk in ecluse("--lang", "fr", "advise", "--answer", given).out


@pytest.mark.parametrize("given", [[question.value] for question in Question] + [["areas", "campaigns"], []])
def test_the_perimeter_that_it_proposes_reads(ecluse: Run, given: list[str]) -> None:
    answers = [word for question in given for word in ("--answer", f"{question}=yes")] or ["--answer", "shared=no"]
    perimeter = json.loads(ecluse("advise", *answers, "-o", "json").out)["perimeter"]
    start, end = GOOD.index("perimeter:\n"), GOOD.index("fields:\n")
    text = GOOD[:start] + perimeter + "\n\n" + GOOD[end:]
    text = text.replace("perimeter: project", "perimeter: own").replace("perimeter: territory", "perimeter: all")
    reading = read_link(text, "nord")

    assert reading.link is not None, [found.message() for found in reading.findings]


def test_nobody_is_asked_where_nobody_looks(ecluse: Run) -> None:
    said = ecluse("advise")

    assert said.code == 2
    assert "--answer" in said.err


@pytest.mark.parametrize(("given", "said"), [("teems=yes", 'Did you mean "teams"?'), ("teams=perhaps", "yes or no")])
def test_a_wrong_answer_is_a_wrong_use(ecluse: Run, given: str, said: str) -> None:
    found = ecluse("advise", "--answer", given)

    assert found.code == 2
    assert said in found.err
