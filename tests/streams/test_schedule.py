"""Retries are patient and polite, and end."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streams import schedule

DAY = 86_400


@settings(max_examples=10_000, deadline=None)
@given(
    attempts=st.integers(-3, 40),
    chance=st.floats(0, 1, exclude_max=True),
    retry_after=st.one_of(
        st.floats(allow_nan=True, allow_infinity=True), st.just(0.0), st.just(-3_600.0), st.just(10 * 365.0 * DAY)
    ),
)
def test_a_wait_is_at_least_our_own_and_at_least_what_was_asked(
    attempts: int, chance: float, retry_after: float
) -> None:
    own = schedule.wait(attempts, chance=chance)
    asked = schedule.wait(attempts, chance=chance, retry_after=retry_after)
    if own is None:
        assert asked is None, "Retry-After may lengthen a wait, never add an attempt"
        return
    assert asked is not None
    assert asked >= own >= schedule.FLOOR_SECONDS
    assert asked <= max(own, DAY)
    if math.isfinite(retry_after) and 0 <= retry_after <= DAY:
        assert asked >= retry_after


def test_the_steps_are_those_that_were_promised() -> None:
    longest = [schedule.step(attempt) for attempt in range(1, schedule.WAITS + 1)]
    assert longest[:9] == [2, 10, 30, 120, 600, 1800, 3600, 7200, 14400]
    assert set(longest[9:]) == {28_800}
    assert sum(step or 0 for step in longest) <= 72 * 3600
    assert sum(step or 0 for step in longest) + 28_800 > 72 * 3600


def test_after_the_last_wait_comes_none() -> None:
    assert schedule.wait(schedule.WAITS, chance=0.5) is not None
    assert schedule.wait(schedule.WAITS + 1, chance=0.5) is None


@pytest.mark.parametrize("chance", [0.0, 0.25, 0.999])
def test_jitter_is_full(chance: float) -> None:
    assert schedule.wait(5, chance=chance) == max(schedule.FLOOR_SECONDS, 600 * chance)


def test_what_could_not_be_read_waits_longer_and_gives_up_sooner() -> None:
    assert schedule.wait_slowly(1, chance=0.9) == 600 * 0.9
    attempts = 1
    while schedule.wait_slowly(attempts, chance=0.0) is not None:
        attempts += 1
    assert attempts < schedule.WAITS
