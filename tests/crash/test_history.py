"""The checks of the crash tests find each kind of fault, and only where there is one."""

import random
from dataclasses import replace
from typing import Any

import pytest

from store.conservation import Balance
from tests.crash.history import Books, Effect, History, faults

CALLS = [Effect(f"contact/{record}", place) for place in range(20) for record in range(5)]
REVISIONS = [Effect(f"contact/{record}", place) for place in range(0, 40, 3) for record in range(5)]
LAST = {f"contact/{record}": 39 for record in range(5)}


def balance(received: int, **changed: int) -> Balance:
    nothing = {"withheld": 0, "held": 0, "refused": 0, "quarantined": 0, "in_flight": 0}
    return Balance(**{"received": received, "delivered": received, **nothing, **changed})


GOOD = History(CALLS, CALLS, REVISIONS, LAST, LAST, Books(balance(70), balance(100), whole=True))


def test_a_good_history_has_no_fault() -> None:
    assert faults(GOOD) == []


@pytest.mark.parametrize("seed", range(20))
def test_one_lost_or_doubled_effect_among_many_is_found(seed: int) -> None:
    chance = random.Random(seed)
    effects = list(CALLS)
    lost = effects.pop(chance.randrange(len(effects)))
    assert faults(replace(GOOD, crm=effects)) == [
        f"lost: {lost.record} #{lost.place} was acknowledged and never reached the CRM"
    ]
    doubled = chance.choice(effects)
    effects = list(CALLS)
    effects.insert(effects.index(doubled), doubled)
    assert faults(replace(GOOD, crm=effects)) == [
        f"twice: {doubled.record} #{doubled.place} happened 2 times in the CRM"
    ]


@pytest.mark.parametrize("seed", range(20))
def test_an_older_effect_after_a_newer_one_of_its_record_is_found(seed: int) -> None:
    chance = random.Random(seed)
    for system, effects in (("crm", CALLS), ("dialer", REVISIONS)):
        record = f"contact/{chance.randrange(5)}"
        places = [at for at, effect in enumerate(effects) if effect.record == record]
        first, second = sorted(chance.sample(places, 2))
        swapped = list(effects)
        swapped[first], swapped[second] = swapped[second], swapped[first]
        found = faults(replace(GOOD, crm=swapped) if system == "crm" else replace(GOOD, dialer=swapped))
        assert found, system
        assert all(fault.startswith(f"order: {record} #") for fault in found)


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"held": {**LAST, "contact/3": 36}}, ["stale: the CRM has revision 39 of contact/3, the dialer 36"]),
        ({"held": {"contact/0": 39}, "wanted": {}}, ["stale: the CRM has revision None of contact/0, the dialer 39"]),
        ({"books": None}, ["no books"]),
        (
            {"books": Books(balance(70), balance(100), whole=False)},
            ["broken: the database fails its own integrity check"],
        ),
        (
            {"books": Books(balance(70, delivered=69), balance(100), whole=True)},
            ["books: 1 events of the CRM's side are nowhere, or twice"],
        ),
        ({"books": Books(balance(70), balance(101), whole=True)}, ["books: 101 received, 100 acknowledged"]),
        (
            {"crm": [*CALLS, Effect("contact/9", 1)]},
            ["invented: contact/9 #1 reached the CRM and was never told"],
        ),
    ],
)
def test_each_other_kind_of_fault_is_found(changed: dict[str, Any], found: list[str]) -> None:
    assert faults(replace(GOOD, **changed)) == found


def test_an_event_that_still_waits_at_the_end_is_found() -> None:
    waiting = balance(100, delivered=99, in_flight=1)
    [fault] = faults(replace(GOOD, books=Books(balance(70), waiting, whole=True)))
    assert fault.startswith("books: dialer: Balance(")
