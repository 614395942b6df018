"""Edges that failed, sorted by what happens next.

    Fault
    ├── Transient      ask again after `retry_after` seconds; nobody is woken
    ├── Misconfigured  stop this connection and tell our operator: a key, a right or an address is wrong
    └── Malformed      the other side answered something we cannot read: hold the cursor, tell a human

A fault carries a code and field names, never a value: it is raised `from None`, because the
errors of the libraries below quote addresses, parameters and input.
"""


class Fault(Exception):
    """An edge that failed. `code` is stable snake_case; `fields` are names, never values."""

    def __init__(self, code: str, *, fields: tuple[str, ...] = ()) -> None:
        self.code = code
        self.fields = fields
        super().__init__(code if not fields else f"{code}: {', '.join(fields)}")


class Transient(Fault):
    """Try again, not before `retry_after` seconds (0 = as the schedule says).

    `in_doubt` is true where the request may have been applied although no answer was seen:
    the runtime then asks the target before it sends again.
    """

    def __init__(self, code: str, *, retry_after: float = 0.0, in_doubt: bool = False) -> None:
        super().__init__(code)
        self.retry_after = retry_after
        self.in_doubt = in_doubt


class Misconfigured(Fault):
    """A key, a right or an address is wrong: no retry will mend it."""


class Malformed(Fault):
    """The other side's answer has not the shape its contract promises."""
