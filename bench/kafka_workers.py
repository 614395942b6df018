"""Processes that are measured: started, weighed from outside, frozen, ended. Their CPU is theirs alone."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from bench.kafka_topics import dies_with_us

TICKS = os.sysconf("SC_CLK_TCK")
STOP_SECONDS = 10.0


class Workers:
    """The processes of one run."""

    def __init__(self, processes: Sequence[subprocess.Popen[bytes]], logs: Sequence[Path]) -> None:
        self._processes = processes
        self._logs = logs
        self.pids = [process.pid for process in processes]

    def cpu(self) -> float:
        """Seconds of user and system time, of the processes and what they started."""
        return sum(_cpu(pid) for pid in self._tree())

    def resident(self) -> float:
        """MiB of memory that is not shared with the page cache's files alone: what `ps` calls RSS."""
        return sum(_resident(pid) for pid in self._tree())

    def gone(self) -> bool:
        return any(process.poll() is not None for process in self._processes)

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def end(self) -> None:
        """Ask, then insist."""
        self.thaw()
        self._signal(signal.SIGTERM)
        until = time.monotonic() + STOP_SECONDS
        for process in self._processes:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(until - time.monotonic(), 0.1))
        self._signal(signal.SIGKILL)
        for process in self._processes:
            process.wait(STOP_SECONDS)

    def said(self) -> str:
        """The last lines of what they wrote."""
        return "\n".join(log.read_text("utf-8", "replace")[-1_500:] for log in self._logs if log.exists())

    def _signal(self, number: signal.Signals) -> None:
        for process in self._processes:
            # Each leads a group of its own, which holds whatever it started.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)

    def _tree(self) -> list[int]:
        found, at = list(self.pids), 0
        while at < len(found):
            found += _children(found[at])
            at += 1
        return found


@contextmanager
def running(commands: Sequence[Sequence[str]], environment: Mapping[str, str], folder: Path) -> Iterator[Workers]:
    """Start them in a folder where they may leave what they like; they are gone afterwards, whatever happens."""
    processes: list[subprocess.Popen[bytes]] = []
    logs = [folder / f"worker-{number}.log" for number in range(len(commands))]
    whole = {**os.environ, **environment}
    workers = Workers(processes, logs)
    try:
        for command, path in zip(commands, logs, strict=True):
            with path.open("wb") as log:
                processes.append(
                    subprocess.Popen(  # noqa: S603 - words of our own
                        [*dies_with_us(), *command], cwd=folder, env=whole, stdin=subprocess.DEVNULL, stdout=log,
                        stderr=log, start_new_session=True,
                    )
                )  # fmt: skip
        workers.pids = [process.pid for process in processes]
        yield workers
    finally:
        workers.end()


def _cpu(pid: int) -> float:
    with suppress(OSError):
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        return sum(map(int, fields[11:15])) / TICKS  # its own, and that of children that have ended
    return 0.0


def _resident(pid: int) -> float:
    with suppress(OSError, IndexError):
        return int(Path(f"/proc/{pid}/statm").read_text("utf-8").split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    return 0.0


def _children(pid: int) -> list[int]:
    with suppress(OSError):
        tasks = Path(f"/proc/{pid}/task").iterdir()
        return [int(child) for task in tasks for child in (task / "children").read_text("utf-8").split()]
    return []
