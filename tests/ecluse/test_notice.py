"""`ecluse notice`: one page that a telemarketer understands, of at most 300 words, whatever the role."""

import json
import re
from pathlib import Path

import pytest

from ecluse import i18n
from ecluse.links import policy_of
from ecluse.notice import WORDS_MAX, notice, words
from mapping.link import Link
from mapping.policy import Policy, compile_link
from mapping.things import ACTIONS
from mapping.words import Grant, Reach
from tests.ecluse.conftest import ROOT, Run
from tests.mapping.files import GOOD, swap
from tests.policies import policy

LINK = Path("examples/demo/link.yaml")
EXAMPLES = sorted((ROOT / "examples").rglob("link*.yaml"))
OWN_LABELS = [f"label_{number}" for number in range(40)]


def huge() -> Policy:
    """A role with every right, at its own stage of the sale too, forty labels of its own, and as many profiles."""
    link = policy().source.model_dump(by_alias=True, mode="json")
    known = ["identity", "reachability", "context", "progress", "pricing", "margin", "billing"]
    may = {
        thing.value: [action.value for action in actions][: 3 + at % 5]
        for at, (thing, actions) in enumerate(ACTIONS.items())
    }
    link["roles"]["everything"] = {
        "read": {item: [*known, *OWN_LABELS] for item in ("contact", "account", "opportunity")},
        "write": [grant.value for grant in Grant],
        "may": may,
        "during": [{"when": {"opportunity.stage": [f"étape {at}" for at in range(30)]}, "may": may}],
    }
    for at, reach in enumerate([*Reach] * 8):
        link["profiles"][f"profile_{at}"] = {"role": "everything", "perimeter": reach.value}
    link["labels"]["account"] |= {f"f{at}": name for at, name in enumerate(["billing", "strategy", "confidential"])}
    link["revision"]["decided_by"] = "la direction " * 9
    return compile_link(Link.model_validate(link), views=True)


@pytest.mark.requirement("R004")
@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("path", EXAMPLES, ids=[path.parent.name for path in EXAMPLES])
def test_every_role_of_every_example_has_a_notice_that_fits_on_a_page(path: Path, language: str) -> None:
    rules = policy_of(path, path.parent)
    i18n.speak(language)
    for role in rules.source.roles:
        assert 40 < words(notice(rules, role)) <= WORDS_MAX


@pytest.mark.requirement("R004")
@pytest.mark.parametrize("language", i18n.LANGUAGES)
def test_a_role_with_every_right_there_is_still_fits(language: str) -> None:
    i18n.speak(language)
    lines = notice(huge(), "everything")

    assert words(lines) <= WORDS_MAX
    [more] = [line for line in lines if "matri" in line]
    assert 0 < int(re.findall(r"\d+", more)[0]) <= len(ACTIONS)
    assert sum(line.startswith("## ") for line in lines) == 4


@pytest.mark.requirement("R004")
def test_it_says_what_is_seen_what_may_be_done_what_never_and_whom_to_ask(ecluse: Run) -> None:
    said = ecluse("notice", LINK, "contributor").out

    assert "- Contacts: names, telephone and e-mail." in said
    assert "- Only the records of the campaigns that you are on." in said
    assert "- Propose an appointment: a manager decides." in said
    assert (
        "- You do not see: prices and discounts, margins, invoices, strategic priorities, confidential notes." in said
    )
    assert "change prices" in said.split("You never:")[1]
    assert (
        said.split("Whom to ask")[1].strip().startswith("- About a prospect, a status or an appointment: mission_lead")
    )


@pytest.mark.requirement("R004")
def test_it_is_written_in_french_as_well(ecluse: Run) -> None:
    asked = ecluse("notice", LINK, "contributor", "--lang", "fr").out

    assert asked == ecluse("--lang", "fr", "notice", LINK, "contributor").out
    assert "## Ce que vous pouvez faire" in asked
    assert "un responsable décide" in asked


def test_who_decides_is_not_told_to_propose(ecluse: Run) -> None:
    said = ecluse("notice", LINK, "validator").out

    assert "- Validate or reject appointments." in said
    assert "Propose" not in said


def test_a_right_that_is_held_is_not_among_those_that_never_are(tmp_path: Path, ecluse: Run) -> None:
    path = tmp_path / "nord.yaml"
    may = "    may: {contacts: [read, export], accounts: [read], opportunities: [read]}\n"
    path.write_text(swap(GOOD, ("  auditor:\n", f"  auditor:\n{may}")), encoding="utf-8")
    said = ecluse("notice", path, "auditor").out

    assert "- Contacts: read, export." in said
    assert "export contacts" not in said.split("never see")[1]
    assert "you look" in said


def test_machines_get_the_text_and_how_long_it_is(ecluse: Run) -> None:
    said = json.loads(ecluse("notice", LINK, "contributor", "-o", "json").out)

    assert said["schema"] == "ecluse/notice/1"
    assert (said["role"], said["language"]) == ("contributor", "en")
    assert said["words"] == len(said["text"].split())


def test_a_role_that_does_not_exist_is_a_wrong_use_with_the_nearest_word(ecluse: Run) -> None:
    said = ecluse("notice", LINK, "contributer")

    assert said.code == 2
    assert 'Did you mean "contributor"?' in said.err
