"""Received = delivered + withheld + held + refused + quarantined + in flight, each counted on its own."""

from typing import NamedTuple

from sqlalchemy import Connection

from mapping.words import Side


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
    raise NotImplementedError
