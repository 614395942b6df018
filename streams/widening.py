"""What no event announces, of what the dialer does not hold: a revision widens, or a campaign's first day comes.

Every contact that the CRM told of, and that the dialer does not hold, is logged again as a replay and decided
under the revision in force. Page by page, each with the place to go on from in one transaction, and
never more of it at a time than the dialer takes within seconds, so that what happens now goes first.
Like every replay it rings nobody: what it brings to the dialer is loaded there, to be called in its turn.
"""

import asyncio
from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import NamedTuple

import orjson
from sqlalchemy import Connection

from mapping.policy import Policy
from mapping.words import CommandKind, Object, Origin, Side
from store import glances, leases, ledger, outbox, positions
from store import records as record_store
from store.leases import Lease
from streams import sweeps
from streams.link import Gear, LinkRuntime
from streams.unit import Leased

SOURCE = "widening"
#: Of what the target takes: so long a live event may have to wait behind a page.
PAGE_SECONDS = 10.0
LEAST_PAGE, LARGEST_PAGE = 50, 500
#: How soon it is looked again whether there is room for the next page.
STEP_SECONDS = 0.2


class Stand(NamedTuple):
    """How far a pass got."""

    #: The revision it is for: `sweeps.cause_of`.
    ruling: str
    #: The campaigns whose first day had come when it began.
    opened: tuple[str, ...]
    #: Whether what the dialer holds is looked at as well: it may belong to a campaign that has begun.
    everything: bool = False
    #: The key of the last contact that was logged.
    after: str = ""
    done: bool = False

    def written(self) -> str:
        return orjson.dumps(self._asdict()).decode()


class Widening:
    """Call `turn`; it logs a page, or says by `pause` when to look again."""

    def __init__(self, link: LinkRuntime, gear: Gear) -> None:
        self.link = link
        self._gear = gear
        self._page = _page(link)
        self._under_way = False

    @property
    def pause(self) -> float:
        """Seconds until the next look."""
        return STEP_SECONDS if self._under_way else self._gear.pace.sweep_seconds

    async def turn(self, lease: Lease) -> int:
        """Log the next page, if there is room for it; how many events."""
        stand = await asyncio.to_thread(self._next)
        self._under_way = stand is not None
        if stand is None or not await asyncio.to_thread(self._room):
            return 0
        logged, ended = await self._gear.database.writer.write(partial(self._log, stand, lease))
        self._under_way = not ended
        if logged:
            self._gear.metrics.received[Side.CRM, Origin.REPLAY].inc(logged)
        return logged if ended else max(logged, 1)

    def begin(self, conn: Connection, lease: Lease) -> None:
        """Before a link is worked for: where nothing of the CRM is known yet, there is nothing to decide again."""
        at = (conn, self.link.tenant, self.link.name)
        if positions.cursor(*at, SOURCE) is None and not record_store.keys_of(*at, Object.CONTACT, "", 1):
            stand = self._asked()._replace(done=True)
            positions.save_cursor(*at, SOURCE, stand.written(), lease)

    def _asked(self) -> Stand:
        ruling = self.link.ruling
        return Stand(sweeps.cause_of(ruling), opened(ruling.policy, self._gear.clock().date()))

    def _next(self) -> Stand | None:
        """The pass to go on with; None where all that is known was decided under what holds now."""
        asked = self._asked()
        with self._gear.database.read() as conn:
            kept = positions.cursor(conn, self.link.tenant, self.link.name, SOURCE)
        stand = _read(kept)
        if stand is None or stand.ruling != asked.ruling:
            return asked
        if not set(asked.opened) <= set(stand.opened):
            return asked._replace(everything=True)
        return None if stand.done else stand

    def _room(self) -> bool:
        """Whether nothing much waits: neither to be decided nor to be delivered."""
        with self._gear.database.read() as conn:
            at = (conn, self.link.tenant, self.link.name, Side.CRM)
            return glances.undecided(*at).size < self._page and outbox.due_count(*at, self._page // 2) < self._page // 2

    def _log(self, stand: Stand, lease: Lease, conn: Connection) -> tuple[int, bool]:
        leases.check(conn, lease)
        link = self.link
        at = (conn, link.tenant, link.name)
        keys = record_store.keys_of(*at, Object.CONTACT, stand.after, self._page)
        held = set() if stand.everything else _held(conn, link, keys)
        cause = ["widened", stand.ruling, *stand.opened]
        causes = {key: cause for key in keys if key not in held}
        unit = Leased(conn, self._gear.database.keys, link.tenant, link.name, lease)
        logged = sweeps.log_again(unit, link, causes, self._gear.clock().isoformat()) if causes else 0
        ended = len(keys) < self._page
        reached = stand._replace(after=keys[-1] if keys else stand.after, done=ended)
        positions.save_cursor(*at, SOURCE, reached.written(), lease)
        return logged, ended


def opened(policy: Policy, day: date) -> tuple[str, ...]:
    """The campaigns that have a first day which has come; also those that have ended since."""
    return tuple(
        f"{one.name}:{one.starts}" for one in policy.perimeter.campaigns if one.starts is not None and one.starts <= day
    )


def _held(conn: Connection, link: LinkRuntime, keys: Sequence[str]) -> set[str]:
    """Those that the dialer holds, or is about to be given: a sweep and the last look see to these."""
    at = (conn, link.tenant, link.name)
    names = {f"{Object.CONTACT.value}/{key}": key for key in keys}
    lanes = glances.lanes(*at, Side.CRM, names).items()
    going = {record for record, lane in lanes if lane[-1].kind is CommandKind.UPSERT_PROSPECT}
    coming_back = {record for record, lane in lanes if lane[-1].kind is CommandKind.RECALL_PROSPECT}
    return {names[record] for record in (ledger.disclosed(*at, names).keys() | going) - coming_back}


def _read(kept: str | None) -> Stand | None:
    if kept is None:
        return None
    whole = orjson.loads(kept)
    return Stand(whole["ruling"], tuple(whole["opened"]), whole["everything"], whole["after"], whole["done"])


def _page(link: LinkRuntime) -> int:
    rate = link.dialer.rate or link.dialer.connector.rate
    return int(min(LARGEST_PAGE, max(LEAST_PAGE, rate * link.dialer.connector.batch * PAGE_SECONDS)))


__all__ = ["Stand", "Widening", "opened"]
