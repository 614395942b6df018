"""The link file, version 1, as typed values: one CRM joined to one dialer for one tenant.

These models check one value at a time. What only shows when values are put side by side (a role
that no one defined, a label that would leak) is `mapping.checks`; what decides is `mapping.policy`.
Descriptions go into the published JSON Schema, so they speak to those who write link files.
"""

from datetime import date, timedelta
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from mapping import durations, scalars
from mapping.things import Action, Thing
from mapping.words import Disposition, Grant, Mask, Object, PerimeterModel, Reach, Shape

NAME_PATTERN = r"^[a-z][a-z0-9_-]{0,63}$"
LABEL_PATTERN = r"^[a-z][a-z0-9_]{0,31}$"
FIELD_NAME_PATTERN = r"^[A-Za-z_][A-Za-z0-9_]{0,63}$"
FIELD_PATH_PATTERN = r"^(contact|account|opportunity)\.[A-Za-z_][A-Za-z0-9_]{0,63}$"
OWNER_PATH_PATTERN = r"^(contact|account|opportunity)\.[A-Za-z_][A-Za-z0-9_]{0,63}$|^owner\.(id|team|territory)$"
DIALER_FIELD_PATTERN = r"^[A-Za-z_][A-Za-z0-9_.-]{0,63}$"
COUNTRY_PATTERN = r"^[A-Z]{2}$"

