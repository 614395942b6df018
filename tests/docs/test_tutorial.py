"""The tutorial, followed to the letter: its files are written, its commands run, what it shows is what they print."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, blocks, links, text_of

PAGE = "docs/tutorial.md"


def steps() -> Iterator[tuple[str, list[str]]]:
    """Each command with the lines that the page shows after it, and files to write as `write NAME`."""
    for block in blocks(PAGE):
        if block.name:
            yield f"write {block.name}", [block.text]
        elif block.language == "console":
            for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
                command, *shown = part.rstrip("\n").split("\n")
                yield command, [line for line in shown if line.strip()]


class Shell:
    """A place to follow the tutorial in, with `ecluse` on the path and nothing of this machine's settings."""

    def __init__(self, root: Path) -> None:
        self.place = root / "work"
        self.place.mkdir()
        start = root / "bin" / "ecluse"
        start.parent.mkdir()
        start.write_text(f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -m ecluse "$@"\n', "utf-8")
        start.chmod(0o755)
        path = f"{start.parent}:{os.environ['PATH']}"
        self._environment = {"PATH": path, "HOME": str(root), "LC_ALL": "C.UTF-8", "COLUMNS": "200"}

    def run(self, command: str) -> str:
        """What a command prints, spaces and line ends as one space."""
        if command.startswith("cd "):
            self.place /= command.removeprefix("cd ")
            return ""
        words = ["bash", "-c", command]
        done = subprocess.run(words, check=False, cwd=self.place, env=self._environment, capture_output=True, text=True)
        return " ".join((done.stdout + done.stderr).split())


@pytest.mark.requirement("R034")
def test_the_tutorial_does_what_it_shows(tmp_path):
    shell, missing = Shell(tmp_path), []
    for command, shown in steps():
        if command.startswith("write "):
            (shell.place / command.removeprefix("write ")).write_text(shown[0], "utf-8")
            continue
        said = shell.run(command)
        missing += [f"{command}: {line.strip()}" for line in shown if " ".join(line.split()) not in said]
    assert missing == []


def test_the_tutorial_shows_at_least_what_it_promises():
    commands = [command for command, _ in steps()]

    assert sum(command.startswith("ecluse ") or "| ecluse " in command for command in commands) >= 5
    assert "reasons.md" in links(PAGE)
    assert "fifteen minutes" in text_of(PAGE)
