"""One connection, as all links that use it see it: its limit, its breaker, what is in flight, what was asked."""

from dataclasses import dataclass, field

from connectors.faults import Fault, Malformed, Misconfigured, Transient
from streams.breaker import Breaker, BreakerState
from streams.limiter import Limiter, RetryBudget
from streams.metrics import AnswerClass, Metrics, Operation

#: What the code of a fault says of the request, by what the code contains.
_CLASSES = (
    ("429", AnswerClass.THROTTLED),
    ("throttl", AnswerClass.THROTTLED),
    ("rate", AnswerClass.THROTTLED),
    ("timeout", AnswerClass.TIMEOUT),
    ("timed_out", AnswerClass.TIMEOUT),
    ("redirect", AnswerClass.REDIRECT),
    ("network", AnswerClass.NETWORK),
    ("connect", AnswerClass.NETWORK),
    ("http_4", AnswerClass.CLIENT),
)


def class_of(fault: Fault) -> AnswerClass:
    """How a request that ended in a fault is counted."""
    for part, found in _CLASSES:
        if part in fault.code:
            return found
    if isinstance(fault, Misconfigured):
        return AnswerClass.CLIENT
    return AnswerClass.OK if isinstance(fault, Malformed) else AnswerClass.SERVER


@dataclass
class Connection:
    """One connection. Times are seconds that only grow."""

    name: str
    limiter: Limiter
    concurrency: int
    metrics: Metrics
    breaker: Breaker = field(default_factory=Breaker)
    budget: RetryBudget = field(default_factory=RetryBudget)
    in_flight: int = 0

    def room(self, now: float) -> int:
        """How many requests may start now."""
        if self.limiter.wait(now) > 0.0:
            return 0
        return max(0, min(self.concurrency - self.in_flight, self.breaker.allows(now)))

    def wait(self, now: float) -> float:
        """Seconds until there may be room again, as far as the clock decides."""
        return max(self.limiter.wait(now), self.breaker.next_probe(now))

    def take(self, now: float, *, first: int, retries: int) -> tuple[int, int]:
        """Take room for requests; how many first attempts and how many retries may start."""
        room = self.room(now)
        allowed_retries = self.budget.spend(now, min(retries, room)) if retries else 0
        granted = self.limiter.take(now, min(room, first + allowed_retries))
        given = min(allowed_retries, granted)
        self.budget.first_attempts(granted - given)
        for _ in range(granted):
            self.breaker.started(now)
        self.in_flight += granted
        return granted - given, given

    def answered(self, now: float, operation: Operation, seconds: float) -> bool:
        """A request ended with an answer, be it a refusal; whether that ends an outage."""
        before = self.breaker.recovered_at
        self.breaker.succeeded(now)
        back = self.breaker.recovered_at != before
        if back:
            self.limiter.recovered(now)
        self._count(operation, AnswerClass.OK, seconds)
        return back

    def failed(self, now: float, operation: Operation, seconds: float, fault: Fault) -> bool:
        """A request ended without one; whether the connection is left alone from now on."""
        before = self.breaker.state
        if isinstance(fault, Misconfigured):
            self.breaker.misconfigured()
        elif isinstance(fault, Transient) and fault.retry_after > 0.0:
            # It asked for peace, so it is there: the limiter obeys, the breaker has nothing to add.
            self.limiter.pause(now, fault.retry_after)
            self.breaker.succeeded(now)
        else:
            self.breaker.failed(now)
        self._count(operation, class_of(fault), seconds)
        return self.breaker.state is not before and self.breaker.state in (BreakerState.OPEN, BreakerState.NEEDS_LOGIN)

    def released(self) -> None:
        """A request that had taken room is over."""
        self.in_flight -= 1

    def access_passed(self) -> None:
        """Somebody mended the key or the right."""
        self.breaker.access_passed()
        self._show()

    def _count(self, operation: Operation, how: AnswerClass, seconds: float) -> None:
        self.metrics.requests.of(self.name, operation, how).inc()
        self.metrics.request_seconds.of(self.name).observe(seconds)
        self._show()

    def _show(self) -> None:
        closed = self.breaker.state in (BreakerState.CLOSED, BreakerState.COLD)
        self.metrics.breaker_open.of(self.name).set(0 if closed else 1)
