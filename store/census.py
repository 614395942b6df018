"""What waits and since when, for all links of many tenants in one statement each: what the gauges are set from.

A figure for each link, one after the other, would cost a thousand tenants a thousand times as much.
Nothing is opened. Moments are UTC microseconds.
"""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, text

from mapping.words import CommandKind, Side
from store import dialect, glances
from store.conservation import Place
from store.glances import Heap
from store.proposals import ProposalKind, ProposalState

_SAME: Final = "tenant = p.tenant AND link = p.link AND side = p.side"
#: The first is looked up in an index: with a million waiting, min(received_at) would read every body.
_UNDECIDED: Final = (
    f"SELECT tenant, link, side, (SELECT count(*) FROM events WHERE {_SAME} AND seq > p.seq)"
    f" - (SELECT count(*) FROM decisions WHERE {_SAME} AND seq > p.seq),"
    f" (SELECT received_at FROM events WHERE {_SAME} AND seq > p.seq ORDER BY seq LIMIT 1)"
    " FROM positions p WHERE tenant {in_texts}"
)
_OUTGOING: Final = (
    f"SELECT tenant, link, side, (SELECT created_at FROM outbox WHERE {_SAME} ORDER BY seq LIMIT 1) AS oldest"
    " FROM positions p WHERE tenant {in_texts}"
)
_PARKED: Final = (
    "SELECT tenant, link, side, count(*), min(parked_at) FROM quarantine WHERE tenant {in_texts} AND state = 'parked'"
    " GROUP BY tenant, link, side"
)
_RECALLS: Final = (
    "SELECT tenant, link, count(*), min(created_at) FROM outbox WHERE tenant {in_texts} AND kind = :kind"
    " GROUP BY tenant, link"
)
_UNCONFIRMED: Final = text(
    "SELECT count(*), min(recalled_at) FROM disclosures"
    " WHERE tenant = :tenant AND link = :link AND recalled_at IS NOT NULL AND acknowledged_at IS NULL"
)
_PROPOSALS: Final = (
    "SELECT tenant, link, kind, state, count(*), min(created_at),"
    " count(CASE WHEN deadline <= :now THEN 1 END), count(CASE WHEN deadline <= :soon THEN 1 END)"
    " FROM proposals WHERE tenant {in_texts} GROUP BY tenant, link, kind, state"
)


class Proposals(NamedTuple):
    """Proposals of one kind and state of a link."""

    tenant: str
    link: str
    kind: ProposalKind
    state: ProposalState
    heap: Heap
    #: Of these, how many have passed their deadline, and how many will have soon.
    past: int
    soon: int


def undecided(conn: Connection, tenants: Iterable[str], places: Iterable[Place]) -> dict[Place, Heap]:
    """Events that nobody has decided. `places` are those that have events at all."""
    found = {place: Heap(*heap) for place, heap in _rows(conn, _UNDECIDED, tenants)}
    for place in set(places) - found.keys():  # its position has never moved
        found[place] = glances.undecided(conn, *place)
    return found


def outgoing(conn: Connection, tenants: Iterable[str]) -> dict[Place, int]:
    """The oldest command that is on its way; a side without any is absent."""
    return {place: oldest for place, (oldest,) in _rows(conn, _OUTGOING, tenants) if oldest is not None}


def parked(conn: Connection, tenants: Iterable[str]) -> dict[Place, Heap]:
    """What is in quarantine; a side without any is absent."""
    return {place: Heap(*heap) for place, heap in _rows(conn, _PARKED, tenants)}


def recalls(conn: Connection, tenants: Iterable[str]) -> dict[tuple[str, str], Heap]:
    """Recalls on their way, by tenant and link."""
    rows = dialect.among(conn, _RECALLS, tenants, kind=CommandKind.RECALL_PROSPECT.value)
    found = (tuple(row) for row in rows)
    return {(tenant, link): Heap(count, oldest) for tenant, link, count, oldest in found}


def unconfirmed(conn: Connection, tenant: str, link: str) -> Heap:
    """Recalls that a dialer which fetches has not confirmed. One that is sent them confirms by its answer."""
    return Heap(*conn.execute(_UNCONFIRMED, {"tenant": tenant, "link": link}).one())


def proposals(conn: Connection, tenants: Iterable[str], soon: float) -> list[Proposals]:
    """All of them. `soon` is in seconds from now, by the database's clock."""
    now = dialect.now(conn)
    rows = dialect.among(conn, _PROPOSALS, tenants, now=now, soon=now + round(soon * 1_000_000))
    made = []
    for row in rows:
        tenant, link, kind, state, count, oldest, past, near = tuple(row)
        heap = Heap(count, oldest)
        made.append(Proposals(tenant, link, ProposalKind(kind), ProposalState(state), heap, past, near - past))
    return made


def _rows(conn: Connection, statement: str, tenants: Iterable[str]) -> list[tuple[Place, tuple[Any, ...]]]:
    found = (tuple(row) for row in dialect.among(conn, statement, tenants))
    return [((tenant, link, Side(side)), tuple(rest)) for tenant, link, side, *rest in found]
