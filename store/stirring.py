"""Which links have something to do: one statement for all that a process holds.

Each asking for itself, a thousand tenants would cost some thousand queries a second for nothing.
"""

from typing import Final, NamedTuple

from sqlalchemy import Connection, text

from mapping.words import Side
from store import dialect

#: What the name of a link's lease begins with.
LINK: Final = "link/"

_SAME: Final = "tenant = l.tenant AND link = l.link AND side = s.side"
_STIRRING: Final = text(
    "SELECT l.tenant, l.link, s.side,"
    f" EXISTS (SELECT 1 FROM events WHERE {_SAME} AND seq > coalesce((SELECT seq FROM positions WHERE {_SAME}), 0))"
    f" OR EXISTS (SELECT 1 FROM quarantine WHERE {_SAME} AND state = 'replaying'),"
    f" EXISTS (SELECT 1 FROM outbox WHERE {_SAME} AND head = 1 AND not_before <= :now)"
    " FROM (SELECT tenant, substr(name, :cut) AS link FROM leases WHERE holder = :holder AND name LIKE :links) l"
    " CROSS JOIN (SELECT 'crm' AS side UNION ALL SELECT 'dialer') s"
)


class Stir(NamedTuple):
    """A side of a link, and what waits there."""

    tenant: str
    link: str
    side: Side
    #: Events to decide, new ones or such as are taken for replay.
    events: bool
    #: Commands whose time has come.
    commands: bool


def stirring(conn: Connection, holder: str) -> list[Stir]:
    """The sides of the links held under this name at which something waits."""
    values = {"holder": holder, "links": f"{LINK}%", "cut": len(LINK) + 1, "now": dialect.now(conn)}
    rows = (Stir(tenant, link, Side(side), bool(events), bool(commands))
            for tenant, link, side, events, commands in conn.execute(_STIRRING, values))  # fmt: skip
    return [stir for stir in rows if stir.events or stir.commands]
