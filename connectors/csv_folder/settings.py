"""What a connection to a folder of exports says."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from mapping.words import Object


def _file_name(name: str) -> str:
    if Path(name).name != name or name in (".", ".."):
        raise ValueError("a name of a file in the folder, without a path")
    return name


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise ValueError("not a time zone") from None
    return name


FileName = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_file_name)]
Column = Annotated[str, Field(min_length=1, max_length=200)]
FieldName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,63}$")]


class Encoding(StrEnum):
    """How a file's bytes are read. `auto`: UTF-8 where it is that throughout, otherwise Windows-1252."""

    AUTO = "auto"
    UTF_8 = "utf-8"
    WINDOWS = "cp1252"
    LATIN_9 = "iso8859-15"


class Delimiter(StrEnum):
    """What stands between cells. `auto`: whichever of the others the first line has most of."""

    AUTO = "auto"
    SEMICOLON = ";"
    COMMA = ","
    TAB = "tab"


class Sheet(BaseModel):
    """One export. Columns are named as the first line has them, or as their fields are called."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    file: Annotated[FileName, Field(description="Name of the file")]
    key: Annotated[Column, Field(description="Column of the record's own id")] = "id"
    refs: Annotated[
        dict[Literal["account", "contact"], Column],
        Field(description="Columns of the ids of the records it hangs on: `account`, `contact`"),
    ] = {}
    owner: Annotated[
        dict[Literal["id", "team", "territory"], Column],
        Field(description="Columns of its owner's `id`, `team`, `territory`"),
    ] = {}
    columns: Annotated[
        dict[Column, FieldName],
        Field(description="Column -> field, where the field is not to be called as the column is"),
    ] = {}


class Settings(BaseModel):
    """A connection to one folder."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    folder: Annotated[Path, Field(description="Where the exports arrive")]
    contacts: Annotated[
        Sheet | None, Field(description="The export of contacts, as in `{file: contacts.csv, key: id}`")
    ] = None
    accounts: Annotated[Sheet | None, Field(description="The export of accounts")] = None
    opportunities: Annotated[Sheet | None, Field(description="The export of opportunities")] = None
    encoding: Annotated[
        Encoding, Field(description="`auto`, or `utf-8`, `cp1252`, `iso8859-15` where that guesses wrong")
    ] = Encoding.AUTO
    delimiter: Annotated[Delimiter, Field(description="`auto`, or `;`, `,`, `tab`")] = Delimiter.AUTO
    full_export: Annotated[bool, Field(description="Each export holds all records: who is missing is deleted")] = False
    done_suffix: Annotated[
        str,
        Field(description="Read a file only beside one with this suffix, as in `.done`; empty: at once", max_length=20),
    ] = ""
    final_line_end: Annotated[
        bool, Field(description="A file that does not end with a line end is still being written")
    ] = True
    page_size: Annotated[int, Field(description="Rows stored in one transaction", ge=1, le=5000)] = 500
    most_gone_percent: Annotated[
        int, Field(description="When more records than this are gone at once, stop and tell a human", ge=1, le=100)
    ] = 50
    out: Annotated[FileName, Field(description="Folder, in `folder`, for what is written back")] = "out"
    time_zone: Annotated[str, Field(description="Time zone of appointments"), AfterValidator(_zone)] = "Europe/Paris"
    organizer: Annotated[
        str, Field(description="E-mail address that appointments name as organiser", max_length=254)
    ] = ""

    def sheet(self, kind: Object) -> Sheet | None:
        return {
            Object.CONTACT: self.contacts,
            Object.ACCOUNT: self.accounts,
            Object.OPPORTUNITY: self.opportunities,
        }[kind]
