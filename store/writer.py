"""One thread writes, in groups: a unit of work is acknowledged once the COMMIT of its group is durable."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, Engine

T = TypeVar("T")


class Writer:
    """The only way to write. A unit may be run again from its start (never after its COMMIT), so it touches nothing but its connection.

    A unit that raises is rolled back alone and its exception comes back to its caller. Cancelling
    the caller does not undo a unit. Called from inside a unit, `write_now` runs in that same unit.
    """

    def __init__(self, engine: Engine) -> None:
        raise NotImplementedError

    async def write(self, work: Callable[[Connection], T]) -> T:
        """Run `work` in the next group; return once it is on disk."""
        raise NotImplementedError

    def write_now(self, work: Callable[[Connection], T]) -> T:
        """The same for callers without an event loop; blocks."""
        raise NotImplementedError

    def close(self) -> None:
        """Finish what was accepted, then stop. Later calls raise Closed."""
        raise NotImplementedError
