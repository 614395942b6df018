"""A vendor's or a platform's Malformed, as a refusal at the door; and the people that a dialer sends."""

from datetime import datetime
from typing import Annotated

from pydantic import Field

from connectors import strict_json
from connectors.dialer_events import Instant, Told, Word, pointer, shaped
from connectors.faults import Malformed
from connectors.port import PersonRow
from mapping.reasons import Reason
from web.ports import Door
from web.problems import STATUS, Flaw, ProblemError

MAX_PEOPLE = 500

_BY_CODE = {reason.value: reason for reason in STATUS}


class Person(Told):
    """Somebody who calls or manages, from when to when. `profile` and `campaigns` are words of the link file."""

    id: Word
    profile: Word
    team: Annotated[str, Field(max_length=200)] = ""
    territory: Annotated[str, Field(max_length=200)] = ""
    campaigns: Annotated[list[Word], Field(max_length=200, default_factory=list)]
    starts: Annotated[Instant | None, Field(alias="from")] = None
    ends: Annotated[Instant | None, Field(alias="to")] = None


class People(Told):
    """The body of a PUT of people."""

    people: Annotated[list[Person], Field(min_length=1, max_length=MAX_PEOPLE)]


def refusal(fault: Malformed) -> ProblemError:
    """The door's word for a body that a reader did not understand; a code that is none of ours is a wrong shape."""
    flaws = [Flaw(*place.partition(" ")[::2]) for place in fault.fields]
    return ProblemError(_BY_CODE.get(fault.code, Reason.WRONG_SHAPE), flaws=flaws)


def people(body: bytes, door: Door) -> list[PersonRow]:
    """The people of one PUT. A profile or campaign that the link does not know refuses the whole of it."""
    read = shaped(People, strict_json.parse(body), "").people
    for reason, flaws in (
        (Reason.UNKNOWN_PROFILE, _unknown_profiles(read, door)),
        (Reason.UNKNOWN_CAMPAIGN, _unknown_campaigns(read, door)),
    ):
        if flaws:
            raise ProblemError(reason, flaws=flaws[:20])
    return [
        PersonRow(
            id=one.id,
            profile=one.profile,
            team=one.team,
            territory=one.territory,
            campaigns=tuple(one.campaigns),
            starts=datetime.fromisoformat(one.starts) if one.starts else None,
            ends=datetime.fromisoformat(one.ends) if one.ends else None,
        )
        for one in read
    ]


def _unknown_profiles(read: list[Person], door: Door) -> list[Flaw]:
    return [
        Flaw(pointer("/people", (at, "profile")), Reason.UNKNOWN_PROFILE)
        for at, one in enumerate(read)
        if one.profile not in door.profiles
    ]


def _unknown_campaigns(read: list[Person], door: Door) -> list[Flaw]:
    return [
        Flaw(pointer("/people", (at, "campaigns", place)), Reason.UNKNOWN_CAMPAIGN)
        for at, one in enumerate(read)
        for place, name in enumerate(one.campaigns)
        if name not in door.campaigns
    ]
