"""Received = delivered + withheld + held + refused + quarantined + in flight, at every committed moment.

Where an event stands is in no single column: each term is counted from the rows that make it true.

    appended ──────────────► waits: above the side's position, and no decision              in flight
       │ decided (positions.move in the same transaction)
       ├─ send, write ─────► on_its_way: a row of the outbox, pending or started             in flight
       │                       ├─ delivered ───────────► decision `delivered`                delivered
       │                       ├─ last look says no ───► decision `withheld`                 withheld
       │                       ├─ target refuses ──────► decision `refused`                  refused
       │                       └─ retries exhausted ───► quarantine `parked`                 quarantined
       ├─ hold ────────────► held: a proposal `proposed`                                     held
       │                       ├─ rejected, expired ───► decision `withheld`                 withheld
       │                       └─ validated by event V ► a proposal `validated`              in flight
       │                             ends as V's command ends; V parked ► `proposed` again
       ├─ withhold ────────► decision `withheld`                                             withheld
       ├─ refuse ──────────► decision `refused`                                              refused
       └─ quarantine ──────► quarantine `parked`                                             quarantined
                               ├─ discarded ───────────► quarantine `discarded`              quarantined
                               └─ taken for replay ────► quarantine `replaying`              in flight
                                     decided again: from the top, attempt + 1, at its old seq

Where several workers decide, decisions are kept in another order than the log's, and the position only
follows once there is no gap: what was decided ahead of it waits no more.

A number other than zero in `imbalance` is a lost event or one counted twice: a defect, never a state.
"""

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, TextClause, text

from mapping.words import Side
from store import dialect

_RECEIVED: Final = "SELECT tenant, link, side, count(*) FROM events WHERE {here} GROUP BY tenant, link, side"
_ENDED: Final = (
    "SELECT tenant, link, side, state, count(*) FROM decisions WHERE {here} AND ended_at IS NOT NULL"
    " GROUP BY tenant, link, side, state"
)
_PROPOSALS: Final = (
    "SELECT tenant, link, side, state, count(*) FROM proposals WHERE {here} AND state IN ('proposed', 'validated')"
    " GROUP BY tenant, link, side, state"
)
_QUARANTINED: Final = (
    "SELECT tenant, link, side, state, count(*) FROM quarantine"
    " WHERE {here} AND state IN ('parked', 'discarded', 'replaying') GROUP BY tenant, link, side, state"
)
_ON_ITS_WAY: Final = "SELECT tenant, link, side, count(*) FROM outbox WHERE {here} GROUP BY tenant, link, side"
#: Each count is a range of an index: what lies behind the position is not looked at.
_AHEAD: Final = (
    "SELECT tenant, link, side, (SELECT count(*) FROM events e WHERE e.tenant = p.tenant AND e.link = p.link"
    " AND e.side = p.side AND e.seq > p.seq), (SELECT count(*) FROM decisions d WHERE d.tenant = p.tenant"
    " AND d.link = p.link AND d.side = p.side AND d.seq > p.seq) FROM positions p WHERE {here}"
)
_SIDE: Final = "WHERE tenant = :tenant AND link = :link AND side = :side"
_ALL: Final = text(f"SELECT (SELECT count(*) FROM events {_SIDE}), (SELECT count(*) FROM decisions {_SIDE})")

#: What the states of rows are in the words of the balance.
_STATES: Final = (
    (_ENDED, {"delivered": "delivered", "withheld": "withheld", "refused": "refused"}),
    (_PROPOSALS, {"proposed": "held", "validated": "in_flight"}),
    (_QUARANTINED, {"parked": "quarantined", "discarded": "quarantined", "replaying": "in_flight"}),
)


class Balance(NamedTuple):
    """Where all events of one side of a link are."""

    received: int
    delivered: int
    withheld: int
    held: int
    refused: int
    quarantined: int
    in_flight: int

    @property
    def imbalance(self) -> int:
        """Zero at every committed moment."""
        return self.received - sum(self[1:])


#: A side of a link of a tenant.
Place = tuple[str, str, Side]


class _Scope(NamedTuple):
    tenants: tuple[str, ...]
    #: One link of one tenant; empty for all.
    link: str = ""

    def rows(self, conn: Connection, statement: str) -> list[tuple[Place, tuple[Any, ...]]]:
        if self.link:
            where = {"tenant": self.tenants[0], "link": self.link}
            found = conn.execute(_of_link(statement), where)
        else:
            found = dialect.among(conn, statement.format(here="tenant {in_texts}"), self.tenants)
        return [((row[0], row[1], Side(row[2])), tuple(row[3:])) for row in found]


def balance(conn: Connection, tenant: str, link: str, side: Side) -> Balance:
    """Where the events of one side of a link are. `conn` must be one snapshot: `Database.read` is."""
    found = _balances(conn, _Scope((tenant,), link))
    return found.get((tenant, link, side), Balance(*[0] * len(Balance._fields)))


def balances(conn: Connection, tenants: Iterable[str]) -> dict[Place, Balance]:
    """Every side of every link of these tenants that has events, in as many statements as one takes."""
    return _balances(conn, _Scope(tuple(tenants)))


@lru_cache(maxsize=16)
def _of_link(statement: str) -> TextClause:
    return text(statement.format(here="tenant = :tenant AND link = :link"))


def _balances(conn: Connection, scope: _Scope) -> dict[Place, Balance]:
    """Each term is counted on its own, from the rows that make it true; never as what is left of others."""
    counts: dict[Place, Counter[str]] = {
        place: Counter(received=count) for place, (count,) in scope.rows(conn, _RECEIVED)
    }
    for statement, terms in _STATES:
        for place, (state, count) in scope.rows(conn, statement):
            if state in terms:
                counts.setdefault(place, Counter())[terms[state]] += count
    for place, (count,) in scope.rows(conn, _ON_ITS_WAY):
        counts.setdefault(place, Counter())["in_flight"] += count
    for place, waiting in _waiting(conn, scope, counts).items():
        counts.setdefault(place, Counter())["in_flight"] += waiting
    return {place: Balance(*(count[term] for term in Balance._fields)) for place, count in counts.items()}


def _waiting(conn: Connection, scope: _Scope, places: Iterable[Place]) -> dict[Place, int]:
    """Events that nobody has decided."""
    waiting = {place: after - ahead for place, (after, ahead) in scope.rows(conn, _AHEAD)}
    for place in set(places) - waiting.keys():  # its position has never moved
        tenant, link, side = place
        after, ahead = conn.execute(_ALL, {"tenant": tenant, "link": link, "side": side.value}).one()
        waiting[place] = after - ahead
    return waiting
