"""Reads the figures that no counter can tell: balances, oldest ages, what waits; each from one snapshot."""

import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Connection

from mapping.words import CommandKind, Side
from store import conservation, glances, outbox, proposals, quarantine
from store.database import Database
from store.proposals import ProposalKind, ProposalState
from streams.link import LinkRuntime
from streams.metrics import AppointmentState, Metrics, RecallState, State, Waiting

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
            self._waiting(conn, oldest, now)
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
                _older(oldest, (side, Waiting.IN_FLIGHT), since)

    def _waiting(self, conn: Connection, oldest: dict[tuple[Side, Waiting], int], now: float) -> None:
        parked, parked_since = 0, None
        states: Counter[AppointmentState] = Counter()
        since: dict[AppointmentState, int] = {}
        for link in self._links:
            for side, (count, first) in quarantine.census(conn, link.tenant, link.name).items():
                parked += count
                parked_since = min(first, parked_since or first)
                _older(oldest, (side, Waiting.QUARANTINED), first)
            for (kind, state), (count, first) in proposals.census(conn, link.tenant, link.name).items():
                if state is ProposalState.PROPOSED:
                    _older(oldest, (Side.DIALER, Waiting.HELD), first)
                if kind is ProposalKind.APPOINTMENT:
                    shown = AppointmentState(state.value)
                    states[shown] += count
                    since[shown] = min(first, since.get(shown, first))
        self._metrics.quarantine.set(parked)
        self._metrics.quarantine_oldest.set(_age(parked_since, now))
        for shown in AppointmentState:
            self._metrics.appointments[shown].set(states[shown])
            self._metrics.appointment_oldest[shown].set(_age(since.get(shown), now))

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


def _older(oldest: dict[tuple[Side, Waiting], int], key: tuple[Side, Waiting], since: int) -> None:
    oldest[key] = min(since, oldest.get(key, since))


def _age(since: int | None, now: float) -> float:
    return max(0.0, now - since / MICROSECONDS) if since is not None else 0.0
