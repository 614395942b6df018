"""Laws that hold for any text: the reader answers, never raises, and never returns a link it found fault with."""

from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mapping.codes import Severity
from mapping.reader import Reading, read_link, uses
from tests.mapping.files import GOOD, cases

WORDS = [
    "contact",
    "identity",
    "team",
    "project",
    "~",
    "2d",
    "e164",
    "<<",
    "*a",
    "&a x",
    "!!str x",
    "[",
    "]",
    "{",
    "}",
    ":",
    "- ",
    "\t",
]
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=12), st.sampled_from(WORDS)
)
KEYS = st.one_of(st.sampled_from(sorted(set(GOOD.replace(":", " ").replace(",", " ").split()))), st.text(max_size=8))
TREES = st.recursive(
    SCALARS,
    lambda below: st.one_of(st.lists(below, max_size=4), st.dictionaries(KEYS, below, max_size=4)),
    max_leaves=20,
)
PLACES = [
    (),
    *(
        (name,)
        for name in ("labels", "roles", "profiles", "perimeter", "fields", "dispositions", "statuses", "revision")
    ),
    *(("perimeter", name) for name in ("projects", "territories")),
    ("labels", "contact"),
    ("roles", "auditor"),
    ("roles", "auditor", "read"),
    ("perimeter", "projects", "salon"),
    ("fields", 0),
    ("dispositions", "NRP"),
    ("crm",),
]


def lawful(text: str) -> Reading:
    reading = read_link(text, "links/any.yaml", shared={"roles/standard": GOOD})
    refused = any(finding.severity is Severity.ERROR for finding in reading.findings)
    assert (reading.link is None) == refused
    for finding in reading.findings:
        assert finding.line >= 1
        assert finding.end_column >= finding.column >= 1
        assert finding.message().isprintable()
        assert all(note.text().isprintable() for note in finding.notes)
    assert read_link(text, "links/any.yaml", shared={"roles/standard": GOOD})[:2] == reading[:2]
    uses(text)
    return reading


@given(st.text())
def test_any_text_is_answered(text: str) -> None:
    lawful(text)


@given(st.data())
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_a_good_file_with_a_piece_cut_out_or_put_in_is_answered(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(GOOD)))
    end = data.draw(st.integers(start, min(len(GOOD), start + 40)))
    put = data.draw(st.one_of(st.sampled_from(WORDS), st.text(max_size=6)))

    lawful(GOOD[:start] + put + GOOD[end:])


@given(TREES)
def test_any_tree_is_answered(tree: Any) -> None:
    lawful(yaml.safe_dump(tree, allow_unicode=True))


@given(st.sampled_from(PLACES), KEYS, TREES)
@settings(max_examples=100)
def test_a_good_file_with_any_value_in_any_place_is_answered(path: tuple[str | int, ...], key: str, value: Any) -> None:
    tree: Any = yaml.load(GOOD, Loader=yaml.BaseLoader)
    below = tree
    for part in path:
        below = below[part]
    if isinstance(below, list):
        below[0] = value
    else:
        below[key] = value

    lawful(yaml.safe_dump(tree, allow_unicode=True))


@given(st.lists(st.sampled_from([case.text for case in cases()]), min_size=2, max_size=2))
def test_two_bad_files_joined_are_answered(texts: list[str]) -> None:
    lawful("\n".join(texts))
