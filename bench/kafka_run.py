"""One run: a contender's workers on a topic that is full, watched from outside until the last record has left them."""

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from confluent_kafka import KafkaException

from bench.kafka_load import Form, Load, items, laid
from bench.kafka_topics import CACHE, Item, Topics
from bench.kafka_workers import Workers, running
from bench.peers.mark import Mark, marks
from store.database import Database

ROOT = Path(__file__).resolve().parents[1]
#: How soon a contender has to show its first record, how long it may stand still, how long it may take in all.
START_SECONDS, STALL_SECONDS, WHOLE_SECONDS = 90.0, 20.0, 240.0
GLANCE_SECONDS = 0.02
#: Nothing more has come for so long: it was the last.
SETTLED_SECONDS = 1.2
#: Where a contender's first record cannot be seen, its first quarter is left out: a JVM warms up in it.
LEFT_OUT = 0.25
#: How long workers may take to share their topic; whoever has no group is ready after a while.
DEALT_SECONDS, READY_SECONDS = 60.0, 8.0


class Failed(Exception):
    """The run gave no figure: why, for whoever reads the table; what was logged, for whoever looks into it."""

    def __init__(self, why: str, logged: str = "") -> None:
        super().__init__(f"{why}\n{logged}" if logged else why)
        self.why = why


class Start(NamedTuple):
    """What a worker is told."""

    bootstrap: str
    source: str
    target: str
    group: str
    workers: int
    tenants: int
    database: str
    folder: Path


class Contender(Protocol):
    """Somebody who takes records from one topic to another."""

    @property
    def name(self) -> str: ...

    @property
    def form(self) -> Form: ...

    @property
    def grouped(self) -> bool:
        """Whether its workers share a topic through a consumer group of the broker."""
        ...

    def commands(self, start: Start) -> Sequence[Sequence[str]]:
        """One for each process; each takes its share of the source until it is told to end."""
        ...

    def environment(self, start: Start) -> Mapping[str, str]: ...

    def target(self, run: str) -> str: ...

    def group(self, run: str) -> str: ...

    def done(self, topics: Topics, start: Start) -> int:
        """How many records have left it, or a few more: a transaction's end counts as one."""
        ...

    def number(self, message: Any) -> int:
        """Which record a message of the target came from."""
        ...

    def check(self, topics: Topics, start: Start, load: Load, database: Database) -> None:
        """Raise Failed unless every record came out once, and those looked at came out right."""
        ...


class Measured(NamedTuple):
    """What one run showed."""

    events_per_s: float
    cpu_us_per_event: float
    peak_rss_mb: float


class Sample(NamedTuple):
    """One glance."""

    at: float
    done: int
    cpu: float
    resident: float


class Bench(NamedTuple):
    """What all runs share."""

    topics: Topics
    database: Database
    url: str


def measure(bench: Bench, contender: Contender, load: Load, workers: int = 1) -> Measured:
    """A figure, or Failed. Leaves neither processes nor topics behind, but for the topic with the records."""
    topics, run = bench.topics, f"{contender.name}-{time.monotonic_ns()}"
    held_back = workers > 1
    source = f"{run}.in" if held_back else laid(topics, load, contender.form, bench.database)
    with tempfile.TemporaryDirectory(prefix="run-", dir=CACHE, ignore_cleanup_errors=True) as name:
        target, group, folder = contender.target(run), contender.group(run), Path(name)
        start = Start(topics.bootstrap, source, target, group, workers, load.tenants, bench.url, folder)
        environment = {"PYTHONPATH": str(ROOT), "BENCH_MARK": str(folder / "mark"), **contender.environment(start)}
        made = [topics.make(topic) for topic in ((source, target) if held_back else (target,))]
        waiting = list(items(load, contender.form, bench.database)) if held_back else []
        try:
            with running(contender.commands(start), environment, folder) as processes:
                begun = None
                if held_back:
                    begun = _released(topics, start, processes, waiting, grouped=contender.grouped)
                samples = _watched(topics, contender, start, processes, load.records)
            contender.check(topics, start, load, bench.database)
        finally:
            topics.drop(*made)
        # Who marks its first record is not charged for what it did before, even where it was not ready in time.
        return figure(samples, load.records, _first(folder / "mark") or begun)


