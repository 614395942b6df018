"""Who is measured beside Écluse, each in an environment of its own, from a lock of its own."""

import hashlib
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.kafka_load import Form, Load
from bench.kafka_run import Failed, Start
from bench.kafka_topics import CACHE, Topics, free_port
from bench.peers.projection import project
from bench.sample import events
from store.database import Database

LOCKS = Path(__file__).resolve().parent / "peers"
INSTALL_SECONDS = 420
READ_SECONDS = 120.0
LOOKED_AT = 100


class Missing(Exception):
    """A peer cannot be measured on this machine; the text says why."""


@dataclass(frozen=True)
class Peer:
    """A Python library around the projection by hand: `bench/peers/<name>.py`."""

    name: str
    guarantee: str
    form: Form = field(default=Form.JSON, init=False)

    @property
    def version(self) -> str:
        package = {"faust": "faust-streaming"}.get(self.name, self.name)
        found = re.search(rf"^{package}==(\S+)", self.lock.read_text("utf-8"), re.MULTILINE)
        return found[1] if found else "?"

    @property
    def grouped(self) -> bool:
        return self.name not in {"bytewax", "pathway"}

    @property
    def lock(self) -> Path:
        return LOCKS / f"{self.name}.txt"

    @property
    def python(self) -> str:
        return str(CACHE / self.name / "bin" / "python")

    def prepare(self) -> None:
        """Make its environment where it is not there yet. Raises Missing."""
        ready = CACHE / self.name / f".ready-{hashlib.sha256(self.lock.read_bytes()).hexdigest()[:12]}"
        if ready.exists():
            return
        uv = Path(sys.executable).with_name("uv")
        steps = [
            [sys.executable, "-m", "venv", "--clear", "--without-pip", str(CACHE / self.name)],
            [str(uv), "pip", "sync", "--quiet", "--python", self.python, "--require-hashes", str(self.lock)],
        ]
        for step in steps:
            try:
                done = subprocess.run(  # noqa: S603 - words of our own
                    step, check=False, capture_output=True, text=True, timeout=INSTALL_SECONDS
                )
            except (OSError, subprocess.TimeoutExpired) as error:
                raise Missing(f"its environment could not be made: {type(error).__name__}") from None
            if done.returncode:
                print(done.stderr[-1_000:], file=sys.stderr)
                raise Missing("its packages could not be installed")
        ready.touch()

    def commands(self, start: Start) -> Sequence[Sequence[str]]:
        told = [start.bootstrap, start.source, start.target, start.group]
        if self.name != "bytewax":
            return [[self.python, "-m", f"bench.peers.{self.name}", *told]] * start.workers
        run = [self.python, "-m", "bytewax.run", "bench.peers.bytewax:build()"]
        if start.workers == 1:
            return [run]
        together = ";".join(f"127.0.0.1:{free_port()}" for _ in range(start.workers))
        return [[*run, "-i", str(number), "-a", together] for number in range(start.workers)]

    def environment(self, start: Start) -> Mapping[str, str]:
        return {
            "BENCH_BROKERS": start.bootstrap,
            "BENCH_SOURCE": start.source,
            "BENCH_TARGET": start.target,
        }

    def target(self, run: str) -> str:
        return f"{run}.out"

    def group(self, run: str) -> str:
        return run

    def done(self, topics: Topics, start: Start) -> int:
        return sum(topics.ends(start.target).values())

    def number(self, message: Any) -> int:
        return int(message.key().rpartition(b"/")[2])

    def check(self, topics: Topics, start: Start, load: Load, _: Database) -> None:
        seen, count = set(), 0
        right = expected(load)
        for message in topics.read(start.target, READ_SECONDS):
            count += 1
            seen.add(message.key())
            if message.key() in right and message.value() != right[message.key()]:
                raise Failed("a record came out wrong")
        same_number(load.records, count, len(seen))


def expected(load: Load) -> dict[bytes, bytes]:
    """What has to come out of the first records, by key."""
    few = load._replace(records=min(LOOKED_AT, load.records))
    return dict(map(project, events(few.records, few.size, few.tenants)))


def same_number(wanted: int, came: int, different: int) -> None:
    if (came, different) != (wanted, wanted):
        raise Failed(f"{wanted} records went in, {came} came out, {different} different ones")


def peers() -> Iterator[Peer]:
    """All of them, the guarantee as each has it in the form that is measured."""
    yield Peer("quixstreams", "at least once")
    yield Peer("bytewax", "none kept over a restart (no recovery store)")
    yield Peer("faststream", "at most once (acknowledges first, its default)")
    yield Peer("faust", "at least once")
    yield Peer("pathway", "none kept over a restart (no persistence)")
