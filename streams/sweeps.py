"""What no event announces, of what the dialer holds: a campaign's last day passes, a revision narrows what is seen.

A sweep decides nothing. It logs the whole record again, as a replay, and the processor says what
is to become of it under the revision in force and today's date: often a recall. The event's key is
made of what caused it, so a sweep that runs again logs nothing twice. What the dialer does not hold
is `streams.widening`'s.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from sqlalchemy import Connection

from mapping.words import EventType, Object, Origin, Side
from store import events as event_store
from store import leases, ledger, positions
from store.events import NewEvent
from store.leases import Lease
from store.ledger import Disclosure
from streams import factreader, whole
from streams.link import Gear, LinkRuntime
from streams.ruling import Ruling
from streams.unit import Leased

PAGE = 500
IN_FORCE = "in_force"


async def recall_closed_campaigns(link: LinkRuntime, gear: Gear, lease: Lease) -> int:
    """Have every record decided again that the dialer holds for a campaign that has ended; how many (R050)."""
    logged = 0
    for campaign in link.ruling.policy.perimeter.split(gear.clock().date())[1]:
        cause = f"closed:{campaign.name}:{campaign.starts}:{campaign.ends}"
        logged += await _sweep(link, gear, lease, campaign=campaign.name, cause=cause, wanted=lambda _: True)
    return logged


async def restate(link: LinkRuntime, gear: Gear, lease: Lease, ruling: Ruling) -> int:
    """Have every record decided again that was disclosed under another revision than this one; how many.

    All of them at once, before anything else: what the new revision narrows has to come back.
    """
    # With this, what was answered before the revision came into force is on disk before the ledger is read; what is
    # answered from now on sees the revision itself.
    await gear.database.writer.write(partial(_reach, link, ruling, lease))
    return await _sweep(
        link,
        gear,
        lease,
        campaign=None,
        cause=f"revision:{cause_of(ruling)}",
        wanted=lambda held: held.revision != ruling.revision,
    )


def reached(conn: Connection, link: LinkRuntime) -> int:
    """The number of the revision that a holder of this link's lease has swept for: nobody may work under one before it.

    He would send what was taken back, or withhold what no sweep will look at again.
    """
    return int(positions.cursor(conn, link.tenant, link.name, IN_FORCE) or 0)


def _reach(link: LinkRuntime, ruling: Ruling, lease: Lease, conn: Connection) -> None:
    leases.check(conn, lease)
    if ruling.number > reached(conn, link):
        positions.save_cursor(conn, link.tenant, link.name, IN_FORCE, str(ruling.number), lease)


def cause_of(ruling: Ruling) -> str:
    """A ruling as a cause of events: a revision that comes back into force is another cause than the first time."""
    return f"{ruling.number}:{ruling.revision}"


def log_again(unit: Leased, link: LinkRuntime, causes: Mapping[str, Sequence[str]], now: str) -> int:
    """Log these contacts, whole, as replays, each under its own causes; how many were not logged for them before."""
    events = []
    for key, (data, _) in factreader.whole_data(unit, causes).items():
        record = f"{Object.CONTACT.value}/{key}"
        name = whole.event_key(record, {}, causes[key])
        body = whole.envelope(
            key=name,
            kind=EventType.CRM_CHANGED,
            source=link.source,
            record=record,
            time=now,
            tenant=link.tenant,
            origin=Origin.REPLAY.value,
            data=data,
        )
        events.append(NewEvent(name, Side.CRM, EventType.CRM_CHANGED.value, record, Origin.REPLAY, body))
    seqs = event_store.append(unit.conn, unit.keys, link.tenant, link.name, events)
    return sum(seq is not None for seq in seqs)


async def _sweep(
    link: LinkRuntime,
    gear: Gear,
    lease: Lease,
    *,
    campaign: str | None,
    cause: str,
    wanted: Callable[[Disclosure], bool],
) -> int:
    after, logged = "", 0
    while True:
        page = await asyncio.to_thread(_standing, link, gear, campaign, after)
        if not page:
            return logged
        after = page[-1].record
        chosen = [held for held in page if wanted(held)]
        if chosen:
            count = await gear.database.writer.write(partial(_log, link, gear, lease, chosen, cause))
            logged += count
            if count:
                gear.metrics.received[Side.CRM, Origin.REPLAY].inc(count)


def _standing(link: LinkRuntime, gear: Gear, campaign: str | None, after: str) -> list[Disclosure]:
    with gear.database.read() as conn:
        return ledger.standing(conn, link.tenant, link.name, campaign=campaign, after=after, limit=PAGE)


def _log(
    link: LinkRuntime, gear: Gear, lease: Lease, chosen: Sequence[Disclosure], cause: str, conn: Connection
) -> int:
    leases.check(conn, lease)
    unit = Leased(conn, gear.database.keys, link.tenant, link.name, lease)
    causes = {one.record.partition("/")[2]: [cause, str(one.seq)] for one in chosen}
    return log_again(unit, link, causes, gear.clock().isoformat())
