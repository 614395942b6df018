"""What stands behind the doors: the runtime that takes events in, and what a dialer may ask of the store."""

import asyncio
import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple, Protocol, TypeVar

from sqlalchemy import Connection

from connectors import signatures
from connectors.inlet import Inlet
from connectors.port import Happening, PersonRow
from mapping.policy import Policy
from mapping.words import Object
from store import ledger
from store import people as people_store
from streams import factreader
from streams.facts import Needed, PersonFact
from streams.health import Health
from streams.intake import Receipt
from streams.link import Gear, LinkRuntime
from streams.metrics import Result
from streams.outbound import view
from streams.unit import Unit
from web.keys import digest
from web.ports import Change, Check, Door, Feed

T = TypeVar("T")

#: What a door says of a request -> how it is counted. All other refusals are counted as malformed.
_COUNTED = {
    "accepted": Result.ACCEPTED,
    "duplicate": Result.DUPLICATE,
    "bad_signature": Result.BAD_SIGNATURE,
    "not_found": Result.BAD_SIGNATURE,
    "stale_timestamp": Result.STALE,
    "too_large": Result.TOO_LARGE,
    "shedding": Result.SHED,
    "internal_error": Result.FAILED,
}


class Runtime(Protocol):
    """Either runtime, as far as the doors need it."""

    async def receive(self, link: str, happenings: Sequence[Happening]) -> Receipt: ...

    def live(self) -> Health: ...

    async def ready(self) -> Health: ...


class Spot(NamedTuple):
    """A place in the feed: microseconds, and the record. Written so that it fits into an address."""

    at: int
    record: str

    def written(self) -> str:
        return f"{self.at}.{base64.urlsafe_b64encode(self.record.encode()).decode().rstrip('=')}"


def spot(text: str) -> Spot | None:
    """The place that was written so, or None where it is none of ours."""
    at, _, packed = text.partition(".")
    if not at.isascii() or not at.isdigit() or len(at) > 18:
        return None
    try:
        record = base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    found = Spot(int(at), record)
    return found if found.written() == text else None


