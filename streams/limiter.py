"""How fast a connection is asked, and how much of that may be repetition.

Pure: the clock (seconds that only grow) is an argument.
"""

from dataclasses import dataclass, field

from streams.schedule import polite

RAMP_SECONDS = 60.0
RETRY_SHARE = 0.2
#: Retries that are free each second, so that a quiet connection still retries.
RETRY_FLOOR_PER_SECOND = 1.0
RETRY_SAVINGS = 20.0


@dataclass
class Limiter:
    """A token bucket: `rate` requests a second, never more than a second's worth at once."""

    rate: float
    _tokens: float = field(default=1.0)
    _at: float | None = None
    _paused_until: float = float("-inf")
    _ramp_from: float | None = None

    def take(self, now: float, wanted: int) -> int:
        """Take up to `wanted` tokens; says how many there were."""
        self._fill(now)
        if now < self._paused_until or self._tokens < 1.0:
            return 0
        taken = min(wanted, int(self._tokens))
        self._tokens -= taken
        return taken

    def give_back(self, tokens: int) -> None:
        """Return tokens that were taken and not used."""
        self._tokens += tokens

    def wait(self, now: float) -> float:
        """Seconds until there is a token; 0 when there is one."""
        self._fill(now)
        missing = max(0.0, 1.0 - self._tokens) / self.allowed(now)
        return max(missing, self._paused_until - now, 0.0)

    def pause(self, now: float, retry_after: float) -> None:
        """The target asked for peace: nothing leaves for so long, and what was saved up is gone."""
        self._paused_until = max(self._paused_until, now + polite(retry_after))
        self._tokens = 0.0
        self._at = max(now, self._paused_until)

    def recovered(self, now: float) -> None:
        """The target came back: from one request a second to the limit, over a minute."""
        self._ramp_from = now
        self._tokens = min(self._tokens, 1.0)

    def allowed(self, now: float) -> float:
        """Requests a second that are allowed now."""
        if self._ramp_from is None:
            return self.rate
        done = (now - self._ramp_from) / RAMP_SECONDS
        if done >= 1.0:
            self._ramp_from = None
            return self.rate
        slow = min(1.0, self.rate)
        return slow + (self.rate - slow) * max(done, 0.0)

    def _fill(self, now: float) -> None:
        allowed = self.allowed(now)
        most = max(1.0, allowed)
        if self._at is None:
            self._tokens = most
        elif now > self._at:
            self._tokens = min(most, self._tokens + (now - self._at) * allowed)
        self._at = now if self._at is None else max(self._at, now)


@dataclass
class RetryBudget:
    """Retries may be a fifth of the requests: an outage must not double the load that caused it."""

    _saved: float = RETRY_SAVINGS
    _at: float | None = None

    def first_attempts(self, count: int) -> None:
        """Requests that were no retry: each earns a fifth of one."""
        self._saved = min(RETRY_SAVINGS, self._saved + count * RETRY_SHARE)

    def spend(self, now: float, wanted: int) -> int:
        """Take up to `wanted` retries; says how many there were."""
        if self._at is not None and now > self._at:
            self._saved = min(RETRY_SAVINGS, self._saved + (now - self._at) * RETRY_FLOOR_PER_SECOND)
        self._at = now
        taken = min(wanted, int(self._saved))
        self._saved -= taken
        return taken
