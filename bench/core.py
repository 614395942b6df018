"""The whole outbound decision of one event, bytes in to bytes out, beside one orjson load and dump of it."""

import gc
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

import orjson

from bench.sample import events, policy
from streams.outbound import Outbound

EVENTS = 2_000
ROUNDS = 15
_DAY = datetime(2026, 11, 22, 9, tzinfo=UTC)


class Core(NamedTuple):
    """Medians, in microseconds an event, of rounds taken in turn."""

    orjson_us: float
    decision_us: float
    ratio: float


def measure() -> Core:
    """Both in turn, round by round, so that a machine that slows down slows both; the ratio is the median of ratios."""
    batch = list(events(EVENTS))
    outbound = Outbound(policy())
    sent = sum(decision.verdict == "send" for decision in outbound.decide(batch, _DAY))
    if sent != EVENTS:
        message = f"the bench measures events that are sent; {EVENTS - sent} of {EVENTS} were not"
        raise RuntimeError(message)

    def plain() -> None:
        for raw in batch:
            orjson.dumps(orjson.loads(raw))

    def decide() -> None:
        for decision in outbound.decide(batch, _DAY):
            if decision.command is not None:
                orjson.dumps(decision.command.body)

    plain_us, decide_us = [], []
    for _ in range(ROUNDS):
        plain_us.append(_timed(plain))
        decide_us.append(_timed(decide))
    ratios = [d / p for d, p in zip(decide_us, plain_us, strict=True)]
    return Core(statistics.median(plain_us), statistics.median(decide_us), statistics.median(ratios))


def _timed(work: Callable[[], None]) -> float:
    gc.collect()
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) / EVENTS * 1e6
