"""Forgetting in time. Day keys go first (`Keyring.shred`); much later whole events that have ended go too."""

from typing import Final

from sqlalchemy import Connection, text

from mapping.words import Side
from store import dialect

#: Ended events, oldest first. A quarantined one has ended once it was discarded.
_ENDED: Final = text(
    "SELECT e.seq FROM events e JOIN decisions d"
    " ON d.tenant = e.tenant AND d.link = e.link AND d.side = e.side AND d.seq = e.seq"
    " LEFT JOIN quarantine q ON q.tenant = e.tenant AND q.link = e.link AND q.seq = e.seq"
    " WHERE e.tenant = :tenant AND e.link = :link AND e.side = :side AND e.received_at < :before"
    " AND (d.state IN ('delivered', 'withheld', 'refused') OR (d.state = 'quarantined' AND q.state = 'discarded'))"
    " ORDER BY e.seq LIMIT :limit"
)
#: In this order: what refers to an event goes before it.
_TABLES: Final = ("quarantine", "proposals", "decisions", "events")
_DELETE: Final = "DELETE FROM {table} WHERE tenant = :tenant AND link = :link AND side = :side AND seq {{in_numbers}}"


def prune(conn: Connection, tenant: str, link: str, before: int, limit: int = 1000) -> int:
    """Delete ended events received before (UTC microseconds) with all that hangs on them; how many.

    Balances stay zero: an event goes with its decision, its proposal and its quarantine row. What
    was deleted is no longer known as a duplicate, so keep events longer than any sender retries.
    """
    gone = 0
    for side in Side:
        where = {"tenant": tenant, "link": link, "side": side.value}
        seqs = conn.execute(_ENDED, {**where, "before": before, "limit": limit - gone}).scalars().all()
        for table in _TABLES if seqs else ():
            dialect.among(conn, _DELETE.format(table=table), seqs, **where)
        gone += len(seqs)
    return gone
