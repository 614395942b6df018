"""What can be wrong with a worker, put in by hand: checks are worth something only if they see it."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from typing import Any

from store import outbox
from streams import looking
from streams.lastlook import GO

#: So long a partition may stand still in the short form.
SHORT_SECONDS = 15.0
#: So long lies between the position and what it is the position of: a worker is killed in between.
SLOW_SECONDS = 0.4
#: For so many looks at the log an event is held back.
LOOKS = 10


def put_in(runtime: Any, flaw: str) -> None:
    """Before it starts."""
    FLAWS[flaw](runtime)


def _forgets(runtime: Any) -> None:
    """The position of a link moves as events are published, not as their decisions are kept, which takes a while."""
    for relay in runtime.relays.values():
        relay.prefix = lambda _kept, _lease, relay=relay: relay._published or 0
    for keep in runtime._keeps.values():
        keep.rows = _slow(keep.rows)


def _slow(rows: Callable[..., Any]) -> Callable[..., Any]:
    async def slowly(*asked: Any) -> Any:
        kept = await rows([], *asked[1:])  # the position, ahead of what it says
        await asyncio.sleep(SLOW_SECONDS)
        await rows(*asked)
        return kept

    return slowly


def _renames(_: Any) -> None:
    """A command goes under another key in each process: what was in doubt is done again."""
    due = outbox.due

    def renamed(*asked: Any) -> list[outbox.Due]:
        return [one._replace(once=f"{one.once}-{os.getpid()}") for one in due(*asked)]

    outbox.due = renamed  # type: ignore[assignment]


def _overtakes(runtime: Any) -> None:
    """A record's later event goes first; and nobody looks, neither at the keeping nor at the delivery."""
    for relay in runtime.relays.values():
        relay._read = _late(relay._read)
        relay.expected = lambda told, _lease: list(range(len(told)))
    vars(looking)["look"] = lambda _pending, _facts: GO


def _late(read: Callable[..., Any]) -> Callable[..., Any]:
    """Of each stretch, one event is held back for a while."""
    held: list[Any] = []
    looks = 0

    def reads(after: int | None, ceiling: int, most: int) -> Any:
        nonlocal looks
        stretch, looks = read(after, ceiling, most), looks + 1
        events = list(stretch.events)
        if held and looks > LOOKS:
            events.append(held.pop())
        elif not held and len(events) > 1:
            looks = 0
            held.append(events.pop(0))
        return stretch._replace(events=events)

    return reads


def _hangs(runtime: Any) -> None:
    """From SIGUSR1 on, its carrier waits for something that never comes, as in a call that does not return.

    In the short form nobody waits for it as long as in production.
    """
    hung, ruling = threading.Event(), runtime.ruling

    def waits(tenant: str, link: str) -> Any:
        if hung.is_set():
            threading.Event().wait()
        return ruling(tenant, link)

    def hang(*_: object) -> None:
        hung.set()
        if os.environ.get("ECLUSE_CRASH", "short") == "short":
            runtime.pulse.positions.limit = SHORT_SECONDS

    runtime.ruling = waits
    signal.signal(signal.SIGUSR1, hang)


FLAWS: dict[str, Callable[[Any], None]] = {
    "forgets": _forgets,
    "renames": _renames,
    "overtakes": _overtakes,
    "hangs": _hangs,
}
