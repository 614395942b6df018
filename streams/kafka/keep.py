"""Decisions from the broker, kept in the database: each once, in one transaction with the position of its link."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from sqlalchemy import Connection

from mapping.decisions import Decision
from mapping.reasons import Reason
from mapping.words import Origin, Side, Verdict
from store import decisions as decision_store
from store import events as event_store
from store import positions
from store.errors import Closed, CommitInDoubt, Fenced, StoreError, Unavailable
from store.events import LoggedEvent
from store.leases import Lease
from streams.commit import Batch, Committed, commit
from streams.decider import carefully, count, undecided
from streams.failpoints import Point
from streams.kafka.payload import bound, unpack
from streams.kafka.relay import Relay
from streams.kafka.wire import DECISION, Carried
from streams.link import Gear, Incident, LinkRuntime, Word
from streams.ruling import Ruling
from streams.unit import Leased

#: What says nothing against the rows themselves.
TRANSIENT = (Fenced, Unavailable, CommitInDoubt, Closed)


class Row(NamedTuple):
    """A decision that came from the broker, opened."""

    seq: int
    key: str
    decision: Decision


class Keep:
    """Keeps what was decided of one link's CRM events."""

    def __init__(self, link: LinkRuntime, gear: Gear, relay: Relay, *, sealed: bool = True) -> None:
        self._link = link
        self._gear = gear
        self._relay = relay
        self._sealed = sealed

    def opened(self, carried: Sequence[Carried]) -> list[Row]:
        """What the broker told, readable. What is not is passed over: its event is published again, not being kept."""
        tenant, name, keys = self._link.tenant, self._link.name, self._gear.database.keys
        bodies: Sequence[bytes | None] = [one.sealed for one in carried]
        if self._sealed:
            sealed, ids = [one.sealed for one in carried], [one.key_id for one in carried]
            bodies = keys.open_all(tenant, ids, sealed, [bound(DECISION, tenant, name, one.seq) for one in carried])
        rows = []
        for one, body in zip(carried, bodies, strict=True):
            try:
                rows.append(Row(one.seq, *unpack(body or b"")))
            except ValueError:  # altered, or said by a version that knows more words than this one
                self._gear.report(Incident(Word.GARBLED_MESSAGE, name, "keepers"))
        return rows

    async def rows(self, rows: Sequence[Row], lease: Lease) -> Committed:
        """What was asked for of them; where the database will not have one, that one is quarantined.

        What the relay did not ask for under this lease, or under another key, is not looked at: it comes from
        an earlier holder, and its event is published again, or from a stranger. Nor is what comes before its
        turn. Raises Fenced, StoreError.
        """
        gear, ruling = self._gear, self._link.ruling
        rows = [rows[at] for at in self._relay.expected([(row.seq, row.key) for row in rows], lease)]
        if any(row.decision.revision != ruling.revision for row in rows):
            rows = await asyncio.to_thread(self._abreast, rows, ruling)
        seqs = [row.seq for row in rows]
        prefix = self._relay.prefix(seqs, lease)
        try:
            committed = await gear.database.writer.write(partial(self._unit, rows, ruling, lease, prefix))
        except TRANSIENT:
            raise
        except (StoreError, ValueError, TypeError):
            committed = await self._halved(rows, ruling, lease)
            await gear.database.writer.write(partial(self._unit, [], ruling, lease, prefix))
        gear.failpoints.reach(Point.AFTER_DECISION_COMMIT)
        self._relay.kept(seqs)
        count(gear.metrics, Side.CRM, committed, ruling)
        return committed

    def _abreast(self, rows: Sequence[Row], ruling: Ruling) -> list[Row]:
        """What another worker decided under another revision, decided again under the one that is in force here.

        One revision is in force for a link: its owner's, who sweeps under it. A worker that is behind, or that
        cannot run that revision at all, would otherwise withhold what the sweep has passed by.
        """
        tenant, name, keys = self._link.tenant, self._link.name, self._gear.database.keys
        stale = [row.seq for row in rows if row.decision.revision != ruling.revision]
        with self._gear.database.read() as conn:
            found = [event_store.one(conn, keys, tenant, name, seq) for seq in stale]
        events = [event for event in found if event is not None and not event.unreadable]
        now = self._gear.clock()
        decided = carefully(
            lambda part: ruling.outbound.decide(part, now), [event.body for event in events], ruling.revision
        )
        again = {event.seq: decision for event, decision in zip(events, decided, strict=True)}
        return [row._replace(decision=again.get(row.seq, row.decision)) for row in rows]

    async def _halved(self, rows: Sequence[Row], ruling: Ruling, lease: Lease) -> Committed:
        """All of a batch that the store will not have but the row that is to blame; the position stays where it is."""
        middle = len(rows) // 2
        if middle:
            first, second = [await self._half(half, ruling, lease) for half in (rows[:middle], rows[middle:])]
            return Committed([*first.decisions, *second.decisions], first.commands + second.commands)
        blamed = [row._replace(decision=undecided(row.decision.revision, Reason.DECISION_FAILED)) for row in rows]
        return await self._gear.database.writer.write(partial(self._unit, blamed, ruling, lease, 0))

    async def _half(self, rows: Sequence[Row], ruling: Ruling, lease: Lease) -> Committed:
        try:
            return await self._gear.database.writer.write(partial(self._unit, rows, ruling, lease, 0))
        except TRANSIENT:
            raise
        except (StoreError, ValueError, TypeError):
            return await self._halved(rows, ruling, lease)

    def _unit(self, rows: Sequence[Row], ruling: Ruling, lease: Lease, prefix: int, conn: Connection) -> Committed:
        tenant, name, keys = self._link.tenant, self._link.name, self._gear.database.keys
        waiting = decision_store.undecided(conn, tenant, name, Side.CRM, [row.seq for row in rows])
        events: list[LoggedEvent] = []
        decisions: list[Decision] = []
        for seq, key, decision in rows:
            if seq not in waiting:
                continue  # kept already: a broker may tell a thing twice
            waiting.discard(seq)
            event = LoggedEvent(seq, key, "", decision.record, Origin.LIVE, 0, b"")
            if decision.verdict is Verdict.QUARANTINE or not decision.record:
                event = event_store.one(conn, keys, tenant, name, seq) or event
            events.append(event)
            decisions.append(decision)
        if prefix and prefix < positions.read(conn, tenant, name, Side.CRM):
            prefix = 0  # the relay began again before what it had published came to be known as kept
        unit = Leased(conn, keys, tenant, name, lease)
        committed = commit(unit, Batch(Side.CRM, events, decisions, ruling, position=prefix))
        self._gear.failpoints.reach(Point.BEFORE_DECISION_COMMIT)
        return committed
