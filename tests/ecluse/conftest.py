"""A working folder that ran, made once: what the reading verbs are tried on."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from ecluse import cli, i18n
from ecluse.demo.figures import Figures
from ecluse.demo.scenario import made_up
from ecluse.demo.story import perform
from tests.ecluse.firm import laid

ROOT = Path(__file__).parents[2]
SEED = 7


class Said(NamedTuple):
    """What a command line printed, and left with."""

    code: int
    out: str
    err: str


Run = Callable[..., Said]


@pytest.fixture
def ecluse(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the command line as the shell would, in English unless a test says otherwise."""
    for name in ("ECLUSE_LANGUAGE", "ECLUSE_FOLDER", "NO_COLOR", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    monkeypatch.chdir(ROOT)

    def run(*arguments: str | Path) -> Said:
        capfd.readouterr()
        code = cli.run([str(word) for word in arguments])
        said = capfd.readouterr()
        return Said(code, said.out, said.err)

    return run


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Figures]:
    """The folder that a demonstration left behind, and what it counted."""
    i18n.speak("en")
    folder = tmp_path_factory.mktemp("played")
    figures = asyncio.run(perform(made_up(SEED, datetime.now(UTC).date()), folder, lambda _: None))
    return folder, figures


@pytest.fixture
def folder(tmp_path: Path, ecluse: Run) -> Path:
    """A folder that ran once: the first revision of its link is on record."""
    assert ecluse("-C", tmp_path, "init", "--link", "x", "--crm", "csv", "--dialer", "open_dialer").code == 0
    return laid(tmp_path)
