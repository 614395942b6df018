"""What a connection to Tryton says."""

from enum import StrEnum
from typing import Annotated, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, Field, SecretStr

from connectors.http import HttpSettings


class Team(StrEnum):
    """What is taken for the team of an opportunity's employee."""

    SUPERVISOR = "supervisor"
    COMPANY = "company"
    NONE = "none"


class Territory(StrEnum):
    """What is taken for the territory of a record: a part of the party's first address."""

    POSTAL_CODE = "postal_code"
    SUBDIVISION = "subdivision"
    COUNTRY = "country"
    NONE = "none"


class State(StrEnum):
    """States of an opportunity that may be set from outside. `won` is Tryton's own: it follows from a sale."""

    LEAD = "lead"
    OPPORTUNITY = "opportunity"
    CONVERTED = "converted"
    LOST = "lost"
    CANCELLED = "cancelled"


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise ValueError("not a time zone") from None
    return name


class Settings(HttpSettings):
    """A connection to one database of one Tryton server."""

    #: 401 is a session that ended: we log in once more.
    ACCEPT: ClassVar = frozenset({401})

    database: Annotated[str, Field(description="Name of Tryton's database", pattern=r"^[A-Za-z0-9_-]{1,63}$")]
    user: Annotated[str, Field(description="Login of the user made for Écluse", min_length=1, max_length=100)]
    password: Annotated[SecretStr, Field(description="That user's password")]
    company: Annotated[
        int | None, Field(description="Id of the company, where it is not the one of the user's preferences", ge=1)
    ] = None
    categories: Annotated[
        tuple[str, ...], Field(description="Names of party categories: only their parties are read; empty: all")
    ] = ()
    account_field: Annotated[
        str, Field(description="Party field that leads to a contact's firm; empty: a party is its own firm")
    ] = ""
    team: Annotated[Team, Field(description="The team: `supervisor`, `company` or `none`")] = Team.SUPERVISOR
    territory: Annotated[
        Territory,
        Field(description="The territory: `postal_code`, `subdivision`, `country` or `none`"),
    ] = Territory.NONE
    territory_length: Annotated[
        int, Field(description="How many characters of it count: 2 of a French postal code; 0: all", ge=0, le=10)
    ] = 0
    may_set: Annotated[
        tuple[State, ...],
        Field(description="States of an opportunity that may be set; `converted` makes Tryton draft a sale"),
    ] = (State.LEAD, State.OPPORTUNITY, State.LOST, State.CANCELLED)
    page_size: Annotated[int, Field(description="Records in one request", ge=1, le=1000)] = 200
    overlap_seconds: Annotated[
        int, Field(description="How long a transaction in Tryton may take without a row being missed", ge=0, le=86_400)
    ] = 300
    most_gone_percent: Annotated[
        int,
        Field(description="When more records than this are gone at once, stop and tell a human", ge=1, le=100),
    ] = 50
    language: Annotated[str, Field(description="Language of the notes: `fr` or `en`", pattern=r"^(fr|en)$")] = "fr"
    time_zone: Annotated[
        str, Field(description="Time zone of appointments, as in `Europe/Paris`"), AfterValidator(_zone)
    ] = "Europe/Paris"
    organizer: Annotated[
        str, Field(description="E-mail address that appointments name as organiser", max_length=254)
    ] = ""
