"""What can be wrong with a worker, put in by hand: checks are worth something only if they see it."""

from collections.abc import Callable
from typing import Any

FLAWS: dict[str, Callable[[Any], None]] = {}


def put_in(runtime: Any, flaw: str) -> None:
    """Before it starts."""
    FLAWS[flaw](runtime)
