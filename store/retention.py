"""Forgetting in time. Day keys go first (`Keyring.shred`); much later whole events that have ended go too."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final, NamedTuple

from sqlalchemy import Connection, text

from mapping.words import Side
from store import dialect, ledger
from store.database import Database
from store.keys import MICROSECONDS_A_DAY, Purpose

#: How long the bodies of events and commands can be opened, and those in quarantine.
EVENT_DAYS: Final = 7
PARKED_DAYS: Final = 30
#: How long an ended event and its decision stay, so that they can be explained and its key is known.
LOG_DAYS: Final = 400

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


class Tidied(NamedTuple):
    """What a tidying forgot: day keys dropped and kept back for work in flight, whole events, echo marks."""

    dropped: int
    kept: int
    pruned: int
    echoes: int


def tidy(
    database: Database,
    links: Iterable[tuple[str, str]],
    *,
    event_days: int = EVENT_DAYS,
    parked_days: int = PARKED_DAYS,
    log_days: int = LOG_DAYS,
) -> Tidied:
    """All that has had its time, for these (tenant, link): to be called now and then. Blocks; short units only."""
    with database.read() as conn:
        now = dialect.now(conn)
    today = datetime.fromtimestamp(now / 1_000_000, UTC).date()
    applied = database.keys.shred(today - timedelta(days=event_days))
    parked = database.keys.shred(today - timedelta(days=parked_days), Purpose.PARKED)
    before, pruned, echoes = now - log_days * MICROSECONDS_A_DAY, 0, 0
    for tenant, link in links:
        echoes += database.writer.write_now(partial(ledger.drop_stale_echoes, tenant=tenant, link=link))
        while gone := database.writer.write_now(partial(prune, tenant=tenant, link=link, before=before)):
            pruned += gone
    return Tidied(applied.dropped + parked.dropped, applied.kept + parked.kept, pruned, echoes)
