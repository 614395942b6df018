"""Reads the figures that no counter can tell: balances, oldest ages, what waits; each from one snapshot."""

import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection

from mapping.words import CommandKind, Side
from store import conservation, glances, outbox, proposals, quarantine
from store.database import Database
from store.keys import Keyring
from streams.link import LinkRuntime
from streams.metrics import AppointmentState, Metrics, RecallState, State, Waiting

MOST = 10_000
MICROSECONDS = 1e6


class Observer:
    """Call `look` now and then, in a thread."""

    def __init__(self, database: Database, links: Sequence[LinkRuntime], metrics: Metrics, folder: Path | None) -> None:
        self._database = database
        self._links = links
        self._metrics = metrics
        self._folder = folder

    def look(self, now: float) -> None:
        """Set all gauges. `now` is Unix seconds."""
        states: Counter[tuple[Side, State]] = Counter()
        imbalance: Counter[Side] = Counter()
        oldest: dict[tuple[Side, Waiting], int] = {}
        with self._database.read() as conn:
            for link in self._links:
                for side in Side:
                    found = conservation.balance(conn, link.tenant, link.name, side)
                    states.update({(side, state): getattr(found, state.value) for state in State})
                    imbalance[side] += found.imbalance
                    self._oldest(conn, link, side, oldest)
            self._waiting(conn, self._database.keys, oldest, now)
            self._recalls(conn, now)
        for side in Side:
            self._metrics.imbalance[side].set(imbalance[side])
            for state in State:
                self._metrics.ledger[side, state].set(states[side, state])
            for waiting in Waiting:
                since = oldest.get((side, waiting))
                self._metrics.oldest[side, waiting].set(_age(since, now))
        self._disk()

    def free_bytes(self) -> int | None:
        """What is free where the database is; None where it is elsewhere."""
        return shutil.disk_usage(self._folder).free if self._folder is not None else None

    def _oldest(self, conn: Connection, link: LinkRuntime, side: Side, oldest: dict[tuple[Side, Waiting], int]) -> None:
        at = (conn, link.tenant, link.name, side)
        undecided = glances.undecided(*at).oldest
        for since in (undecided, outbox.backlog(*at).oldest):
            if since is not None:
                key = (side, Waiting.IN_FLIGHT)
                oldest[key] = min(since, oldest.get(key, since))

    def _waiting(self, conn: Connection, keys: Keyring, oldest: dict[tuple[Side, Waiting], int], now: float) -> None:
        parked_count, parked_since = 0, None
        states: Counter[AppointmentState] = Counter()
        since: dict[AppointmentState, int] = {}
        for link in self._links:
            for one in quarantine.listing(conn, link.tenant, link.name, limit=MOST):
                parked_count += 1
                parked_since = min(one.parked_at, parked_since or one.parked_at)
                key = (one.side, Waiting.QUARANTINED)
                oldest[key] = min(one.parked_at, oldest.get(key, one.parked_at))
            for state in AppointmentState:
                found = proposals.listing(
                    conn, keys, link.tenant, link.name, state=proposals.ProposalState(state.value), limit=MOST
                )
                states[state] += len(found)
                if found:
                    first = min(one.created_at for one in found)
                    since[state] = min(first, since.get(state, first))
        if AppointmentState.PROPOSED in since:
            oldest[Side.DIALER, Waiting.HELD] = since[AppointmentState.PROPOSED]
        self._metrics.quarantine.set(parked_count)
        self._metrics.quarantine_oldest.set(_age(parked_since, now))
        for state in AppointmentState:
            self._metrics.appointments[state].set(states[state])
            self._metrics.appointment_oldest[state].set(_age(since.get(state), now))

    def _recalls(self, conn: Connection, now: float) -> None:
        kind = CommandKind.RECALL_PROSPECT
        heaps = [glances.of_kind(conn, link.tenant, link.name, Side.CRM, kind) for link in self._links]
        self._metrics.recalls[RecallState.PENDING].set(sum(heap.size for heap in heaps))
        oldest = min((heap.oldest for heap in heaps if heap.oldest is not None), default=None)
        self._metrics.recall_oldest[RecallState.PENDING].set(_age(oldest, now))

    def _disk(self) -> None:
        if self._folder is None:
            return
        usage = shutil.disk_usage(self._folder)
        self._metrics.disk_free.set(usage.free)
        self._metrics.disk_size.set(usage.total)
        self._metrics.wal_bytes.set(sum(path.stat().st_size for path in self._folder.glob("*-wal")))


def _age(since: int | None, now: float) -> float:
    return max(0.0, now - since / MICROSECONDS) if since is not None else 0.0
