"""docs/reasons.md and the enum say the same, both ways, and what the page claims of a reason is so in the code."""

import re
from pathlib import Path

import pytest

from connectors import signatures, strict_json
from ecluse.sentences import REASONS
from mapping.reasons import Reason
from mapping.words import Verdict
from web import reading, wording
from web.problems import STATUS

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("ecluse", "web", "streams", "connectors", "store", "filters", "mapping")
#: Where every reason is named, whether or not anything gives it.
LISTS = {"mapping/reasons.py", "ecluse/sentences.py", "web/wording.py", "web/problems.py"}
RESERVED = "*Not given by any part yet.*"

PAGE = (ROOT / "docs" / "reasons.md").read_text("utf-8")
ENTRIES = {
    match[1]: match[2] for match in re.finditer(r"^### `([a-z0-9_]+)`\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL)
}
CODE = {
    path.relative_to(ROOT).as_posix(): path.read_text("utf-8")
    for package in PACKAGES
    for path in sorted((ROOT / package).rglob("*.py"))
}


def given(reason: Reason) -> bool:
    """Whether any part names the reason as a reason, or hands its code up from below."""
    name, code = f"Reason.{reason.name}", f'"{reason.value}"'
    texts = [text for path, text in CODE.items() if path not in LISTS]
    return any(re.search(rf"{name}\b", text) for text in texts) or (
        reason.value not in AMBIGUOUS and any(code in text for text in texts)
    )


#: Codes that are words of something else as well: an origin of events.
AMBIGUOUS = {"backfill"}


def test_every_reason_has_an_entry_and_every_entry_is_a_reason():
    assert [*ENTRIES] == [reason.value for reason in Reason]


def test_no_entry_stands_twice():
    assert len(re.findall(r"^### ", PAGE, re.MULTILINE)) == len(ENTRIES)


@pytest.mark.parametrize("code", ENTRIES)
def test_an_entry_says_what_to_do_after_it_said_what_happened(code):
    meaning, found, remedy = ENTRIES[code].partition("**To do:**")

    assert len(meaning.split()) >= 4
    assert found
    assert remedy.strip().endswith(".")


def test_verdicts_are_those_of_the_code():
    table = re.findall(r"^\| `([a-z]+)` \|", PAGE, re.MULTILINE)

    assert table == [verdict.value for verdict in Verdict]
    assert set(re.findall(r"[Vv]erdict `([a-z]+)`", PAGE)) <= set(table)


@pytest.mark.parametrize("reason", Reason)
def test_a_reason_that_nothing_gives_is_said_to_be_unused_and_no_other(reason):
    assert (RESERVED in ENTRIES[reason.value]) is not given(reason)


@pytest.mark.parametrize("reason", STATUS)
def test_the_http_status_is_that_of_the_door(reason):
    assert f"HTTP {STATUS[reason]}" in ENTRIES[reason.value]


def test_only_reasons_of_the_door_have_a_status():
    assert {code for code, text in ENTRIES.items() if "HTTP " in text} == {reason.value for reason in STATUS}


@pytest.mark.parametrize(
    ("reason", "limit"),
    [
        (Reason.TOO_DEEP, strict_json.MAX_DEPTH),
        (Reason.TOO_MANY_VALUES, strict_json.MAX_NODES),
        (Reason.KEY_TOO_LONG, strict_json.MAX_KEY_CHARS),
        (Reason.STRING_TOO_LONG, strict_json.MAX_STRING_CHARS),
        (Reason.NUMBER_TOO_LARGE, strict_json.MAX_INTEGER_DIGITS),
        (Reason.TOO_LARGE, reading.HOOK_BYTES // 1024 // 1024),
        (Reason.TOO_LARGE, reading.API_BYTES // 1024),
        (Reason.TOO_SLOW, int(reading.READ_SECONDS)),
        (Reason.STALE_TIMESTAMP, signatures.TOLERANCE_SECONDS // 60),
    ],
)
def test_limits_are_those_of_the_code(reason, limit):
    assert re.search(rf"\b{limit:,}\b", ENTRIES[reason.value])


def test_each_reason_has_one_sentence_for_people_and_each_refusal_a_title():
    assert set(REASONS) == set(Reason)
    assert set(wording.AT_THE_DOOR) == set(STATUS)
