"""The volume breaker: a change that would move too many records waits for somebody's word."""

import json
import shutil
from pathlib import Path

import pytest

from ecluse.demo.figures import Figures
from ecluse.tracks import too_many
from streams.preview import Preview
from tests.ecluse.conftest import Run

CLOSED = ("[commerce, logistique]", "[numerique]")
ANNA = ("--as", "anna.roux", "--reason", "la campagne est finie")


@pytest.fixture
def folder(played: tuple[Path, Figures], tmp_path: Path) -> Path:
    """What the demonstration left, with a link file that closes most of a campaign."""
    copy = tmp_path / "copy"
    shutil.copytree(played[0], copy)
    link = copy / "links" / "nord.yaml"
    text = link.read_text(encoding="utf-8")
    assert CLOSED[0] in text
    link.write_text(text.replace(*CLOSED), encoding="utf-8")
    with (copy / "ecluse.yaml").open("a") as settings:
        settings.write("mass_records: 10\n")
    return copy


def revisions(folder: Path, ecluse: Run) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(ecluse("-C", folder, "register", "ls", "nord", "-o", "json").out)[
        "revisions"
    ]
    return found


def volume(folder: Path, ecluse: Run) -> int:
    told = json.loads(ecluse("-C", folder, "plan", "nord", "-o", "json").out)
    return int(told["preview"]["prospects"]["volume"])


@pytest.mark.requirement("R079")
def test_a_mass_recall_waits_for_a_word_with_a_name_and_a_reason(folder: Path, ecluse: Run) -> None:
    moved = volume(folder, ecluse)
    assert moved > 10
    assert ecluse("-C", folder, "apply", "nord", "-y").code == 2, "nobody said who"
    held = ecluse("-C", folder, "apply", "nord", "-y", "--as", "anna.roux")
    assert held.code == 0, held.err
    assert "not in force" in held.out
    assert len(revisions(folder, ecluse)) == 1
    short = ecluse("-C", folder, "register", "approve", "nord", *ANNA, "--accept-volume", moved - 1)
    assert (short.code, len(revisions(folder, ecluse))) == (1, 1)
    assert ecluse("-C", folder, "register", "approve", "nord", *ANNA, "--accept-volume", moved).code == 0
    newest = revisions(folder, ecluse)[0]
    assert newest["volume_accepted"] == str(moved)
    assert newest["volume_accepted_by"].startswith("anna.roux")


@pytest.mark.requirement("R079")
def test_a_word_may_be_given_with_the_change_itself(folder: Path, ecluse: Run) -> None:
    words = ("--as", "anna.roux", "--accept-volume", 100_000)
    assert ecluse("-C", folder, "apply", "nord", "-y", *words).code == 1, "without a reason"
    said = ecluse("-C", folder, "apply", "nord", "-y", *words, "--reason", "fin de campagne")
    assert said.code == 0, said.err
    assert len(revisions(folder, ecluse)) == 2


def preview(*, held: int, recalled: int, enter: int = 0) -> Preview:
    return Preview(held=held, recalled=[""] * recalled, enter=[""] * enter)


@pytest.mark.parametrize(
    ("found", "waits"),
    [
        (None, False),
        (preview(held=100, recalled=20), False),
        (preview(held=100, recalled=21), True),
        (preview(held=49, recalled=49), False),
        (preview(held=10_000, recalled=500, enter=500), False),
        (preview(held=10_000, recalled=500, enter=501), True),
    ],
)
def test_either_a_number_or_a_share_is_too_many(found: Preview | None, waits: bool) -> None:  # noqa: FBT001 - a case
    assert too_many(found, most=1_000, percent=20) is waits
