"""What happened, as both systems and the dialer's sender saw it, and what is wrong with it.

Pure: histories in, sentences out. Nothing in here asks Écluse what it believes it did; its books are
one witness among four.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from store.conservation import Balance


class Effect(NamedTuple):
    """Something that became true in a system: which record, and its place in that record's order.

    The place is made by the test, not by Écluse: the number of a call, the revision of a contact. The
    same place twice is the same thing done twice, whatever key it came under.
    """

    record: str
    place: int


class Books(NamedTuple):
    """What the database says at the end."""

    crm: Balance
    dialer: Balance
    whole: bool


@dataclass
class History:
    """Everything that is judged."""

    #: What the service answered 202 for, in the order of the answers.
    acknowledged: list[Effect] = field(default_factory=list)
    #: What became true in the CRM.
    crm: list[Effect] = field(default_factory=list)
    #: What became true in the dialer.
    dialer: list[Effect] = field(default_factory=list)
    #: What the CRM holds at the end: record -> revision.
    wanted: Mapping[str, int] = field(default_factory=dict)
    #: What the dialer holds at the end.
    held: Mapping[str, int] = field(default_factory=dict)
    books: Books | None = None


def faults(history: History) -> list[str]:
    """Everything that breaks the promise; empty where it was kept."""
    found = [
        *_lost(history),
        *_doubled("CRM", history.crm),
        *_doubled("dialer", history.dialer),
        *_disordered("CRM", history.crm),
        *_disordered("dialer", history.dialer),
        *_stale(history),
    ]
    return found + (_wrong_books(history, history.books) if history.books is not None else ["no books"])


def _lost(history: History) -> Iterable[str]:
    told, done = set(history.acknowledged), set(history.crm)
    for record, place in sorted(told - done):
        yield f"lost: {record} #{place} was acknowledged and never reached the CRM"
    for record, place in sorted(done - told):
        yield f"invented: {record} #{place} reached the CRM and was never told"


def _doubled(where: str, effects: Sequence[Effect]) -> Iterable[str]:
    for (record, place), count in sorted(Counter(effects).items()):
        if count > 1:
            yield f"twice: {record} #{place} happened {count} times in the {where}"


def _disordered(where: str, effects: Sequence[Effect]) -> Iterable[str]:
    last: dict[str, int] = defaultdict(lambda: -1)
    for record, place in effects:
        if place < last[record]:
            yield f"order: {record} #{place} came after #{last[record]} in the {where}"
        last[record] = max(last[record], place)


def _stale(history: History) -> Iterable[str]:
    for record in sorted(history.wanted.keys() | history.held.keys()):
        wanted, held = history.wanted.get(record), history.held.get(record)
        if wanted != held:
            yield f"stale: the CRM has revision {wanted} of {record}, the dialer {held}"


def _wrong_books(history: History, books: Books) -> list[str]:
    found = [] if books.whole else ["broken: the database fails its own integrity check"]
    for where, balance in (("CRM", books.crm), ("dialer", books.dialer)):
        if balance.imbalance:
            found.append(f"books: {balance.imbalance} events of the {where}'s side are nowhere, or twice")
        if balance.in_flight or balance.held or balance.quarantined or balance.refused:
            found.append(f"books: {where}: {balance}")
    if books.dialer.received != len(set(history.acknowledged)):
        found.append(f"books: {books.dialer.received} received, {len(set(history.acknowledged))} acknowledged")
    return found
