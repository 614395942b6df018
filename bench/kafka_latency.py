"""How long from an event produced to its result readable by whoever reads only what was committed, at a steady rate."""

import statistics
import threading
import time
from typing import NamedTuple

from confluent_kafka import Consumer, Producer, TopicPartition

from bench.kafka_load import Load, items
from bench.kafka_run import Bench, Contender, Failed, one_worker
from bench.kafka_topics import PARTITIONS

WARM_UP = 200
WARM_SECONDS = 60.0
LATE_SECONDS = 15.0
#: The first of those that are timed are not counted: connections open, caches fill.
LEFT_OUT = 0.1


class Latency(NamedTuple):
    """Milliseconds."""

    name: str
    rate: int
    p50_ms: float
    p95_ms: float
    p99_ms: float


class _Arrivals(threading.Thread):
    """Notes when each result can be read."""

    def __init__(self, bootstrap: str, target: str, contender: Contender) -> None:
        super().__init__(daemon=True)
        settings = {"bootstrap.servers": bootstrap, "group.id": f"{target}.reader", "isolation.level": "read_committed"}
        self._consumer = Consumer({**settings, "enable.auto.commit": False, "fetch.wait.max.ms": 50, "log_level": 0})
        self._consumer.assign([TopicPartition(target, partition, 0) for partition in range(PARTITIONS)])
        self._contender = contender
        self.seen: dict[int, float] = {}
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.is_set():
            message = self._consumer.poll(0.2)
            if message is not None and message.error() is None:
                self.seen.setdefault(self._contender.number(message), time.monotonic())
        self._consumer.close()

    def wait(self, count: int, seconds: float) -> None:
        until = time.monotonic() + seconds
        while len(self.seen) < count:
            if time.monotonic() > until:
                raise Failed(f"{len(self.seen)} of {count} results could be read after {seconds:.0f} s")
            time.sleep(0.02)


def measure(bench: Bench, contender: Contender, rate: int, seconds: float) -> Latency:
    """One worker, one tenant, records of 1 KB. Raises Failed."""
    load = Load(WARM_UP + int(rate * seconds))
    with one_worker(bench, contender, f"{contender.name}-late-{time.monotonic_ns()}") as (start, _):
        arrivals = _Arrivals(start.bootstrap, start.target, contender)
        arrivals.start()
        try:
            sent = _sent(bench, contender, load, start.source, rate, arrivals)
        finally:
            arrivals.over.set()
            arrivals.join(5.0)
    timed = range(WARM_UP + int(LEFT_OUT * rate * seconds), load.records)
    waited = sorted((arrivals.seen[number] - sent[number]) * 1e3 for number in timed)
    cuts = statistics.quantiles(waited, n=100)
    return Latency(contender.name, rate, cuts[49], cuts[94], cuts[98])


def _sent(
    bench: Bench, contender: Contender, load: Load, source: str, rate: int, arrivals: _Arrivals
) -> dict[int, float]:
    """When each was handed to the broker's client. Returns when all results were seen."""
    waiting = list(items(load, contender.form, bench.database))
    producer = Producer({"bootstrap.servers": bench.topics.bootstrap, "linger.ms": 0, "acks": "all", "log_level": 0})
    for partition, key, value in waiting[:WARM_UP]:
        producer.produce(source, value, key, partition)
    producer.flush(10.0)
    arrivals.wait(WARM_UP, WARM_SECONDS)
    sent, began = {}, time.monotonic()
    for number, (partition, key, value) in enumerate(waiting[WARM_UP:], WARM_UP):
        due = began + (number - WARM_UP) / rate
        while (ahead := due - time.monotonic()) > 0:
            producer.poll(min(ahead, 0.05))
        # Open loop: what is late is late from when it was due, whatever held it up.
        sent[number] = due
        producer.produce(source, value, key, partition)
    producer.flush(10.0)
    arrivals.wait(load.records, LATE_SECONDS)
    return sent
