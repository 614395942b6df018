"""A sick target is left alone: the state machine of one connection's breaker.

    cold ──first success──▶ closed ──half of ≥ 20 calls in 60 s failed──▶ open
      │                       ▲                                          │ 30 s
      └──failure──▶ open      └──────────── success ── one probe ◀───────┘
    any ──Misconfigured──▶ needs login ──an access check passes──▶ cold

Pure: the clock (seconds that only grow) is an argument. A breaker starts cold, with one call, so
that a service that restarts in a circle does not storm a target that is down.
"""

from dataclasses import dataclass, field
from enum import StrEnum

WINDOW_SECONDS = 60
LEAST_CALLS = 20
OPENS_AT = 0.5
PROBE_SECONDS = 30.0
#: More than any deliverer starts at once: no bound from the breaker.
UNBOUND = 1 << 30


class BreakerState(StrEnum):
    """What a connection may be asked just now."""

    COLD = "cold"
    CLOSED = "closed"
    OPEN = "open"
    NEEDS_LOGIN = "needs_login"


@dataclass
class Breaker:
    """One connection's breaker."""

    state: BreakerState = BreakerState.COLD
    #: When the last probe left, or the breaker opened.
    since: float = float("-inf")
    #: When it closed after having been open: from then on the limit ramps up.
    recovered_at: float | None = None
    _calls: dict[int, list[int]] = field(default_factory=dict)

    def allows(self, now: float) -> int:
        """How many calls may start now."""
        if self.state is BreakerState.CLOSED:
            return UNBOUND
        if self.state is BreakerState.NEEDS_LOGIN:
            return 0
        return 1 if now - self.since >= PROBE_SECONDS else 0

    def next_probe(self, now: float) -> float:
        """Seconds until a call may start; 0 when one may start now."""
        if self.state is BreakerState.CLOSED:
            return 0.0
        if self.state is BreakerState.NEEDS_LOGIN:
            return PROBE_SECONDS
        return max(0.0, self.since + PROBE_SECONDS - now)

    def started(self, now: float) -> None:
        """A call left. Unless closed it is a probe, and no other leaves before it is answered or given up."""
        if self.state is not BreakerState.CLOSED:
            self.since = now

    def succeeded(self, now: float) -> None:
        """The target answered, be it with a refusal."""
        if self.state is BreakerState.NEEDS_LOGIN:
            return
        if self.state is BreakerState.OPEN:
            self.recovered_at = now
        if self.state is not BreakerState.CLOSED:
            self.state = BreakerState.CLOSED
            self._calls.clear()
        self._count(now, failed=0)

    def failed(self, now: float) -> None:
        """The target did not answer, or said that it could not."""
        if self.state is BreakerState.NEEDS_LOGIN:
            return
        if self.state is not BreakerState.CLOSED:
            self._open(now)
            return
        self._count(now, failed=1)
        calls = sum(bucket[0] for bucket in self._calls.values())
        failures = sum(bucket[1] for bucket in self._calls.values())
        if calls >= LEAST_CALLS and failures >= calls * OPENS_AT:
            self._open(now)

    def misconfigured(self) -> None:
        """A key or a right is wrong: no call until somebody mended it."""
        self.state = BreakerState.NEEDS_LOGIN

    def access_passed(self) -> None:
        """An access check passed: start again with one call."""
        if self.state is BreakerState.NEEDS_LOGIN:
            self.state = BreakerState.COLD
            self.since = float("-inf")
            self._calls.clear()

    def _open(self, now: float) -> None:
        self.state = BreakerState.OPEN
        self.since = now
        self._calls.clear()

    def _count(self, now: float, *, failed: int) -> None:
        second = int(now)
        bucket = self._calls.setdefault(second, [0, 0])
        bucket[0] += 1
        bucket[1] += failed
        for old in [key for key in self._calls if key <= second - WINDOW_SECONDS]:
            del self._calls[old]
