"""One connection, as all links that use it see it."""

import pytest

from connectors.faults import Fault, Malformed, Misconfigured, Transient
from mapping.words import Side
from streams.breaker import PROBE_SECONDS, BreakerState
from streams.connection import Connection, class_of
from streams.limiter import Limiter
from streams.metrics import AnswerClass, Metrics, Operation


def connection(rate: float = 1e6, concurrency: int = 4) -> Connection:
    return Connection("dialer-nord", Limiter(rate), concurrency, Metrics(connections={"dialer-nord": Side.DIALER}))


def answer(one: Connection, now: float) -> None:
    one.answered(now, Operation.UPSERT, 0.1)
    one.released()


def fail(one: Connection, now: float, fault: Fault) -> None:
    one.failed(now, Operation.UPSERT, 0.1, fault)
    one.released()


def test_no_more_than_so_many_are_in_flight() -> None:
    one = connection()
    assert one.take(0.0, first=10, retries=0) == (1, 0), "the first call of all goes alone"
    answer(one, 0.1)
    assert one.take(0.2, first=10, retries=0) == (4, 0)
    assert one.take(0.3, first=10, retries=0) == (0, 0)
    answer(one, 0.4)
    assert one.take(0.5, first=10, retries=0) == (1, 0)


def test_retries_never_crowd_out_first_attempts_and_stay_a_fifth() -> None:
    one = connection(concurrency=1_000)
    one.take(0.0, first=1, retries=0)
    answer(one, 0.0)
    firsts, retries = one.take(0.0, first=100, retries=100)
    assert firsts == 100
    assert retries == 20


@pytest.mark.parametrize("restarts", [100])
def test_a_service_that_restarts_in_a_circle_asks_once_each_time(restarts: int) -> None:
    calls = 0
    for _ in range(restarts):
        one = connection()
        for second in range(20):
            granted, _ = one.take(float(second), first=50, retries=0)
            calls += granted
            for _ in range(granted):
                fail(one, float(second), Transient("connection_lost"))
    assert calls == restarts


def test_a_target_that_asks_for_peace_gets_it_and_is_not_called_sick() -> None:
    one = connection()
    one.take(0.0, first=1, retries=0)
    fail(one, 0.0, Transient("rate_limited", retry_after=60.0))
    assert one.breaker.state is BreakerState.CLOSED
    assert one.room(59.0) == 0
    assert one.room(61.0) > 0


def test_a_wrong_key_shows_as_an_open_breaker_until_it_is_mended() -> None:
    one = connection()
    one.take(0.0, first=1, retries=0)
    fail(one, 0.0, Misconfigured("unauthorised"))
    assert one.room(1e9) == 0
    assert b'ecluse_breaker_open{connection="dialer-nord"} 1.0' in one.metrics.render()
    one.access_passed()
    assert one.room(1e9) == 1
    assert b'ecluse_breaker_open{connection="dialer-nord"} 0.0' in one.metrics.render()


def test_after_an_outage_the_limit_ramps_up() -> None:
    one = connection(rate=100.0)
    one.take(0.0, first=1, retries=0)
    fail(one, 0.0, Transient("connection_lost"))
    assert one.take(PROBE_SECONDS, first=50, retries=0) == (1, 0)
    answer(one, PROBE_SECONDS)
    assert one.limiter.allowed(PROBE_SECONDS) == 1.0
    assert one.limiter.allowed(PROBE_SECONDS + 60.0) == 100.0


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Transient("rate_limited"), AnswerClass.THROTTLED),
        (Transient("timeout"), AnswerClass.TIMEOUT),
        (Transient("request_timeout"), AnswerClass.TIMEOUT),
        (Transient("connection_lost"), AnswerClass.NETWORK),
        (Transient("server_error"), AnswerClass.SERVER),
        (Misconfigured("redirected"), AnswerClass.REDIRECT),
        (Misconfigured("forbidden"), AnswerClass.CLIENT),
        (Malformed("http_409"), AnswerClass.CLIENT),
        (Malformed("not_json"), AnswerClass.OK),
    ],
)
def test_every_fault_has_its_class(fault: Fault, expected: AnswerClass) -> None:
    assert class_of(fault) is expected
