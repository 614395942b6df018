"""What a worker holds: with a heap of events waiting for it, and over minutes of steady load."""

import statistics
import threading
import time
from typing import NamedTuple

from bench.kafka_ecluse import Ecluse
from bench.kafka_load import Load, items
from bench.kafka_run import Bench, Failed, measure, one_worker
from bench.kafka_workers import Workers

RATE = 2_000
GLANCE_SECONDS = 1.0


class Waiting(NamedTuple):
    """The most that a worker held while so many events were before it, in MiB."""

    events: int
    peak_rss_mb: float


class Flat(NamedTuple):
    """What it held in the second tenth of the time, in the last, and at most, in MiB."""

    seconds: float
    rate: int
    early_rss_mb: float
    late_rss_mb: float
    peak_rss_mb: float


def waiting(bench: Bench, events: int) -> Waiting:
    """All of them are there before the worker starts. Raises Failed."""
    load, contender = Load(events), Ecluse()
    try:
        return Waiting(events, measure(bench, contender, load).peak_rss_mb)
    finally:
        bench.topics.drop(load.topic(contender.form))


def flat(bench: Bench, seconds: float) -> Flat:
    """A steady load, and a glance each second. Raises Failed."""
    contender = Ecluse()
    with one_worker(bench, contender, f"ecluse-flat-{time.monotonic_ns()}") as (start, processes):
        seen = _loaded(bench, contender, start.source, seconds, processes)
    tenth = max(len(seen) // 10, 1)
    early, late = statistics.median(seen[tenth : 2 * tenth]), statistics.median(seen[-tenth:])
    return Flat(seconds, RATE, early, late, max(seen))


def _loaded(bench: Bench, contender: Ecluse, source: str, seconds: float, processes: Workers) -> list[float]:
    def feed() -> None:
        began = time.monotonic()
        whole = Load(int(RATE * seconds))
        part = []
        for number, item in enumerate(items(whole, contender.form, bench.database), 1):
            part.append(item)
            if number % RATE == 0:
                bench.topics.fill(source, part)
                part.clear()
                time.sleep(max(began + number / RATE - time.monotonic(), 0.0))

    feeder = threading.Thread(target=feed, daemon=True)
    feeder.start()
    seen: list[float] = []
    until = time.monotonic() + seconds + 60.0
    while feeder.is_alive() and time.monotonic() < until:
        if processes.gone():
            raise Failed("the worker ended", processes.said())
        seen.append(processes.resident())
        time.sleep(GLANCE_SECONDS)
    if feeder.is_alive():
        raise Failed("the load could not be kept up")
    return seen
