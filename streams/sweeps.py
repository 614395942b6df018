"""What no event announces: a campaign's last day passes, a revision narrows what may be seen.

A sweep decides nothing. It logs the whole record again, as a replay, and the processor says what
is to become of it under the live revision and today's date: often a recall. The event's key is
made of what caused it, so a sweep that runs again logs nothing twice.
"""

from collections.abc import Callable, Iterable
from functools import partial

from sqlalchemy import Connection

from mapping.words import EventType, Object, Origin, Side
from store import events as event_store
from store import leases, ledger
from store.events import NewEvent
from store.leases import Lease
from store.ledger import Disclosure
from streams import factreader, whole
from streams.link import Gear, LinkRuntime
from streams.unit import Leased

PAGE = 500


async def recall_closed_campaigns(link: LinkRuntime, gear: Gear, lease: Lease) -> int:
    """Have every record decided again that the dialer holds for a campaign that has ended; how many (R050)."""
    logged = 0
    for campaign in link.ruling.policy.perimeter.split(gear.clock().date())[1]:
        cause = f"closed:{campaign.name}:{campaign.starts}:{campaign.ends}"
        logged += await _sweep(link, gear, lease, campaign=campaign.name, cause=cause, wanted=lambda _: True)
    return logged


async def restate(link: LinkRuntime, gear: Gear, lease: Lease) -> int:
    """Have every record decided again that was disclosed under another revision than the live one; how many."""
    revision = link.ruling.revision
    return await _sweep(
        link, gear, lease, campaign=None, cause=f"revision:{revision}", wanted=lambda held: held.revision != revision
    )


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
        with gear.database.read() as conn:
            page = ledger.standing(conn, link.tenant, link.name, campaign=campaign, after=after, limit=PAGE)
        if not page:
            return logged
        after = page[-1].record
        chosen = [held for held in page if wanted(held)]
        if chosen:
            count = await gear.database.writer.write(partial(_log, link, gear, lease, chosen, cause))
            logged += count
            if count:
                gear.metrics.received[Side.CRM, Origin.REPLAY].inc(count)


def _log(
    link: LinkRuntime, gear: Gear, lease: Lease, chosen: Iterable[Disclosure], cause: str, conn: Connection
) -> int:
    leases.check(conn, lease)
    unit = Leased(conn, gear.database.keys, link.tenant, link.name, lease)
    held = {one.record.partition("/")[2]: one for one in chosen}
    events = []
    for key, (data, _) in factreader.whole_data(unit, held).items():
        record = f"{Object.CONTACT.value}/{key}"
        name = whole.event_key(record, {}, [cause, str(held[key].seq)])
        body = whole.envelope(
            key=name,
            kind=EventType.CRM_CHANGED,
            source=link.source,
            record=record,
            time=gear.clock().isoformat(),
            tenant=link.tenant,
            origin=Origin.REPLAY.value,
            data=data,
        )
        events.append(NewEvent(name, Side.CRM, EventType.CRM_CHANGED.value, record, Origin.REPLAY, body))
    seqs = event_store.append(conn, gear.database.keys, link.tenant, link.name, events)
    return sum(seq is not None for seq in seqs)
