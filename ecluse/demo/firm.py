"""A French firm of the size that the source documents name (R098), made up from a seed.

15 sales people in three teams, some 900 accounts, 3,000 contacts, 1,500 opportunities: with amounts,
margins, price lists, billing history and confidential notes, so that there is something to hold back.
"""

from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple

from ecluse.demo import words

SALES_PEOPLE = 15
ACCOUNTS = 900
CONTACTS = 3_000
OPPORTUNITIES = 1_500

STAGES = ("prospection", "qualification", "proposition", "gagné", "perdu", "dormant")
STAGE_WEIGHTS = (30, 20, 12, 18, 14, 6)
NUMBERS_IN_A_RANGE = 10_000
WITHOUT_PHONE = 0.013
WITH_NOTES = 0.35


class Owner(NamedTuple):
    """A sales person: who owns records in the CRM."""

    id: str
    name: str
    team: str


class CrmRecord(NamedTuple):
    """One record as the sandbox CRM holds it: everything, reserved fields included."""

    object: str
    id: str
    fields: dict[str, Any]
    refs: dict[str, str]
    owner: Owner


class Firm(NamedTuple):
    """What the CRM holds."""

    owners: tuple[Owner, ...]
    records: tuple[CrmRecord, ...]

    def of(self, name: str) -> Iterator[CrmRecord]:
        return (record for record in self.records if record.object == name)


def firm(seed: int) -> Firm:
    """The same firm for the same seed, on every machine."""
    random = Random(seed)  # noqa: S311 - a story to be told again the same way, no secret
    owners = tuple(_owner(random, number) for number in range(SALES_PEOPLE))
    accounts = [_account(random, number, owners) for number in range(ACCOUNTS)]
    numbers = phones(random)
    contacts = [_contact(random, number, accounts, numbers) for number in range(CONTACTS)]
    by_account: dict[str, list[CrmRecord]] = {}
    for contact in contacts:
        by_account.setdefault(contact.refs["account"], []).append(contact)
    deals = [_opportunity(random, number, accounts, by_account) for number in range(OPPORTUNITIES)]
    return Firm(owners, (*accounts, *contacts, *deals))


def _owner(random: Random, number: int) -> Owner:
    name = f"{random.choice(words.FIRST_NAMES)} {random.choice(words.LAST_NAMES)}"
    return Owner(f"u-{number + 1:02}", name, words.TEAMS[number % len(words.TEAMS)])


def _account(random: Random, number: int, owners: tuple[Owner, ...]) -> CrmRecord:
    industry = random.choices(tuple(words.TRADES), weights=(28, 10, 22, 14, 16, 10))[0]
    city, team = random.choice(words.CITIES)
    name = f"{random.choice(words.TRADES[industry])} {random.choice(words.STEMS)} {random.choice(words.FORMS)}"
    invoices = [random.randint(1_000, 90_000) for _ in range(random.randint(0, 4))]
    fields = {
        "name": name,
        "city": city,
        "industry": industry,
        "size": random.choice((6, 12, 28, 55, 120, 260, 800)),
        "billing_history": "; ".join(f"facture {2022 + at} : {amount} EUR" for at, amount in enumerate(invoices)),
        "price_list": random.choices(words.PRICE_LISTS, weights=(30, 50, 12, 8))[0],
        "discount": random.choice((0, 0, 5, 8, 12.5, 18)),
    }
    owner = random.choice([owner for owner in owners if owner.team == team])
    return CrmRecord("account", f"a{number + 1}", fields, {}, owner)


def phones(random: Random) -> Iterator[str]:
    """60,000 different numbers that ring nowhere, in a shuffled order."""
    numbers = random.sample(range(NUMBERS_IN_A_RANGE), NUMBERS_IN_A_RANGE)
    for number in numbers:
        for prefix in (*words.FICTION, words.FICTION_MOBILE):
            yield f"{prefix}{number:04}"


def _contact(random: Random, number: int, accounts: list[CrmRecord], numbers: Iterator[str]) -> CrmRecord:
    account = accounts[number % len(accounts)]
    first, last = random.choice(words.FIRST_NAMES), random.choice(words.LAST_NAMES)
    phone: str | None = next(numbers)
    if random.random() < WITHOUT_PHONE:
        phone = None
    domain = f"{account.id}.example"
    fields = {
        "first_name": first,
        "last_name": last,
        "job": random.choice(words.JOBS),
        "phone": phone,
        "email": f"contact-{number + 1}@{domain}",
        "notes": random.choice(words.NOTES) if random.random() < WITH_NOTES else None,
        "status": "nouveau",
    }
    return CrmRecord("contact", f"c{number + 1}", fields, {"account": account.id}, account.owner)


def _opportunity(
    random: Random, number: int, accounts: list[CrmRecord], by_account: dict[str, list[CrmRecord]]
) -> CrmRecord:
    account = accounts[random.randrange(len(accounts))]
    contact = random.choice(by_account[account.id])
    amount = random.randint(20, 4_000) * 50 + random.randint(1, 49)
    fields = {
        "stage": random.choices(STAGES, weights=STAGE_WEIGHTS)[0],
        "product": random.choice(words.PRODUCTS),
        "next_step": random.choice(words.NEXT_STEPS),
        "amount": amount,
        "margin": round(amount * random.uniform(0.08, 0.42), 2),
        "priority": random.choices(("A", "B", "C"), weights=(15, 45, 40))[0],
    }
    return CrmRecord(
        "opportunity", f"o{number + 1}", fields, {"account": account.id, "contact": contact.id}, account.owner
    )
