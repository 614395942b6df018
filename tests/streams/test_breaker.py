"""A sick target is left alone."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.breaker import LEAST_CALLS, PROBE_SECONDS, UNBOUND, Breaker, BreakerState
from streams.limiter import RAMP_SECONDS, Limiter, RetryBudget


def closed(now: float = 0.0) -> Breaker:
    breaker = Breaker()
    breaker.started(now)
    breaker.succeeded(now)
    return breaker


def test_a_breaker_starts_with_one_call() -> None:
    breaker = Breaker()
    assert breaker.allows(0.0) == 1
    breaker.started(0.0)
    assert breaker.allows(0.1) == 0
    breaker.succeeded(0.2)
    assert breaker.allows(0.2) == UNBOUND
    assert breaker.recovered_at is None, "a first success is no recovery: nothing has to ramp"


def test_it_opens_when_half_of_twenty_calls_failed() -> None:
    breaker = closed()
    for call in range(LEAST_CALLS // 2 - 1):
        breaker.succeeded(float(call))
    for call in range(LEAST_CALLS // 2 - 1):
        breaker.failed(10.0 + call)
        assert breaker.state is BreakerState.CLOSED
    breaker.failed(30.0)
    assert breaker.state is BreakerState.OPEN
    assert breaker.allows(30.0) == 0


def test_nineteen_failures_are_not_enough() -> None:
    breaker = closed()
    for _ in range(LEAST_CALLS - 2):
        breaker.failed(1.0)
    assert breaker.state is BreakerState.CLOSED


def test_old_failures_are_forgotten() -> None:
    breaker = closed()
    for _ in range(LEAST_CALLS - 2):
        breaker.failed(1.0)
    for _ in range(LEAST_CALLS - 2):
        breaker.failed(62.0)
    assert breaker.state is BreakerState.CLOSED


def test_after_the_probe_succeeded_the_limit_ramps() -> None:
    breaker = closed()
    for _ in range(LEAST_CALLS):
        breaker.failed(1.0)
    assert breaker.allows(1.0 + PROBE_SECONDS) == 1
    breaker.started(31.0)
    assert breaker.allows(32.0) == 0
    breaker.succeeded(33.0)
    assert breaker.state is BreakerState.CLOSED
    assert breaker.recovered_at == 33.0


def test_a_wrong_key_stops_everything_until_an_access_check_passes() -> None:
    breaker = closed()
    breaker.misconfigured()
    assert breaker.allows(1e9) == 0
    breaker.succeeded(1e9)  # an answer that was on its way
    assert breaker.state is BreakerState.NEEDS_LOGIN
    breaker.access_passed()
    assert breaker.allows(1e9) == 1


@settings(max_examples=500, deadline=None)
@given(steps=st.lists(st.tuples(st.floats(0.0, 9.0), st.booleans()), max_size=200))
def test_a_target_that_stays_down_gets_one_probe_in_thirty_seconds(steps: list[tuple[float, bool]]) -> None:
    breaker, now, probes = Breaker(), 0.0, []
    for pause, answered_late in steps:
        now += pause
        if breaker.allows(now):
            breaker.started(now)
            probes.append(now)
            if not answered_late:
                breaker.failed(now)
    assert all(later - earlier >= PROBE_SECONDS for earlier, later in itertools.pairwise(probes))


@settings(max_examples=500, deadline=None)
@given(
    rate=st.floats(0.2, 500.0),
    asks=st.lists(st.tuples(st.floats(0.0, 2.0), st.integers(1, 50)), min_size=1, max_size=100),
)
def test_no_second_sees_more_than_the_limit_and_what_was_saved(rate: float, asks: list[tuple[float, int]]) -> None:
    limiter, now, taken = Limiter(rate), 0.0, 0
    for pause, wanted in asks:
        now += pause
        taken += limiter.take(now, wanted)
    assert taken <= max(1.0, rate) + now * rate + 1e-6


def test_a_limiter_says_how_long_to_wait() -> None:
    limiter = Limiter(2.0)
    assert limiter.take(0.0, 5) == 2
    assert limiter.take(0.0, 1) == 0
    assert limiter.wait(0.0) == 0.5
    assert limiter.take(0.5, 1) == 1


def test_peace_is_kept_for_as_long_as_it_was_asked() -> None:
    limiter = Limiter(10.0)
    limiter.pause(0.0, 30.0)
    assert limiter.take(29.9, 1) == 0
    assert limiter.wait(0.0) >= 30.0
    assert limiter.take(30.25, 10) == 2, "what would have been saved meanwhile is not spent at once"


def test_a_target_that_came_back_is_not_stormed() -> None:
    limiter = Limiter(100.0)
    limiter.take(0.0, 100)
    limiter.recovered(0.0)
    assert limiter.allowed(0.0) == 1.0
    assert limiter.allowed(RAMP_SECONDS / 2) == 50.5
    assert limiter.allowed(RAMP_SECONDS) == 100.0


def test_retries_are_a_fifth_of_the_requests() -> None:
    budget = RetryBudget()
    spent = budget.spend(0.0, 1_000)
    budget.first_attempts(100)
    assert budget.spend(0.0, 1_000) == 20
    assert spent == 20
