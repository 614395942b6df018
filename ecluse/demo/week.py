"""A week of calls: what five telemarketers report, and what should never have been sent with it.

Each happening is one the dialer would send: a call that ended, with the appointment, the status or
the next action that came of it. Some are wrong on purpose, one kind each, for the demonstration has
to show what happens to them.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from ecluse.demo import words

CALLS = 400
WORKING_DAYS = 5
#: Disposition -> how often in a hundred calls. Most calls find nobody.
OUTCOMES = {
    "NRP": 34, "OCC": 6, "REP": 16, "FAUX": 3, "ERREUR": 3, "COUPE": 2, "RAPPEL": 10, "QUALIF": 7, "RDV": 7, "PI": 6,
    "ARGU": 3, "REFUS": 3,
}  # fmt: skip
ANSWERED = ("RAPPEL", "QUALIF", "RDV", "PI", "ARGU", "REFUS", "COUPE", "ERREUR")


class Caller(NamedTuple):
    """A telemarketer, and the campaigns they call for."""

    id: str
    profile: str
    campaigns: tuple[str, ...]


class Called(NamedTuple):
    """A prospect as the dialer got it."""

    record: str
    phone: str
    campaign: str


class Happened(NamedTuple):
    """What the dialer reports: a CloudEvents type, and its data."""

    id: str
    type: str
    time: datetime
    subject: str
    data: dict[str, Any]


def week(seed: int, monday: datetime, callers: Sequence[Caller], prospects: Iterable[Called]) -> list[Happened]:
    """The calls of a week in the order of their time; `monday` is its first morning, 9 o'clock, with its zone."""
    random = Random(f"{seed} week")  # noqa: S311 - a story to be told again the same way, no secret
    lists: dict[str, list[Called]] = {}
    for prospect in prospects:
        if prospect.phone:
            lists.setdefault(prospect.campaign, []).append(prospect)
    story: list[Happened] = []
    for number in range(CALLS):
        caller = callers[number % len(callers)]
        mine = [campaign for campaign in caller.campaigns if lists.get(campaign)]
        if not mine:
            continue
        campaign = random.choice(mine)
        at = _moment(random, monday, number)
        story.append(_call(random, number, at, caller, random.choice(lists[campaign])))
    return sorted([*story, *mishaps(monday, callers, lists)], key=lambda happened: (happened.time, happened.id))


def _moment(random: Random, monday: datetime, number: int) -> datetime:
    day, of_the_day = divmod(number, CALLS // WORKING_DAYS)
    minutes = of_the_day * 8 * 60 // (CALLS // WORKING_DAYS) + random.randrange(5)
    lunch = 60 if minutes > 180 else 0
    return monday + timedelta(days=min(day, WORKING_DAYS - 1), minutes=minutes + lunch)


def _call(random: Random, number: int, at: datetime, caller: Caller, prospect: Called) -> Happened:
    outcome = random.choices(tuple(OUTCOMES), weights=tuple(OUTCOMES.values()))[0]
    answered = outcome in ANSWERED
    call: dict[str, Any] = {
        "id": f"k{number + 1}",
        "disposition": outcome,
        "started_at": at.isoformat(),
        "duration": random.randint(40, 540) if answered else random.randint(0, 35),
        "attempt": random.randint(1, 3),
    }
    if answered and random.random() < 0.6:
        call["comment"] = random.choice(words.COMMENTS)
    data = {**_who(caller, prospect), "call": call, **_what_came_of_it(random, number, at, outcome)}
    return Happened(f"call-{number + 1}", "phoning.call.ended", at + timedelta(minutes=9), prospect.record, data)


def _who(caller: Caller, prospect: Called) -> dict[str, Any]:
    return {
        "prospect": {"id": prospect.record, "phone": prospect.phone},
        "campaign": prospect.campaign,
        "agent": {"id": caller.id, "profile": caller.profile},
    }


def _what_came_of_it(random: Random, number: int, at: datetime, outcome: str) -> Mapping[str, Any]:
    if outcome == "RDV":
        start = (at + timedelta(days=random.randint(3, 12))).replace(
            hour=random.choice((9, 10, 11, 14, 15, 16)), minute=random.choice((0, 30)), second=0
        )
        meeting = {
            "id": f"rdv-{number + 1}",
            "start": start.isoformat(),
            "end": (start + timedelta(minutes=45)).isoformat(),
            "place": random.choice(words.PLACES),
            "subject": random.choice(words.PRODUCTS),
        }
        return {"appointment": meeting}
    if outcome == "RAPPEL":
        return {"next_action": {"kind": "call", "at": (at + timedelta(days=2)).isoformat(), "note": "à rappeler"}}
    if outcome == "QUALIF":
        return {"status": {"value": "qualified"}}
    return {}


def mishaps(monday: datetime, callers: Sequence[Caller], lists: Mapping[str, Sequence[Called]]) -> list[Happened]:
    """What goes wrong in a week: told by kind in its id, so that the report can name each."""
    caller = next(one for one in callers if any(lists.get(campaign) for campaign in one.campaigns))
    campaign = next(name for name in caller.campaigns if lists.get(name))
    prospect = lists[campaign][0]
    foreign = next((lists[name][0] for name in lists if name and name not in caller.campaigns), None)
    at = monday + timedelta(days=2, hours=7)

    def made(kind: str, data: dict[str, Any], event_type: str = "phoning.call.ended", subject: str = "") -> Happened:
        return Happened(f"mishap-{kind}", event_type, at, subject or prospect.record, data)

    def call(disposition: str = "NRP") -> dict[str, Any]:
        return {"id": "kx", "disposition": disposition, "started_at": at.isoformat(), "duration": 12, "attempt": 1}

    nobody = Caller("tp-99", caller.profile, ())
    gone = Called("contact/c999999", prospect.phone, campaign)
    story = [
        made("unknown-disposition", {**_who(caller, prospect), "call": call("MYSTERE")}),
        made("unknown-person", {**_who(nobody, prospect), "call": call()}),
        made("unknown-record", {**_who(caller, gone), "call": call()}, subject=gone.record),
        made("sixth-kind", {**_who(caller, prospect), "owner": {"id": "u-01"}}, "phoning.owner.changed"),
        made(
            "self-validated",
            {**_who(caller, prospect), "appointment": {"id": "rdv-x"}},
            "phoning.appointment.validated",
        ),
    ]
    if foreign is not None:
        story.append(made("foreign-campaign", {**_who(caller, foreign), "call": call()}, subject=foreign.record))
    return story
