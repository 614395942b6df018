"""What a demonstration needs to be told: who is on both sides, and what happens between them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from ecluse.demo import firm as firm_of
from ecluse.demo import ground, week
from ecluse.demo.week import Called, Caller, Happened

Rows = Sequence[Mapping[str, Any]]
#: Prospects as the dialer holds them -> what happens to them.
Calls = Callable[[Mapping[str, Mapping[str, Any]]], list[Happened]]

#: Fields of the CRM that nobody on the other side may read.
RESERVED = {"contact": ("notes",), "account": ("billing_history", "discount"), "opportunity": ("amount", "margin")}
MANAGER = "ml-01"
#: How a deal without an account is counted among what had to be mended.
NO_ACCOUNT = "no_account"
#: Of ten proposals: validated, rejected; the rest goes on waiting.
VALIDATED, REJECTED = 6, 2


@dataclass(frozen=True)
class Scenario:
    """One demonstration."""

    #: `made-up` or `data`.
    name: str
    seed: int
    link: str
    people: str
    rows: Mapping[str, Rows]
    calls: Calls
    #: Every value of a reserved field.
    reserved: Sequence[object]
    #: Numbers below this are not searched for: they occur by chance.
    least: float
    #: What had to be mended or left out in the data, by what it was.
    mended: Mapping[str, int]
    sales_people: int
    #: What has to be accounted for, to the last one.
    owed: Mapping[str, int] = field(default_factory=dict)


def made_up(seed: int, today: date) -> Scenario:
    """The firm of R098, out of a seed."""
    held = firm_of.firm(seed)
    people = ground.example_people(today)
    rows = {name: [_row(record) for record in held.of(name)] for name in ("account", "contact", "opportunity")}
    reserved = [row.get(field) for name, fields in RESERVED.items() for row in rows[name] for field in fields]
    monday = last_monday(today)

    def calls(prospects: Mapping[str, Mapping[str, Any]]) -> list[Happened]:
        return week.week(seed, monday, callers_of(people), [called(*item) for item in sorted(prospects.items())])

    return Scenario(
        "made-up", seed, ground.example_link(today), people, rows, calls, reserved, 1_000, {}, len(held.owners)
    )


def callers_of(people: str) -> list[Caller]:
    """The telemarketers of a people file, and the campaigns they call for."""
    rows = [line.split(",") for line in people.splitlines()[1:]]
    return [Caller(row[0], row[1], tuple(row[4].split())) for row in rows if row[1] == "teleoperator"]


def called(record: str, item: Mapping[str, Any]) -> Called:
    """A prospect as a telemarketer's screen shows it."""
    fields = (item.get("views") or {}).get("teleoperator") or item.get("fields") or {}
    return Called(record, str(fields.get("phone") or ""), str(item.get("campaign", "")))


def answers(proposals: Sequence[tuple[str, str, str]], at: datetime) -> list[Happened]:
    """The manager's word on (id, kind, record) of most proposals: validated, rejected, and some left waiting."""
    said = []
    for number, (name, kind, record) in enumerate(proposals):
        turn = number % 10
        if turn >= VALIDATED + REJECTED:
            continue
        word = "validated" if turn < VALIDATED else "rejected"
        block = {"id": name} if word == "validated" else {"id": name, "reason": "hors cible"}
        data = {"prospect": {"id": record}, "agent": {"id": MANAGER}, kind: block}
        said.append(Happened(f"answer-{number}", f"phoning.{kind}.{word}", at, record, data))
    return said


def last_monday(today: date) -> datetime:
    """Nine o'clock of the Monday before this week, so that all of its calls are past."""
    monday = today - timedelta(days=today.weekday() + 7)
    return datetime(monday.year, monday.month, monday.day, 9, tzinfo=UTC)


def _row(record: firm_of.CrmRecord) -> dict[str, Any]:
    owner = {"owner_id": record.owner.id, "owner_team": record.owner.team}
    return {"id": record.id, **record.fields, **record.refs, **owner}