@contextmanager
def one_worker(bench: Bench, contender: Contender, run: str) -> Iterator[tuple[Start, Workers]]:
    """One worker of one tenant, on an empty topic of its own. Leaves neither processes nor topics behind."""
    topics = bench.topics
    made = [topics.make(f"{run}.in"), topics.make(contender.target(run))]
    with tempfile.TemporaryDirectory(prefix="run-", dir=CACHE, ignore_cleanup_errors=True) as name:
        start = Start(topics.bootstrap, made[0], made[1], contender.group(run), 1, 1, bench.url, Path(name))
        environment = {"PYTHONPATH": str(ROOT), **contender.environment(start)}
        try:
            with running(contender.commands(start), environment, Path(name)) as processes:
                yield start, processes
        finally:
            topics.drop(*made)


def _released(topics: Topics, start: Start, processes: Workers, waiting: Sequence[Item], *, grouped: bool) -> Mark:
    """Two workers must share from the first record on: they meet at an empty topic, and are frozen while it fills."""
    until = time.monotonic() + (DEALT_SECONDS if grouped else READY_SECONDS)
    while time.monotonic() < until and not (grouped and topics.members(start.group) == start.workers):
        if processes.gone():
            raise Failed("a worker ended before it began", processes.said())
        time.sleep(0.2)
    processes.freeze()
    topics.fill(start.source, waiting)
    begun = Mark(time.monotonic(), processes.cpu())
    processes.thaw()
    return begun


def _watched(topics: Topics, contender: Contender, start: Start, processes: Workers, count: int) -> list[Sample]:
    began = grown = time.monotonic()
    samples = [Sample(began, 0, processes.cpu(), 0.0)]
    while True:
        done, now = _done(topics, contender, start, samples[-1].done), time.monotonic()
        # Glances that show nothing new are not kept: the last one that is kept is the end.
        if done > samples[-1].done:
            samples.append(Sample(now, done, processes.cpu(), processes.resident()))
            grown = now
        if done >= count and now - grown > SETTLED_SECONDS:
            return samples
        if processes.gone():
            raise Failed(f"a worker ended after {done} of {count} records", processes.said())
        if now - grown > (STALL_SECONDS if done else START_SECONDS):
            raise Failed(f"stood still at {done} of {count} records", processes.said())
        if now - began > WHOLE_SECONDS:
            raise Failed(f"had {done} of {count} records done after {WHOLE_SECONDS:.0f} s")
        time.sleep(GLANCE_SECONDS)


def _done(topics: Topics, contender: Contender, start: Start, before: int) -> int:
    try:
        return contender.done(topics, start)
    except (KafkaException, TimeoutError):
        return before  # a broker that is hard pressed says so next time


def _first(prefix: Path) -> Mark | None:
    """When the first of them took up its first record, and what all had spent by then."""
    found = marks(prefix).values()
    return Mark(min(mark.at for mark in found), sum(mark.cpu for mark in found)) if found else None


def figure(samples: Sequence[Sample], count: int, begun: Mark | None) -> Measured:
    last, events = samples[-1], count
    if begun is None:
        first = next(sample for sample in samples if sample.done >= LEFT_OUT * count)
        begun, events = Mark(first.at, first.cpu), last.done - first.done
    if events <= 0 or last.at <= begun.at:
        raise Failed("all records came out at once: there is nothing to divide")
    return Measured(
        events / (last.at - begun.at),
        (last.cpu - begun.cpu) / events * 1e6,
        max(sample.resident for sample in samples),
    )
