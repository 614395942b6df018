"""The settings of an installation: what may be set, and what is in force where nothing is.

`ecluse.yaml` of the working folder holds them; a variable of the environment wins over it
(`ECLUSE_DATABASE`, `ECLUSE_INTERVALS__POLL`). No secret stands in the file: it is named as `file:PATH` or `env:NAME`.
"""

import re
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from ecluse.secret import Reference, is_reference

FILE = "ecluse.yaml"
PREFIX = "ECLUSE_"
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_PASSWORD = re.compile(r"://[^/@:]*:[^/@]+@")


def duration(value: object) -> object:
    """`15s`, `5m`, `2h`, `3d`: the form in which every duration of Écluse is written."""
    if isinstance(value, str) and (read := re.fullmatch(r"([1-9]\d{0,4})([smhd])", value.strip())):
        return timedelta(**{UNITS[read[2]]: int(read[1])})
    if isinstance(value, timedelta):
        return value
    raise PydanticCustomError("duration_form", "not written as a duration")


Duration = Annotated[timedelta, BeforeValidator(duration)]


class Intervals(BaseModel):
    """How often the clockwork turns."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    #: How often the CRM is asked for changes.
    poll: Duration = timedelta(seconds=15)
    #: How often the deadlines of appointments are looked at.
    deadlines: Duration = timedelta(minutes=1)
    #: How long a stop may take; what is still under way then is taken up at the next start.
    stop: Duration = timedelta(seconds=25)


class Kafka(BaseModel):
    """The broker of the Kafka runtime, and how it is reached. Secrets by reference, as everywhere."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    #: `host:port`, several with commas.
    bootstrap: Annotated[str, Field(pattern=r"^$|^[^\s,]+:\d{1,5}(,[^\s,]+:\d{1,5})*$")] = ""
    #: What the names of topics, groups and transactional ids begin with.
    prefix: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,40}$")] = "ecluse"
    #: The name of this worker, unlike that of any other; the machine's own where nothing is said.
    worker: Annotated[str, Field(pattern=r"^$|^[A-Za-z0-9][A-Za-z0-9._-]{0,60}$")] = ""
    #: Keep this worker's part for it while it restarts, for as long as a session lasts.
    reserved: bool = False
    #: How long a worker may be silent before the others take up its part.
    session: Duration = timedelta(seconds=30)
    protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    mechanism: Literal["", "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = ""
    username: str = ""
    password: Reference | None = None
    #: PEM files: who is trusted, and who we are where the broker asks.
    authority: str = ""
    certificate: str = ""
    certificate_key: str = ""
    #: As many workers as there are partitions can share the work. Fixed once events went through.
    partitions: Annotated[int, Field(ge=1, le=1_000)] = 12
    replication: Annotated[int, Field(ge=1, le=9)] = 3
    #: Accept a broker that would lose what it acknowledged: one replica, no encryption on the way.
    development: bool = False
    #: Events of one link that may be with the broker at once.
    share: Annotated[int, Field(ge=100, le=1_000_000)] = 5_000


class Settings(BaseSettings):
    """`ecluse.yaml`, and the variables that win over it."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True, hide_input_in_errors=True
    )

    #: An SQLAlchemy address, or a reference to one. SQLite for one machine, PostgreSQL for more.
    database: str = "sqlite:///ecluse.db"
    #: Where the 32-byte key is that wraps the data keys, in hexadecimal or base64.
    key: Reference = "file:ecluse.key"
    runtime: Literal["embedded", "kafka"] = "embedded"
    #: What is printed; the locale decides where nothing is said.
    language: Literal["fr", "en"] | None = None
    #: ISO 3166 code, for links that `init` lays down.
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] = "FR"
    #: Where the web server listens.
    listen: Annotated[str, Field(pattern=r"^[^\s:\[\]]+:\d{1,5}$|^\[[0-9a-f:]+\]:\d{1,5}$")] = "127.0.0.1:8080"
    #: The folder of the link files.
    links: str = "links"
    #: Who is who on the dialer's side, where the dialer cannot tell.
    people: str = "people.csv"
    #: How many people it takes to change who may see or write what. `one` is for trying things out.
    approval: Literal["one", "two"] = "two"
    #: Who may decide; anybody where nobody is named.
    deciders: Annotated[tuple[str, ...], Field(max_length=12)] = ()
    #: More records than this, taken back or newly sent at once, wait for somebody's word.
    mass_records: Annotated[int, Field(ge=0)] = 1_000
    #: So does taking back more than this share, in percent, of what the dialer holds.
    mass_percent: Annotated[int, Field(ge=0, le=100)] = 20
    intervals: Intervals = Intervals()
    kafka: Kafka = Kafka()

    @field_validator("database")
    @classmethod
    def _without_password(cls, value: str) -> str:
        if not is_reference(value) and _PASSWORD.search(value):
            raise PydanticCustomError("password_in_file", "a password")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003 - the signature is pydantic's
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What the file says comes in as arguments, and the environment stands before it."""
        return env_settings, init_settings