Name = Annotated[str, Field(pattern=NAME_PATTERN)]
Label = Annotated[str, Field(pattern=LABEL_PATTERN)]
FieldName = Annotated[str, Field(pattern=FIELD_NAME_PATTERN)]
FieldPath = Annotated[str, Field(pattern=FIELD_PATH_PATTERN)]
OwnerPath = Annotated[str, Field(pattern=OWNER_PATH_PATTERN)]
#: A word of the CRM or of the dialer, as that system spells it.
Word = Annotated[str, Field(min_length=1, max_length=120)]
Day = Annotated[
    date,
    BeforeValidator(scalars.day),
    WithJsonSchema({"type": "string", "format": "date", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}),
]
Duration = Annotated[
    timedelta,
    BeforeValidator(scalars.duration),
    PlainSerializer(durations.write, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": durations.PATTERN}),
]
ConditionValue = Annotated[str | int | bool, BeforeValidator(scalars.condition)]
Whole = Annotated[int, BeforeValidator(scalars.whole)]
ConditionValues = Annotated[list[ConditionValue], Field(min_length=1)]


class LinkModel(BaseModel):
    """A part of a link file: unknown keys are refused, and nothing changes after it was read."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, populate_by_name=True)


class Revision(LinkModel):
    """Why this file is as it is: motive, date, decider. A revision without the three is refused (R087)."""

    reason: Annotated[str, Field(min_length=3, max_length=500, description="Why the file was written or changed.")]
    date: Annotated[Day, Field(description="The day it was decided, year-month-day.")]
    decided_by: Annotated[str, Field(min_length=2, max_length=120, description="Who decided it.")]


class Endpoint(LinkModel):
    """One side of the link: which connector, and the name of a connection, never a secret."""

    connector: Annotated[Name, Field(description="The kind of system, such as tryton or jobphoning.")]
    connection: Annotated[Name, Field(description="A name from connections.yaml, which holds address and secrets.")]


class MaskRule(LinkModel):
    """How a label is shown, and where: one word (`last4`) stands for the rule that says only that."""

    mask: Annotated[Mask, Field(alias="as", description="How much of the value is shown.")]
    at: Annotated[
        int | None,
        Field(ge=1, le=500, description="Characters that `truncate` leaves."),
        BeforeValidator(scalars.whole_if_any),
    ] = None
    steps: Annotated[
        list[Whole] | None,
        Field(min_length=1, max_length=20, description="Where the bands of `range` begin and end, in rising order."),
    ] = None
    when: Annotated[
        dict[OwnerPath, ConditionValues],
        Field(description="Fields of the record and the values one of which each must have; always, where absent."),
    ] = {}


#: One rule, or several of which the first that holds decides; where none holds, the value stays home.
MaskRules = Annotated[
    list[MaskRule],
    Field(min_length=1, max_length=8),
    BeforeValidator(scalars.rules),
]


May = dict[Thing, list[Action]]


class Phase(LinkModel):
    """Rights that hold only while the record is at a stage of the sale (R032)."""

    when: Annotated[
        dict[FieldPath, ConditionValues],
        Field(min_length=1, description="The values that the record's fields must have, all conditions together."),
    ]
    may: Annotated[May, Field(min_length=1, description="What the role may do then, beside what it always may.")]


class Role(LinkModel):
    """What a kind of person may read, by object and label, and what they may write or propose."""

    extends: Annotated[Name | None, Field(description="A role whose rights this one has as well.")] = None
    read: Annotated[
        dict[Object, list[Label]], Field(description="Labels that the role may read, for each CRM object.")
    ] = {}
    masks: Annotated[
        dict[Object, dict[Label, MaskRules]],
        Field(description="Labels that the role may read only in part, for each CRM object, and how."),
    ] = {}
    write: Annotated[list[Grant], Field(description="What the role may write back, or propose.")] = []
    may: Annotated[
        May, Field(description="What the role may do with each thing, here and outside this link. Unlisted is denied.")
    ] = {}
    during: Annotated[list[Phase], Field(description="What it may do only at some stages of the sale.")] = []


class Profile(LinkModel):
    """Who someone is on the dialer's side, and what that makes them here."""

    role: Annotated[Name, Field(description="One of the roles of this file.")]
    #: Absent: what the perimeter model implies (open: all, teams: team, ...).
    perimeter: Annotated[
        Reach | None,
        Field(description="Which records the profile may open; what the perimeter model implies where it is absent."),
    ] = None


class PersonalException(LinkModel):
    """What one person has beside their role, for a reason and until a day (R003, R041)."""

    person: Annotated[Word, Field(description="The person's id on the dialer's side.")]
    may: Annotated[May, Field(description="What the person may do beside what the role may.")] = {}
    read: Annotated[
        dict[Object, list[Label]],
        Field(description="Labels that the person may read in the CRM. No dialer shows more for it."),
    ] = {}
    write: Annotated[list[Grant], Field(description="What the person may write back, or propose.")] = []
    reason: Annotated[str, Field(min_length=3, max_length=500, description="Why this person needs it.")]
    until: Annotated[Day, Field(description="The last day that it holds, in UTC.")]
    decided_by: Annotated[str, Field(min_length=2, max_length=120, description="Who decided it.")]

    def holds(self, day: date) -> bool:
        """Whether it has not expired. Nobody has to take it out of the file for that."""
        return day <= self.until


class Project(LinkModel):
    """A campaign: the records whose fields have one of the listed values, from a day to a day, both included.

    In the file the conditions stand beside `starts` and `ends` (`account.industry: [retail]`);
    the reader moves them under `where` before this model sees them.
    """

    where: dict[OwnerPath, ConditionValues] = {}
    starts: Annotated[Day | None, Field(description="First day of the campaign.")] = None
    ends: Annotated[Day | None, Field(description="Last day of the campaign.")] = None


class Perimeter(LinkModel):
    """One main model, with project spaces (campaigns) beside it (R035, R036)."""

    model: Annotated[PerimeterModel, Field(description="How the firm divides its records.")]
    projects: Annotated[
        dict[Name, Project], Field(description="Campaigns by name. The first whose conditions hold has the record.")
    ] = {}
    territories: Annotated[
        dict[Name, dict[OwnerPath, ConditionValues]],
        Field(description="Territories by name, each with the values that a record's fields must have."),
    ] = {}


class FieldMap(LinkModel):
    """One field from the CRM's words to the dialer's."""

    source: Annotated[FieldPath, Field(alias="from", description="The CRM's field: object.field.")]
    to: Annotated[str, Field(pattern=DIALER_FIELD_PATTERN, description="The dialer's name for it.")]
    shape: Annotated[Shape, Field(alias="as", description="The type that the dialer receives.")] = Shape.TEXT
    values: Annotated[
        dict[str, str] | None,
        Field(description="The CRM's value to the dialer's. What is not in the table does not go out."),
    ] = None
    max: Annotated[
        int,
        Field(ge=1, le=10_000, description="Longest text that may leave, in characters."),
        BeforeValidator(scalars.whole),
    ] = 500


class DispositionRule(LinkModel):
    """What the dialer's result of a call is here."""

    means: Annotated[Disposition, Field(alias="is", description="The canonical result of the call.")]
    retry_after: Annotated[Duration | None, Field(description="Not to be called again before, such as 2d or 36h.")] = (
        None
    )
    propose_status: Annotated[
        Word | None, Field(description="The lead status that this result proposes: a word on the left of `statuses`.")
    ] = None


class Appointments(LinkModel):
    """The clock of an appointment that waits for its manager."""

    expire_after: Annotated[Duration, Field(description="Undecided for so long, it expires.")] = timedelta(days=3)


class Link(LinkModel):
    """A whole link file: one CRM joined to one dialer for one tenant."""

    link: Annotated[Name, Field(description="The link's name.")]
    tenant: Annotated[
        Name | None, Field(description="Whose data it is; the link's own name where the file does not say.")
    ] = None
    revision: Revision
    crm: Endpoint
    dialer: Endpoint
    country: Annotated[
        str,
        Field(pattern=COUNTRY_PATTERN, description="ISO 3166 code by which national telephone numbers are read."),
    ] = "FR"
    labels: Annotated[
        dict[Object, dict[FieldName, Label]],
        Field(description="What each CRM field is. A field without a label never leaves."),
    ]
    mandatory: Annotated[
        dict[Object, list[FieldName]],
        Field(description="The fields of each record that must be filled in the CRM, all of them labelled."),
    ] = {}
    roles: Annotated[dict[Name, Role], Field(description="Four to eight kinds of rights; more than eight are refused.")]
    profiles: Annotated[
        dict[Name, Profile],
        Field(description="The dialer's profiles and the role of each. Whoever is not named gets nothing."),
    ]
    exceptions: Annotated[
        list[PersonalException], Field(description="What single persons have beside their roles, each until a day.")
    ] = []
    perimeter: Perimeter
    fields: Annotated[list[FieldMap], Field(description="What goes out, field by field, in the dialer's words.")]
    dispositions: Annotated[
        dict[Word, DispositionRule], Field(description="The dialer's call results, each as a canonical one.")
    ] = {}
    statuses: Annotated[
        dict[Word, Word], Field(description="Lead statuses a manager may set: the dialer's word to the CRM's.")
    ] = {}
    appointments: Appointments = Appointments()

    @property
    def owner_tenant(self) -> str:
        """The tenant this link belongs to."""
        return self.tenant or self.link


#: Fields of a link that a file may leave out, for the JSON Schema and the documentation.
OPTIONAL: tuple[str, ...] = ("tenant", "country", "mandatory", "exceptions", "dispositions", "statuses", "appointments")

Conditions = dict[str, list[Any]]
