"""The runs, in rounds: all contenders in turn, again and again, so that a noisy machine hurts all alike."""

import statistics
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from bench import kafka_latency, kafka_memory
from bench.kafka_connect import Connect
from bench.kafka_contenders import Missing, Peer, peers
from bench.kafka_ecluse import KEK, Ecluse
from bench.kafka_latency import Latency
from bench.kafka_load import Form, Load
from bench.kafka_memory import Flat, Waiting
from bench.kafka_run import Bench, Failed, Measured, measure
from bench.kafka_topics import CACHE, Topics, broker
from bench.scale import Scale
from store.database import Database

Someone = Ecluse | Peer | Connect
SLOW = ("quixstreams", "pathway", "faststream", "faust")


class Run(NamedTuple):
    """What a contender showed in one setting: medians of its rounds."""

    name: str
    form: Form
    guarantee: str
    workers: int
    load: Load
    rounds: int
    events_per_s: float
    cpu_us_per_event: float
    peak_rss_mb: float
    #: The slowest and the fastest round.
    spread: tuple[float, float]


class Figures(NamedTuple):
    """Everything that was seen on the broker."""

    runs: Sequence[Run] = ()
    latency: Sequence[Latency] = ()
    waiting: Waiting | None = None
    flat: Flat | None = None
    #: Who could not be measured, or not in one setting, and why.
    left_out: Sequence[str] = ()


