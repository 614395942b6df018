"""The whole outbound decision of one event, bytes in to bytes out, beside one orjson load and dump of it."""

import gc
import statistics
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple

import orjson

from bench.sample import events, masked_policy, policy
from mapping.decisions import json_of
from store.core import Use
from streams.outbound import Outbound

EVENTS = 2_000
#: As the runtimes decide them.
BATCH = 500
ROUNDS = 15
_DAY = datetime(2026, 11, 22, 9, tzinfo=UTC)


class Core(NamedTuple):
    """Medians, in microseconds of processor time an event, of rounds taken in turn."""

    orjson_us: float
    #: By the path in force.
    decision_us: float
    ratio: float
    #: `compiled` or `pure`: the path in force.
    core: str
    #: With masks in use, by the path in force.
    masked_us: float
    masked_ratio: float
    #: By Python alone.
    pure_us: float
    pure_ratio: float
    #: The share of events that the compiled core left to Python.
    fell_back: float


def measure() -> Core:
    """All in turn, round by round, so that a machine that slows down slows all; ratios are medians of ratios."""
    all_events = list(events(EVENTS))
    batches = [all_events[start : start + BATCH] for start in range(0, EVENTS, BATCH)]
    outbound, masked = Outbound(policy()), Outbound(masked_policy())
    pure = Outbound(policy(), use=Use.ASKED)
    for one in (outbound, masked, pure):
        sent = sum(decision.verdict == "send" for decision in one.decide(all_events, _DAY))
        if sent != EVENTS:
            message = f"the bench measures events that are sent; {EVENTS - sent} of {EVENTS} were not"
            raise RuntimeError(message)
    fell_back = (outbound.fell_back + masked.fell_back) / 2 / EVENTS

    def plain() -> None:
        for raw in all_events:
            orjson.dumps(orjson.loads(raw))

    def decide(outbound: Outbound) -> None:
        for batch in batches:
            for decision in outbound.decide(batch, _DAY):
                if decision.command is not None:
                    json_of(decision.command.body)

    ways: list[Callable[[], None]] = [plain, *(partial(decide, one) for one in (outbound, masked, pure))]
    rounds = [[_timed(way) for way in ways] for _ in range(ROUNDS)]
    orjson_us, *used = (statistics.median(times) for times in zip(*rounds, strict=True))
    shares = [[time / first for time in others] for first, *others in rounds]
    ratios = [statistics.median(column) for column in zip(*shares, strict=True)]
    return Core(orjson_us, used[0], ratios[0], outbound.core, used[1], ratios[1], used[2], ratios[2], fell_back)


def _timed(work: Callable[[], None]) -> float:
    """Time of this thread on a processor: what others do on this machine meanwhile is not counted."""
    gc.collect()
    started = time.thread_time()
    work()
    return (time.thread_time() - started) / EVENTS * 1e6
