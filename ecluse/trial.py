"""Tries a revision beside the one in force, on what the database holds: recent events, and every record known.

Nothing is written, and nothing leaves. The same processors decide as in production, as of now.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from ecluse.rulings import compiled, keyed
from ecluse.wiring import now
from mapping.perimeter import Person
from mapping.policy import Policy
from mapping.words import EventType, Object, Origin, Side
from store import events as event_store
from store import ledger, register
from store import people as people_store
from store import proposals as proposal_store
from store import records as record_store
from store.database import Database
from store.events import LoggedEvent
from streams import factreader, whole
from streams.comparison import Comparison
from streams.facts import Facts, Needed
from streams.phoning import needs
from streams.preview import Preview
from streams.rollout import Unfit
from streams.unit import Unit

PAGE = 500
MICROSECONDS = 1_000_000


class Scope(NamedTuple):
    """Which events are looked at: the newest of each side."""

    events: int = 1_000
    days: int | None = None


def tried(
    before: Policy,
    after: Policy,
    database: Database,
    scope: Scope,
    now: datetime,
    say: Callable[[int], None] = lambda _: None,
) -> Preview:
    """What `after` would do otherwise than `before`. `say` is told how many records were looked at."""
    with database.read() as conn:
        unit = Unit(conn, database.keys, after.tenant, after.link)
        comparison = Comparison(before, after, _people(unit, now), now)
        _events(unit, comparison, scope, (before, after), now)
        _records(unit, comparison, now, say)
    return comparison.result


def before(policy: Policy, database: Database | None) -> Policy | None:
    """What is in force of a link; None where nothing is, or what this version cannot read."""
    if database is None:
        return None
    with database.read() as conn:
        live = register.revision(conn, policy.tenant, policy.link)
    try:
        return compiled(live) if live is not None else None
    except Unfit:
        return None


def tried_beside(old: Policy | None, new: Policy, database: Database | None, scope: Scope) -> Preview | None:
    """What a revision would do otherwise than `old`; None where there is nothing to compare it with."""
    if database is None or old is None or old.revision == new.revision:
        return None
    return tried(keyed(old, database), keyed(new, database), database, scope, now())


def _people(unit: Unit, now: datetime) -> list[Person]:
    known = people_store.listing(unit.conn, unit.keys, unit.tenant, unit.link)
    everybody = Needed(frozenset(), frozenset(one.id for one in known), frozenset(), frozenset())
    facts = factreader.read(unit, everybody, now)
    return [fact.person for fact in facts.people.values() if fact.active]


def _events(unit: Unit, comparison: Comparison, scope: Scope, policies: tuple[Policy, Policy], now: datetime) -> None:
    for side in Side:
        logged = _recent(unit, side, scope, now)
        readable = [event for event in logged if not event.unreadable]
        comparison.result.unreadable += len(logged) - len(readable)
        for start in range(0, len(readable), PAGE):
            bodies = [event.body for event in readable[start : start + PAGE]]
            if side is Side.CRM:
                comparison.crm(bodies)
            else:
                comparison.dialer(bodies, [_facts(unit, bodies, readable, policy, now) for policy in policies])


def _recent(unit: Unit, side: Side, scope: Scope, now: datetime) -> list[LoggedEvent]:
    """Oldest first."""
    newest = event_store.latest(unit.conn, unit.keys, unit.tenant, unit.link, side, scope.events)
    since = 0.0 if scope.days is None else (now - timedelta(days=scope.days)).timestamp() * MICROSECONDS
    return [event for event in reversed(newest) if event.received_at >= since]


def _facts(
    unit: Unit, bodies: Sequence[bytes], readable: Sequence[LoggedEvent], policy: Policy, now: datetime
) -> Facts:
    """As before these events: what one of them proposed is not known yet, what was decided still waits."""
    needed = needs(bodies, policy.country)
    facts = factreader.read(unit, needed, now, policy)
    made = {event.seq for event in readable}
    kept = proposal_store.find(unit.conn, unit.keys, unit.tenant, unit.link, needed.proposals)
    waiting = {
        name: fact._replace(waiting=fact.command is not None)
        for name, fact in facts.proposals.items()
        if kept[name].seq not in made
    }
    return replace(facts, proposals=waiting)


def _records(unit: Unit, comparison: Comparison, now: datetime, say: Callable[[int], None]) -> None:
    at, after = (unit.conn, unit.tenant, unit.link), ""
    while keys := record_store.keys_of(*at, Object.CONTACT, after, PAGE):
        after = keys[-1]
        data = factreader.whole_data(unit, keys)
        events = [_event(unit, key, content, now) for key, (content, _) in data.items()]
        held = ledger.disclosed(*at, [f"{Object.CONTACT.value}/{key}" for key in data])
        comparison.standing(events, held.keys())
        say(comparison.result.records)


def _event(unit: Unit, key: str, data: dict[str, object], now: datetime) -> bytes:
    record = f"{Object.CONTACT.value}/{key}"
    return whole.envelope(
        key=record, kind=EventType.CRM_CHANGED, source=Side.CRM.value, record=record, time=now.isoformat(),
        tenant=unit.tenant, origin=Origin.REPLAY.value, data=data,
    )  # fmt: skip
