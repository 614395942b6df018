"""The instant at which a worker took up its first record: from there on its time counts, and not its start-up."""

import os
import time
from pathlib import Path
from typing import NamedTuple


class Mark(NamedTuple):
    """By the machine's monotonic clock, which all processes share; CPU seconds spent before."""

    at: float
    cpu: float


def mark() -> None:
    """Write it down where BENCH_MARK says, once a process."""
    path = Path(f"{os.environ['BENCH_MARK']}.{os.getpid()}")
    part = Path(f"{path}.part")
    part.write_text(f"{time.monotonic()} {time.process_time()}", "utf-8")
    part.rename(path)


def marks(prefix: Path) -> dict[int, Mark]:
    """Those that were written, by process."""
    found = {}
    for path in prefix.parent.glob(f"{prefix.name}.*"):
        if path.suffix[1:].isdigit():
            at, cpu = map(float, path.read_text("utf-8").split())
            found[int(path.suffix[1:])] = Mark(at, cpu)
    return found
