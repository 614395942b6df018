"""Received = delivered + withheld + held + refused + quarantined + in flight, at every committed moment.

Where an event stands is in no single column: each term is counted from the rows that make it true.

    appended ──────────────► waits: seq above the side's position                           in flight
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

A number other than zero in `imbalance` is a lost event or one counted twice: a defect, never a state.
"""

from typing import Final, NamedTuple

from sqlalchemy import Connection, TextClause, text

from mapping.words import Side
from store import positions

_WHERE: Final = "WHERE tenant = :tenant AND link = :link AND side = :side"
_RECEIVED: Final = text(f"SELECT count(*) FROM events {_WHERE}")
_ENDED: Final = text(f"SELECT count(*) FROM decisions {_WHERE} AND state = :state AND ended_at IS NOT NULL")
_PROPOSALS: Final = text(f"SELECT count(*) FROM proposals {_WHERE} AND state = :state")
_QUARANTINED: Final = text(f"SELECT count(*) FROM quarantine {_WHERE} AND state IN ('parked', 'discarded')")
_WAITING: Final = text(f"SELECT count(*) FROM events {_WHERE} AND seq > :seq")
_ON_ITS_WAY: Final = text(f"SELECT count(*) FROM outbox {_WHERE}")
_REPLAYING: Final = text(f"SELECT count(*) FROM quarantine {_WHERE} AND state = 'replaying'")


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


def balance(conn: Connection, tenant: str, link: str, side: Side) -> Balance:
    """Count each term on its own, never by difference. `conn` must be one snapshot: `Database.read` is."""
    where = {"tenant": tenant, "link": link, "side": side.value}

    def count(statement: TextClause, **values: object) -> int:
        return int(conn.execute(statement, {**where, **values}).scalar_one())

    return Balance(
        received=count(_RECEIVED),
        delivered=count(_ENDED, state="delivered"),
        withheld=count(_ENDED, state="withheld"),
        held=count(_PROPOSALS, state="proposed"),
        refused=count(_ENDED, state="refused"),
        quarantined=count(_QUARANTINED),
        in_flight=count(_WAITING, seq=positions.read(conn, tenant, link, side))
        + count(_ON_ITS_WAY)
        + count(_PROPOSALS, state="validated")
        + count(_REPLAYING),
    )