@contextmanager
def opened() -> Iterator[Bench]:
    """A broker, and the database that holds Écluse's keys."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with broker() as bootstrap, tempfile.TemporaryDirectory(prefix="keys-", dir=CACHE) as folder:
        url = f"sqlite:///{Path(folder) / 'keys.db'}"
        database = Database.open(url, kek=KEK)
        try:
            database.migrate()
            yield Bench(Topics(bootstrap), database, url)
        finally:
            database.close()


class Sitting:
    """One go of the bench on the broker."""

    def __init__(self, bench: Bench, scale: Scale) -> None:
        self._bench, self._scale, self._began = bench, scale, time.monotonic()
        self._seen: dict[tuple[Someone, Load, int], list[Measured]] = {}
        self._left_out: list[str] = []
        self._latency: list[Latency] = []
        self._waiting: Waiting | None = None

    def whole(self) -> Figures:
        """Everything but the minutes of steady load."""
        ecluse, clear, others = Ecluse(), Ecluse(Form.UNSEALED), self._others()
        scale, self._began = self._scale, time.monotonic()
        # The slowest come last: should time run out, it is they who are left out, and not whom we most want to know of.
        table: list[tuple[Someone, Load, int]] = [(ecluse, scale.main, 1), (ecluse, scale.crowd, 1)]
        table += [(who, scale.main, 1) for who in (*others, clear)]
        # What a broker does for the first time takes it longer: this run is not counted.
        self._try("ecluse, warming the broker", lambda: measure(self._bench, ecluse, scale.main))
        self._rounds(sorted(table, key=_slowness), scale.rounds, scale.main_seconds)
        self._forget(scale.main, scale.crowd)
        both = [(ecluse, scale.large, 1), (ecluse, scale.pair, 2)]
        self._rounds(both, 1 if scale.quick else 2, scale.whole_seconds)
        for rate, seconds in scale.latency_seconds.items():
            self._late(ecluse, rate, seconds)
        if scale.quick:
            self._left_out.append("the quick form: peers with 10 KB, 1,000 tenants or 2 workers, and their latency")
        else:
            for load, workers in ((scale.large, 1), (scale.pair, 2), (scale.small_crowd, 1)):
                self._rounds([(who, load, workers) for who in others], 1, scale.whole_seconds)
            self._late_peers(others)
            self._heap()
        return Figures(self._runs(), self._latency, self._waiting, None, self._left_out)

    def memory(self) -> Figures:
        """The heap of events, and the minutes of steady load."""
        self._heap()
        flat = self._try("ecluse, memory", lambda: kafka_memory.flat(self._bench, self._scale.flat_seconds))
        return Figures((), (), self._waiting, flat, self._left_out)

    def _others(self) -> list[Peer | Connect]:
        """Those who can be measured on this machine."""
        found: list[Peer | Connect] = []
        everybody: list[Peer | Connect] = [*peers(), Connect()]
        for who in everybody:
            try:
                print(f"  {who.name} {who.version} …", flush=True)
                who.prepare()
                found.append(who)
            except Missing as why:
                self._left_out.append(f"{who.name}: not installed: {why}")
                print(f"  {who.name}: not installed: {why}", flush=True)
        return found

    def _rounds(self, settings: Sequence[tuple[Someone, Load, int]], rounds: int, seconds: float) -> None:
        for number in range(rounds):
            # Whoever is first in one round is not first in the next.
            turn = number % len(settings)
            for who, load, workers in (*settings[turn:], *settings[:turn]):
                known = (who, load, workers) in self._seen
                if time.monotonic() - self._began > (seconds if known else self._scale.whole_seconds):
                    if not known and number == 0:
                        self._left_out.append(f"{_label(who, load, workers)}: no time was left")
                    continue
                self._one(who, load, workers)

    def _one(self, who: Someone, load: Load, workers: int) -> None:
        label = _label(who, load, workers)
        seen = self._try(label, lambda: measure(self._bench, who, load, workers))
        if seen is not None:
            self._seen.setdefault((who, load, workers), []).append(seen)
            print(f"  {label}: {seen.events_per_s:,.0f} /s, {seen.cpu_us_per_event:.1f} µs", flush=True)

    def _late(self, who: Ecluse | Peer, rate: int, seconds: float) -> None:
        label = f"{who.name}, latency at {rate} /s"
        seen = self._try(label, lambda: kafka_latency.measure(self._bench, who, rate, seconds))
        if seen is not None:
            self._latency.append(seen)
            print(f"  {label}: {seen.p50_ms:.1f} {seen.p95_ms:.1f} {seen.p99_ms:.1f} ms", flush=True)

    def _late_peers(self, others: Sequence[Peer | Connect]) -> None:
        for who in others:
            if isinstance(who, Connect):
                continue  # its sink keeps nothing that could be waited for
            if time.monotonic() - self._began > self._scale.whole_seconds:
                self._left_out.append(f"{who.name}, latency: no time was left")
            else:
                self._late(who, 1_000, self._scale.latency_seconds[1_000] / 2)

    def _heap(self) -> None:
        label = f"ecluse, {self._scale.waiting:,} events waiting"
        self._waiting = self._try(label, lambda: kafka_memory.waiting(self._bench, self._scale.waiting))
        if self._waiting is not None:
            print(f"  {label}: {self._waiting.peak_rss_mb:.0f} MiB", flush=True)

    def _try(self, label: str, work: Any) -> Any:
        """What it gives; None where it failed, which is said and is not the end of the bench."""
        try:
            return work()
        except Exception as error:  # noqa: BLE001 - one that fails must not cost the figures of all others
            why = error.why if isinstance(error, Failed) else type(error).__name__
            self._left_out.append(f"{label}: {why}")
            print(f"  {label}: no figure: {error}", flush=True)
            return None

    def _forget(self, *loads: Load) -> None:
        self._bench.topics.drop(*(load.topic(form) for load in loads for form in Form))

    def _runs(self) -> list[Run]:
        return [_run(who, load, workers, seen) for (who, load, workers), seen in self._seen.items()]


def _run(who: Someone, load: Load, workers: int, seen: Sequence[Measured]) -> Run:
    speeds = [one.events_per_s for one in seen]
    told = (who.name, who.form, who.guarantee, workers, load, len(seen))
    return Run(
        *told,
        statistics.median(speeds),
        statistics.median(one.cpu_us_per_event for one in seen),
        max(one.peak_rss_mb for one in seen),
        (min(speeds), max(speeds)),
    )


def _slowness(setting: tuple[Someone, Load, int]) -> int:
    return SLOW.index(setting[0].name) if setting[0].name in SLOW else -1


def _label(who: Someone, load: Load, workers: int) -> str:
    name = f"{who.name} (in clear)" if who.form is Form.UNSEALED else who.name
    return f"{name}, {load.records:,} records of {load.size:,} bytes, tenants: {load.tenants:,}, workers: {workers}"
