"""One life of the service: what `ecluse run` does, by the same parts, told from outside how long a lease lasts."""

import asyncio
import os
import signal
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from ecluse import logs, service
from ecluse.broker import broker_of
from ecluse.settings import Intervals
from ecluse.starting import settle
from ecluse.wiring import database_of, works
from streams.link import Incident, Pace, Word
from tests.crash import flaws
from tests.crash.ground import Ground

#: From when it works.
REHEARSAL_SECONDS = 1.0
POLL = Intervals(poll=timedelta(milliseconds=50), stop=timedelta(seconds=25))
#: Of many links.
CALMER = Intervals(poll=timedelta(milliseconds=200), stop=timedelta(seconds=25))

Tell = Callable[[dict[str, Any]], None]


class Terms(NamedTuple):
    """How a life begins."""

    #: Whether the leases and waits of the one before are over: as if it had died long ago.
    aged: bool = True
    lease_seconds: int = 30
    renew_seconds: float = 10.0
    #: Its name among the workers at a broker; empty: a service without one.
    worker: str = ""
    #: What is wrong with it, by its name in `flaws`.
    flaw: str = ""


LONG_AFTER = Terms()


def rehearse(ground: Ground) -> None:
    """A first life in this very process, ended in good order: a life that is forked later has nothing left to import.

    It leaves no thread, no loop and no open database behind.
    """
    alarm = threading.Timer(REHEARSAL_SECONDS, os.kill, (os.getpid(), signal.SIGTERM))

    def tell(said: dict[str, Any]) -> None:
        if said["is"] == "working":
            alarm.start()

    live(ground, LONG_AFTER, tell)
    alarm.join()


def live(ground: Ground, terms: Terms, tell: Tell) -> int:
    """Serve until told to stop; the exit code of `ecluse run`."""
    with (ground.place / "service.log").open("a", encoding="utf-8", buffering=1) as log:
        logs.start(log)
        with service.listening(ground.state.settings.listen) as door:
            tell({"is": "open", "port": door.getsockname()[1]})
            return 0 if _served(ground, terms, tell, door) else 1


def _served(ground: Ground, terms: Terms, tell: Tell, door: Any) -> bool:
    state = ground.hurried(CALMER if len(ground.links) > 1 else POLL)
    broker = replace(broker_of(state), worker=terms.worker) if terms.worker else None
    database = database_of(state)
    try:
        database.migrate()
        left = database.writer.write_now(_age if terms.aged else _in_doubt)
        for policy, source in ground.links:
            settle(policy, source, database, ground.people, state.settings, register_first=broker is not None)

        def report(incident: Incident) -> None:
            service.report(incident)
            tell({"is": "says", "word": incident.word.value, "where": incident.where})
            if incident.word is Word.LEASE_TAKEN:
                tell({"is": "working", "in_doubt": left})

        pace = Pace(
            lease_seconds=terms.lease_seconds, renew_seconds=terms.renew_seconds, idle_seconds=0.2, echo_seconds=0.1,
            disk_floor_bytes=0,
        )  # fmt: skip
        policies = [policy for policy, _ in ground.links]

        async def serve() -> bool:
            built = works(policies, database, state, pace=pace, report=report, broker=broker)
            if terms.flaw:
                flaws.put_in(built.runtime, terms.flaw)
            return await service.serve(built, door)

        return asyncio.run(serve())
    finally:
        database.close()


def _age(conn: Connection) -> int:
    """So much time has passed that no lease and no wait of the life before counts any more."""
    conn.execute(text("UPDATE leases SET expires_at = 0"))
    conn.execute(text("UPDATE outbox SET not_before = 0"))
    return _in_doubt(conn)


def _in_doubt(conn: Connection) -> int:
    """How many requests the life before had sent without knowing what became of them."""
    return int(conn.execute(text("SELECT count(*) FROM outbox WHERE state = 'started'")).scalar_one())
