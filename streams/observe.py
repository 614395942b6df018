"""Reads the figures that no counter can tell: balances, oldest ages, what waits; all of it from one snapshot."""

import shutil
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from sqlalchemy import Connection

from mapping.words import Side
from store import census, conservation
from store.conservation import Balance, Place
from store.database import Database
from store.errors import StoreError
from store.glances import Heap
from store.proposals import ProposalKind, ProposalState
from streams.link import LinkRuntime
from streams.metrics import AppointmentState, Due, Metrics, RecallState, State, TenantClass, Waiting

MICROSECONDS = 1e6
#: A deadline is near when so much time is left.
SOON_SECONDS = 4 * 3_600.0


class Observer:
    """Call `look` now and then, in a thread. `links` may be set anew at any time: those this process answers for.

    `share`: how many events of one link may be in the log at once; what has more waiting than that is
    counted apart. Without a log there is no share, and nobody is over it.
    """

    def __init__(
        self,
        database: Database,
        links: Sequence[LinkRuntime],
        metrics: Metrics,
        folder: Path | None,
        *,
        floor: int = 0,
        share: int | None = None,
    ) -> None:
        self._database = database
        self.links = links
        self.share = share
        self._metrics = metrics
        self._folder = folder
        metrics.disk_floor.set(floor)

    def look(self, now: float) -> None:
        """Set all gauges. `now` is Unix seconds. Raises StoreError, which is itself a figure."""
        links = {(link.tenant, link.name): link for link in self.links}
        try:
            with self._database.read() as conn:
                _Snapshot(conn, links, self._metrics, now).show(self.share)
        except StoreError:
            self._metrics.database_up.set(0)
            raise
        finally:
            self._disk()
        self._metrics.database_up.set(1)
        self._metrics.observed.set(now)

    def free_bytes(self) -> int | None:
        """What is free where the database is; None where it is elsewhere."""
        return shutil.disk_usage(self._folder).free if self._folder is not None else None

    def _disk(self) -> None:
        if self._folder is None:
            return
        usage = shutil.disk_usage(self._folder)
        self._metrics.disk_free.set(usage.free)
        self._metrics.disk_size.set(usage.total)
        self._metrics.wal_bytes.set(sum(path.stat().st_size for path in self._folder.glob("*-wal")))


class _Snapshot:
    """One look: everything is read by tenant, in one transaction, and what belongs to other workers is passed over."""

    def __init__(
        self, conn: Connection, links: Mapping[tuple[str, str], LinkRuntime], metrics: Metrics, now: float
    ) -> None:
        self._conn = conn
        self._links = links
        self._tenants = sorted({tenant for tenant, _ in links})
        self._metrics = metrics
        self._now = now
        self._oldest: dict[tuple[Side, Waiting], int] = {}

    def show(self, share: int | None) -> None:
        balances = {
            place: balance
            for place, balance in conservation.balances(self._conn, self._tenants).items()
            if place[:2] in self._links
        }
        self._balances(balances)
        self._backlog(balances, share)
        self._parked()
        self._proposals()
        self._recalls()
        for side in Side:
            for waiting in Waiting:
                self._metrics.oldest[side, waiting].set(self._age(self._oldest.get((side, waiting))))

    def _balances(self, balances: Mapping[Place, Balance]) -> None:
        for side in Side:
            mine = [balance for place, balance in balances.items() if place[2] is side]
            # Two links that are out of balance by as much, either way, are not in balance.
            off = [balance.imbalance for balance in mine if balance.imbalance]
            self._metrics.imbalance[side].set(sum(off) or (abs(off[0]) if off else 0))
            for state in State:
                self._metrics.ledger[side, state].set(sum(getattr(balance, state.value) for balance in mine))

    def _backlog(self, balances: Mapping[Place, Balance], share: int | None) -> None:
        size: Counter[TenantClass] = Counter()
        since: dict[TenantClass, int] = {}
        for place, heap in census.undecided(self._conn, self._tenants, balances).items():
            if place[:2] not in self._links:
                continue
            over = share is not None and heap.size > share
            kind = TenantClass.OVER_SHARE if over else TenantClass.WITHIN_SHARE
            size[kind] += heap.size
            if heap.oldest is not None:
                since[kind] = min(heap.oldest, since.get(kind, heap.oldest))
                self._older(place[2], Waiting.IN_FLIGHT, heap.oldest)
        for place, oldest in census.outgoing(self._conn, self._tenants).items():
            if place[:2] in self._links:
                self._older(place[2], Waiting.IN_FLIGHT, oldest)
        for kind in TenantClass:
            self._metrics.backlog[kind].set(size[kind])
            self._metrics.backlog_oldest[kind].set(self._age(since.get(kind)))

    def _parked(self) -> None:
        found = [
            (place[2], heap)
            for place, heap in census.parked(self._conn, self._tenants).items()
            if place[:2] in self._links
        ]
        for side, heap in found:
            self._older(side, Waiting.QUARANTINED, heap.oldest)
        self._metrics.quarantine.set(sum(heap.size for _, heap in found))
        self._metrics.quarantine_oldest.set(self._age(_first(heap for _, heap in found)))

    def _proposals(self) -> None:
        found = [
            one
            for one in census.proposals(self._conn, self._tenants, SOON_SECONDS)
            if (one.tenant, one.link) in self._links
        ]
        for one in found:
            if one.state is ProposalState.PROPOSED:
                self._older(Side.DIALER, Waiting.HELD, one.heap.oldest)
        booked = [one for one in found if one.kind is ProposalKind.APPOINTMENT]
        for shown in AppointmentState:
            heaps = [one.heap for one in booked if one.state.value == shown.value]
            self._metrics.appointments[shown].set(sum(heap.size for heap in heaps))
            self._metrics.appointment_oldest[shown].set(self._age(_first(heaps)))
        waiting = [one for one in booked if one.state is ProposalState.PROPOSED]
        self._metrics.appointments_due[Due.PAST].set(sum(one.past for one in waiting))
        self._metrics.appointments_due[Due.SOON].set(sum(one.soon for one in waiting))

    def _recalls(self) -> None:
        found = census.recalls(self._conn, self._tenants)
        pending = [heap for place, heap in found.items() if place in self._links]
        fetching = [place for place, link in self._links.items() if _fetches(link)]
        unconfirmed = [census.unconfirmed(self._conn, *place) for place in fetching]
        for state, heaps in ((RecallState.PENDING, pending), (RecallState.UNCONFIRMED, unconfirmed)):
            self._metrics.recalls[state].set(sum(heap.size for heap in heaps))
            self._metrics.recall_oldest[state].set(self._age(_first(heaps)))

    def _older(self, side: Side, waiting: Waiting, since: int | None) -> None:
        if since is not None:
            self._oldest[side, waiting] = min(since, self._oldest.get((side, waiting), since))

    def _age(self, since: int | None) -> float:
        return max(0.0, self._now - since / MICROSECONDS) if since is not None else 0.0


def _first(heaps: Iterable[Heap]) -> int | None:
    return min((heap.oldest for heap in heaps if heap.oldest is not None), default=None)


def _fetches(link: LinkRuntime) -> bool:
    """Whether the dialer takes its recalls from our feed, and so has to say when it has carried them out."""
    return getattr(link.dialer.session.settings, "base_url", None) == ""
