"""Figures and lists that the pages quote are those of the code."""

import re
import tomllib

import pytest

from filters import egress
from filters.writegate import TEXT_LONGEST
from mapping.words import CRM_WRITES
from store import events, ledger, retention, safety, writer
from store.schema import metadata
from streams import breaker, crew, limiter, schedule
from streams.link import Pace
from tests.docs.pages import PACKAGES, text_of

ARCHITECTURE = "docs/architecture.md"
GATE_2 = "docs/decisions/0005-what-gate-2-guards.md"
WRITER = "docs/decisions/0007-one-writer-with-group-commit.md"
GLOSSARY = "docs/glossary.md"
NUMBERS = {3: "three", 5: "five", 10: "ten"}


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (ARCHITECTURE, f"up to {Pace().batch} events"),
        (ARCHITECTURE, f"the writer tries for {writer.PATIENCE_SECONDS:.0f} s"),
        (ARCHITECTURE, f"below {Pace().disk_floor_bytes // safety.MEBIBYTE} MiB"),
        (ARCHITECTURE, f"retries from {schedule.STEPS_SECONDS[0]} s to every {schedule.TAIL_SECONDS // 3600} h"),
        (ARCHITECTURE, f"for {schedule.HORIZON_SECONDS // 3600} h; then quarantine"),
        (ARCHITECTURE, f"half of {breaker.LEAST_CALLS} calls in a minute"),
        (ARCHITECTURE, f"one probe every {breaker.PROBE_SECONDS:.0f} s"),
        (ARCHITECTURE, f"from {NUMBERS[schedule.STEPS_SECONDS[schedule.SLOW_START] // 60]} minutes on"),
        (ARCHITECTURE, f"recognised once within {ledger.ECHO_HOURS} h"),
        (ARCHITECTURE, f"after {retention.EVENT_DAYS} days and of the quarantine after {retention.PARKED_DAYS}"),
        (ARCHITECTURE, f"events that ended {retention.LOG_DAYS} days ago"),
        ("docs/reasons.md", f"within {ledger.ECHO_HOURS} hours"),
        (GATE_2, f"a reserved text of {egress.TEXT_GUARDED} letters or digits"),
        (GATE_2, f"a reserved number of {egress.NUMBER_GUARDED} digits"),
        (GATE_2, f"a reserved text of {egress.HIDDEN_TEXT_GUARDED} letters or digits"),
        (GATE_2, f"a reserved number of {egress.HIDDEN_NUMBER_GUARDED} digits"),
        (WRITER, f"up to {writer.GROUP_UNITS} of them or {writer.GROUP_SECONDS * 1000:.0f} ms"),
        (WRITER, f"tried again for {writer.PATIENCE_SECONDS:.0f} s"),
        (WRITER, f"pages of {Pace().batch}, bodies of at most {events.MAX_BODY_BYTES // safety.MEBIBYTE} MiB"),
        (GLOSSARY, f"cut at {TEXT_LONGEST:,} characters"),
        ("README.md", f"{NUMBERS[len(CRM_WRITES)]} kinds of write"),
    ],
)
def test_a_figure_is_that_of_the_code(page, said):
    assert said in " ".join(text_of(page).split())


def test_the_breaker_the_limit_and_the_hour_are_as_told():
    assert (breaker.OPENS_AT, breaker.WINDOW_SECONDS) == (0.5, 60)
    assert limiter.RAMP_SECONDS == 60
    assert crew.FORGET_SECONDS == 3600
    assert schedule.RETRY_AFTER_CAP_SECONDS == 24 * 3600


def test_the_tables_are_those_of_the_schema():
    section = text_of(ARCHITECTURE).partition("| tables | hold |")[2].partition("\n\n")[0]
    named = re.findall(r"`([a-z_]+)`", "".join(line.split("|")[1] for line in section.splitlines()[2:]))

    assert sorted(named) == sorted(metadata.tables)


def test_the_layers_are_those_that_the_linter_checks():
    [layers] = [
        contract["layers"]
        for contract in tomllib.loads(text_of("pyproject.toml"))["tool"]["importlinter"]["contracts"]
        if contract.get("id") == "layers"
    ]
    drawn = re.findall(r"^([a-z]+)/ {2,}", text_of(ARCHITECTURE), re.MULTILINE)

    assert drawn == layers == list(PACKAGES)