class LinkDesk:
    """`web.ports.Desk` for the links of one installation."""

    def __init__(self, runtime: Runtime, gear: Gear, links: Mapping[str, LinkRuntime]) -> None:
        self._runtime = runtime
        self._gear = gear
        self._links = links
        self._doors = {name: door_of(link) for name, link in links.items()}

    def door(self, link: str) -> Door | None:
        """With the words of the revision in force: they change while what opens it stays."""
        known = self._doors.get(link)
        return _worded(known, self._links[link].ruling.policy) if known is not None else None

    async def receive(self, door: Door, happenings: Sequence[Happening]) -> Receipt:
        return await self._runtime.receive(door.link, happenings)

    async def feed(self, door: Door, after: str, limit: int) -> Feed | None:
        return await self._changes(door, after, limit, recalls=False)

    async def recalls(self, door: Door, after: str, limit: int) -> Feed | None:
        if getattr(self._links[door.link].dialer.session.settings, "base_url", ""):
            return Feed([], after, more=False)
        return await self._changes(door, after, limit, recalls=True)

    async def acknowledge_recall(self, door: Door, recall: str) -> bool:
        named = spot(recall)
        if named is None:
            return False
        return await self._gear.database.writer.write(
            lambda conn: ledger.acknowledge(conn, door.tenant, door.link, named.record, named.at)
        )

    async def prospect_view(
        self, door: Door, record: str, profile: str, person: str | None
    ) -> Mapping[str, Any] | None:
        look = partial(self._view, record=record, profile=profile, person=person)
        return await asyncio.to_thread(self._read, door, look)

    async def save_people(self, door: Door, people: Sequence[PersonRow]) -> None:
        await self._gear.database.writer.write(partial(self._save, door, people))

    def liveness(self) -> Sequence[Check]:
        return _checks(self._runtime.live(), "alive")

    async def readiness(self) -> Sequence[Check]:
        return _checks(await self._runtime.ready(), "ready")

    def metrics_text(self) -> bytes:
        return self._gear.metrics.render()

    def count_intake(self, result: str, seconds: float) -> None:
        self._gear.metrics.intake[_COUNTED.get(result, Result.MALFORMED)].inc()
        self._gear.metrics.ack.observe(seconds)

    async def _changes(self, door: Door, after: str, limit: int, *, recalls: bool) -> Feed | None:
        cursor = spot(after) if after else Spot(0, "")
        if cursor is None:
            return None
        found = await asyncio.to_thread(
            self._read,
            door,
            lambda unit: ledger.changes(unit.conn, unit.tenant, unit.link, cursor, limit + 1, recalls=recalls),
        )
        changes = [_change(one) for one in found[:limit]]
        return Feed(changes, changes[-1].id if changes else after, len(found) > limit)

    def _view(self, unit: Unit, *, record: str, profile: str, person: str | None) -> Mapping[str, Any] | None:
        """Only of what went out and was not taken back; through the same gates as what is sent."""
        if not record.startswith(f"{Object.CONTACT.value}/") or not ledger.disclosed(
            unit.conn, unit.tenant, unit.link, [record]
        ):
            return None
        now = self._gear.clock()
        asked = frozenset({person} if person is not None else ())
        facts = factreader.read(unit, Needed(frozenset({record}), asked, frozenset(), frozenset()), now)
        known = facts.records.get(record)
        who = facts.people.get(person) if person is not None else None
        if known is None or known.data is None or (person is not None and not _speaks_as(who, profile)):
            return None
        policy = self._links[unit.link].ruling.policy
        return view(policy, {"data": known.data}, profile, now, who.person if who else None)

    def _read(self, door: Door, look: Callable[[Unit], T]) -> T:
        with self._gear.database.read() as conn:
            return look(Unit(conn, self._gear.database.keys, door.tenant, door.link))

    def _save(self, door: Door, people: Sequence[PersonRow], conn: Connection) -> None:
        """What the dialer does not say of a person (who that is in the CRM) stays as it was."""
        at = (conn, self._gear.database.keys, door.tenant, door.link)
        known = people_store.find(*at, [one.id for one in people])
        people_store.save(
            *at, [one._replace(crm_user=known[one.id].crm_user) if one.id in known else one for one in people]
        )


def _checks(health: Health, fine: str) -> list[Check]:
    notes = [Check(flaw.value, ok=False, note=True) for flaw in dict.fromkeys(flaw for flaw, _ in health.notes)]
    return ([Check(flaw.value, ok=False) for flaw, _ in health.flaws] or [Check(fine, ok=True)]) + notes


def _speaks_as(who: PersonFact | None, profile: str) -> bool:
    return who is not None and who.active and who.person.profile == profile


def _change(one: ledger.Change) -> Change:
    at = datetime.fromtimestamp(one.at / 1_000_000, UTC)
    return Change(
        Spot(one.at, one.record).written(), one.record, one.campaign, "recall" if one.recalled else "upsert", at
    )


def _worded(door: Door, policy: Policy) -> Door:
    """The door with what it knows of a policy: its profiles and campaigns, by name."""
    campaigns = frozenset(campaign.name for campaign in policy.perimeter.campaigns)
    return replace(door, profiles=frozenset(policy.profiles), campaigns=campaigns)


def door_of(link: LinkRuntime) -> Door:
    """What opens a link, as its dialer's connection says."""
    settings, receive = link.dialer.session.settings, link.dialer.connector.receive
    inlet = getattr(settings, "inlet", None) or Inlet()
    return Door(
        link=link.name,
        tenant=link.tenant,
        hooks=tuple(digest(one.get_secret_value()) for one in inlet.hook_secrets),
        tokens=tuple(digest(one.get_secret_value()) for one in inlet.tokens),
        signing=tuple(signatures.secret(one.get_secret_value()) for one in inlet.signing_secrets),
        read=partial(receive, settings) if receive is not None else None,
    )
