"""Small tools of the reader: durations, and the nearest right word."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapping import durations
from mapping.nearest import distance, nearest


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("30m", timedelta(minutes=30)),
        ("36h", timedelta(hours=36)),
        ("2d", timedelta(days=2)),
        ("1w", timedelta(weeks=1)),
        ("9999w", timedelta(weeks=9999)),
    ],
)
def test_a_duration_is_a_number_and_a_unit(text: str, duration: timedelta) -> None:
    assert durations.parse(text) == duration


@pytest.mark.parametrize(
    "text", ["", "2", "d", "0d", "02d", "-1d", "1.5h", "2 d", "2D", "1y", "10000d", "P2D", "٣d", "2d\n"]
)
def test_anything_else_is_none(text: str) -> None:
    assert durations.parse(text) is None


@given(st.integers(1, 9999), st.sampled_from("mhd"))
def test_a_duration_that_is_written_reads_as_itself(number: int, unit: str) -> None:
    duration = durations.parse(f"{number}{unit}")

    assert duration is not None
    assert durations.parse(durations.write(duration)) == duration


def test_a_duration_is_written_in_its_largest_unit() -> None:
    assert [durations.write(timedelta(hours=hours)) for hours in (1, 24, 36, 168)] == ["1h", "1d", "36h", "1w"]


@pytest.mark.parametrize(
    ("word", "known", "near"),
    [
        ("reachabilty", ["identity", "reachability"], "reachability"),
        ("form", ["to", "from"], "from"),
        ("Team", ["own", "team"], "team"),
        ("no-answer", ["busy", "no_answer"], "no_answer"),
        ("projet", ["project"], "project"),
        ("xx", ["to"], ""),
        ("no", ["on", "off"], "on"),
        ("delete_account", ["comment", "call_result"], ""),
        ("", ["a"], ""),
    ],
)
def test_the_nearest_word_is_the_one_with_the_fewest_slips(word: str, known: list[str], near: str) -> None:
    assert nearest(word, known) == near


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_a_distance_is_the_same_both_ways(one: str, other: str) -> None:
    assert distance(one, other, 99) == distance(other, one, 99)
    assert (distance(one, other, 99) == 0) == (one == other)
