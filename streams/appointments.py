"""The clock of what waits for a manager.

    proposed ──validated──▶ validated ──written──▶ written
       │ │                      └────refused────▶ refused
       │ └──rejected──▶ rejected
       └──deadline───▶ expired

Validations and rejections come as events and are decided like any other; only the deadline is
nobody's event. It passes by the database's clock, and the proposing event then ends withheld.
"""

from functools import partial

from sqlalchemy import Connection

from mapping.reasons import Reason
from mapping.words import Side
from store import leases, proposals
from store.leases import Lease
from streams.link import Gear, LinkRuntime
from streams.metrics import End

PAGE = 500


async def expire(link: LinkRuntime, gear: Gear, lease: Lease) -> int:
    """End the proposals whose deadline has passed; how many."""
    expired = 0
    while True:
        found = await gear.database.writer.write(partial(_expire, link, lease))
        expired += found
        if found:
            gear.metrics.ended[Side.DIALER, End.WITHHELD, Reason.EXPIRED].inc(found)
        if found < PAGE:
            return expired


def _expire(link: LinkRuntime, lease: Lease, conn: Connection) -> int:
    leases.check(conn, lease)
    return len(proposals.expire_due(conn, link.tenant, link.name, PAGE))
