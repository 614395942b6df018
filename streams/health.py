"""What liveness and readiness say, and why.

Liveness answers one question: would a restart help? So it looks at the loop and at streams that
stand still although they have work, and never at the systems on either side. Pure: the clock is
an argument.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

LOOP_SECONDS = 5.0
STALL_SECONDS = 120.0


class Flaw(StrEnum):
    """What is wrong, in a word."""

    LOOP_BLOCKED = "loop_blocked"
    STREAM_STALLED = "stream_stalled"
    NOT_STARTED = "not_started"
    STOPPING = "stopping"
    DATABASE_UNWRITABLE = "database_unwritable"
    SCHEMA_NOT_AT_HEAD = "schema_not_at_head"
    DISK_FULL = "disk_full"


class Health(NamedTuple):
    """An answer of a health page."""

    ok: bool
    flaws: tuple[tuple[Flaw, str], ...] = ()

    def as_dict(self) -> dict[str, object]:
        """What the page shows: words, and names of streams."""
        return {"ok": self.ok, "flaws": [{"flaw": flaw.value, "where": where} for flaw, where in self.flaws]}


@dataclass
class Progress:
    """Whether a stream moves: it is fine while it advances, or has nothing to do."""

    moved_at: float
    busy: bool = False

    def advanced(self, now: float) -> None:
        """It did some work."""
        self.moved_at = now

    def idle(self, now: float) -> None:
        """It looked, and there was nothing to do."""
        self.busy = False
        self.moved_at = now

    def has_work(self, now: float) -> None:
        """There is something to do: from now on the clock counts."""
        if not self.busy:
            self.busy = True
            self.moved_at = now


@dataclass
class Pulse:
    """The signs of life of one runtime."""

    turned_at: float
    started: bool = False
    stopping: bool = False
    streams: dict[str, Progress] = field(default_factory=dict)

    def stream(self, name: str, now: float) -> Progress:
        """The progress of a stream, made at first sight."""
        return self.streams.setdefault(name, Progress(now))

    def live(self, now: float) -> Health:
        """Whether a restart would help."""
        flaws: list[tuple[Flaw, str]] = []
        if now - self.turned_at > LOOP_SECONDS:
            flaws.append((Flaw.LOOP_BLOCKED, ""))
        flaws += [
            (Flaw.STREAM_STALLED, name)
            for name, progress in sorted(self.streams.items())
            if progress.busy and now - progress.moved_at > STALL_SECONDS
        ]
        return Health(not flaws, tuple(flaws))

    def ready(self, *, writable: bool, at_head: bool, disk_ok: bool) -> Health:
        """Whether requests may come here. A target that is down does not matter: what arrives is kept."""
        checks = (
            (not self.started, Flaw.NOT_STARTED),
            (self.stopping, Flaw.STOPPING),
            (not at_head, Flaw.SCHEMA_NOT_AT_HEAD),
            (not writable, Flaw.DATABASE_UNWRITABLE),
            (not disk_ok, Flaw.DISK_FULL),
        )
        flaws = tuple((flaw, "") for wrong, flaw in checks if wrong)
        return Health(not flaws, flaws)
