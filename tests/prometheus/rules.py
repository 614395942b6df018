"""The rules as the tests see them: alerts, records, and what their expressions name."""

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "deploy" / "prometheus"
STORIES = FOLDER / "tests"

needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None, reason="promtool is not on this machine: deploy/test-services installs it"
)

_SELECTOR = re.compile(r"(?<![\w:.])((?:ecluse|process)_\w+|up)(?![\w:])\s*(\{[^}]*\})?")
_RECORD = re.compile(r"(?<!\w)job:[\w:]+")
_MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"')


class Matcher(NamedTuple):
    """`state="parked"` of a selector."""

    label: str
    operator: str
    value: str


class Selector(NamedTuple):
    """A metric as an expression names it."""

    name: str
    matchers: tuple[Matcher, ...] = ()


@cache
def groups() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((FOLDER / "rules.yml").read_text("utf-8"))["groups"]
    return found


@cache
def alerts() -> dict[str, dict[str, Any]]:
    return {rule["alert"]: rule for group in groups() for rule in group["rules"] if "alert" in rule}


@cache
def records() -> dict[str, str]:
    return {rule["record"]: rule["expr"] for group in groups() for rule in group["rules"] if "record" in rule}


def selectors(expression: str) -> list[Selector]:
    """Metrics of ours that an expression names."""
    return [
        Selector(name, tuple(Matcher(*found) for found in _MATCHER.findall(said or "")))
        for name, said in _SELECTOR.findall(expression)
    ]


def reached(expression: str) -> set[str]:
    """Names of all samples that an expression stands on, through recorded series too."""
    names = {selector.name for selector in selectors(expression)}
    for record in recorded(expression):
        names |= reached(records()[record])
    return names


def recorded(expression: str) -> set[str]:
    """Names of recorded series in an expression."""
    return set(_RECORD.findall(expression))


class Story(NamedTuple):
    """A unit test of promtool: what it is called, about which alert, and whether that is to fire."""

    alert: str
    name: str
    fires: tuple[str, ...]
    test: dict[str, Any]


@cache
def stories() -> list[Story]:
    """All that are about an alert."""
    found = []
    for path in sorted(STORIES.glob("*.yml")):
        for test in yaml.safe_load(path.read_text("utf-8"))["tests"]:
            for check in test["promql_expr_test"]:
                about = re.fullmatch(r'ALERTS\{alertname="(\w+)", alertstate="firing"\}', check["expr"])
                if about:
                    fires = tuple(sample["labels"] for sample in check["exp_samples"])
                    found.append(Story(about[1], test["name"], fires, test))
    return found


def promtool(*words: str | Path) -> str:
    """What it said. A finding fails the test."""
    done = subprocess.run(["promtool", *map(str, words)], capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr
