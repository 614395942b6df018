"""Reads from the store what the inbound decision needs to know: once for a batch."""

from collections.abc import Iterable
from datetime import UTC, datetime

from mapping.perimeter import Person
from mapping.policy import Policy
from mapping.words import Object
from store import people as people_store
from store import proposals as proposal_store
from store import records as record_store
from store.proposals import ProposalState
from store.records import Stored
from streams import numbers, whole
from streams.facts import Facts, Needed, PersonFact, ProposalFact, RecordFact
from streams.unit import Unit

CONTACT_PREFIX = f"{Object.CONTACT.value}/"


def read(unit: Unit, needed: Needed, now: datetime, policy: Policy | None = None) -> Facts:
    """The facts of one batch. Numbers are looked up only where the policy says which fields hold them."""
    phones = numbers.find(unit, policy, needed.phones) if needed.phones and policy is not None else {}
    wanted = needed.records.union(*phones.values())
    contacts = [name.removeprefix(CONTACT_PREFIX) for name in wanted if name.startswith(CONTACT_PREFIX)]
    data = whole_data(unit, contacts) if contacts else {}
    at = (unit.conn, unit.keys, unit.tenant, unit.link)
    people = people_store.find(*at, needed.people) if needed.people else {}
    proposed = proposal_store.find(*at, needed.proposals) if needed.proposals else {}
    return Facts(
        records={f"{CONTACT_PREFIX}{key}": RecordFact(value) for key, (value, _) in data.items()},
        people={
            person.id: PersonFact(
                Person(person.id, person.profile, person.team, person.territory, person.campaigns, person.crm_user),
                active=_active(person.starts, person.ends, now),
            )
            for person in people.values()
        },
        proposals={
            item.id: ProposalFact(item.record, item.state is ProposalState.PROPOSED, item.command)
            for item in proposed.values()
        },
        phones=phones,
    )


def whole_data(unit: Unit, contacts: Iterable[str]) -> dict[str, tuple[dict[str, object], list[str]]]:
    """The data of whole events by contact, with the versions that went into each. Unknown contacts are absent."""
    wanted = list(contacts)
    at = (unit.conn, unit.tenant, unit.link)
    sealed = (unit.conn, unit.keys, unit.tenant, unit.link)
    found = record_store.load(*sealed, [(Object.CONTACT, key) for key in wanted])
    account_keys = sorted({row.refs["account"] for row in found.values() if row.refs.get("account")})
    named = record_store.referring(*at, Object.OPPORTUNITY, Object.CONTACT, wanted)
    # Opportunities of an account that name nobody concern only contacts that none names: an account may have thousands.
    bare = {row.refs["account"] for (_, key), row in found.items() if row.refs.get("account") and not named.get(key)}
    hung = record_store.referring(*at, Object.OPPORTUNITY, Object.ACCOUNT, sorted(bare))
    deals = sorted({key for keys in (*named.values(), *hung.values()) for key in keys})
    others = record_store.load(
        *sealed, [(Object.ACCOUNT, key) for key in account_keys] + [(Object.OPPORTUNITY, key) for key in deals]
    )
    made = {}
    for (_, key), contact in found.items():
        account_key = contact.refs.get("account", "")
        account = others.get((Object.ACCOUNT, account_key))
        candidates = named.get(key) or hung.get(account_key) or []
        deal = whole.opportunity_of(
            key, [others[Object.OPPORTUNITY, name] for name in candidates if (Object.OPPORTUNITY, name) in others]
        )
        made[key] = (whole.data_of(contact, account, deal), _versions(contact, account, deal))
    return made


def _versions(*rows: Stored | None) -> list[str]:
    return [row.version if row is not None else "" for row in rows]


def _active(starts: datetime | None, ends: datetime | None, now: datetime) -> bool:
    return (starts is None or _aware(starts) <= now) and (ends is None or now <= _aware(ends))


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
