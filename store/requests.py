"""Revisions that somebody asks for, and who signed what about them. Rows are only ever added."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum
from typing import Any, Final, NamedTuple

import orjson
from sqlalchemy import Connection, Row, text

from store import dialect
from store.errors import Violated

#: In the place of a request: the register itself.
REGISTER: Final = 0
_COLUMNS: Final = "number, after, revision, track, parts, reason, date, decided_by, source_text, recalls, sends, held"
_ALL: Final = text(
    f"SELECT {_COLUMNS} FROM requests WHERE tenant = :tenant AND link = :link ORDER BY number DESC LIMIT :limit"
)
#: Two at once would take the same number: the primary key lets one of them through.
_ADD: Final = text(
    f"INSERT INTO requests (tenant, link, {_COLUMNS}) SELECT :tenant, :link, coalesce(max(number), 0) + 1, :after,"
    " :revision, :track, :parts, :reason, :date, :decided_by, :source_text, :recalls, :sends, :held"
    " FROM requests WHERE tenant = :tenant AND link = :link RETURNING number"
)
_SIGN: Final = text(
    "INSERT INTO signatures (tenant, link, request, number, act, name, account, reason, figure, signed_at)"
    " SELECT :tenant, :link, :request, coalesce(max(number), 0) + 1, :act, :name, :account, :reason, :figure, :now"
    " FROM signatures WHERE tenant = :tenant AND link = :link AND request = :request"
)
_SIGNED: Final = text(
    "SELECT request, act, name, account, reason, figure, signed_at FROM signatures"
    " WHERE tenant = :tenant AND link = :link ORDER BY request, number"
)

_LINKS: Final = text("SELECT DISTINCT tenant, link FROM requests ORDER BY tenant, link")


class Track(StrEnum):
    """How many people it takes (R117)."""

    STANDARD = "standard"
    REGULATED = "regulated"


class Act(StrEnum):
    """What somebody signed for."""

    PROPOSED = "proposed"
    APPROVED = "approved"
    #: That so many records change at once; `figure` says how many.
    VOLUME_ACCEPTED = "volume_accepted"
    REJECTED = "rejected"
    #: `figure` is its number in the register.
    PUBLISHED = "published"
    EXPORTED = "exported"


class Signature(NamedTuple):
    """One person's word. `signed_at`: UTC microseconds, by the database's clock."""

    request: int
    act: Act
    name: str
    #: The account of the operating system under which it was given.
    account: str
    reason: str
    figure: int
    signed_at: int


class NewSignature(NamedTuple):
    """A word to be put on record."""

    act: Act
    name: str
    account: str
    reason: str
    figure: int = 0


class NewRequest(NamedTuple):
    """A revision that is asked for."""

    #: The number of the revision in force, 0 where there is none: it was looked at beside that one.
    after: int
    revision: str
    track: Track
    #: The parts of the link file that put it on that track.
    parts: tuple[str, ...]
    reason: str
    date: date
    decided_by: str
    source_text: str
    #: Records that it would take back, and newly send.
    recalls: int
    sends: int
    #: Whether that is more than one person's apply may do.
    held: bool


class Request(NamedTuple):
    """A request as it stands, with all that was signed about it."""

    number: int
    asked: NewRequest
    signatures: tuple[Signature, ...]

    def signed(self, act: Act) -> Signature | None:
        """The last word of a kind."""
        return next((one for one in reversed(self.signatures) if one.act is act), None)


def add(conn: Connection, tenant: str, link: str, new: NewRequest, signatures: Sequence[NewSignature]) -> int:
    """Put a request on record with what is signed already; its number."""
    values = {**new._asdict(), "parts": orjson.dumps(new.parts).decode(), "date": new.date.isoformat()}
    values |= {"tenant": tenant, "link": link, "held": int(new.held), "track": new.track.value}
    number = int(conn.execute(_ADD, values).scalar_one())
    for signature in signatures:
        sign(conn, tenant, link, number, signature)
    return number


def sign(conn: Connection, tenant: str, link: str, request: int, new: NewSignature) -> None:
    """Put somebody's word on record. Raises Violated without a name or a reason."""
    if not new.name.strip() or not new.reason.strip():
        raise Violated("signature_needs_name_and_reason")
    values = {**new._asdict(), "act": new.act.value, "tenant": tenant, "link": link, "request": request}
    conn.execute(_SIGN, {**values, "now": dialect.now(conn)})


def listing(conn: Connection, tenant: str, link: str, limit: int = 1_000) -> list[Request]:
    """Newest first."""
    found: dict[int, list[Signature]] = {}
    for one in signed(conn, tenant, link):
        found.setdefault(one.request, []).append(one)
    rows = conn.execute(_ALL, {"tenant": tenant, "link": link, "limit": limit})
    return [Request(row.number, _asked(row), tuple(found.get(row.number, ()))) for row in rows]


def links(conn: Connection) -> list[tuple[str, str]]:
    """Every (tenant, link) that something was asked for."""
    return [(row.tenant, row.link) for row in conn.execute(_LINKS)]


def signed(conn: Connection, tenant: str, link: str) -> list[Signature]:
    """Everything that was signed about a link, those about the register itself first."""
    rows = conn.execute(_SIGNED, {"tenant": tenant, "link": link})
    return [Signature(request, Act(act), *rest) for request, act, *rest in rows]


def _asked(row: Row[Any]) -> NewRequest:
    return NewRequest(
        row.after, row.revision, Track(row.track), tuple(orjson.loads(row.parts)), row.reason,
        date.fromisoformat(row.date), row.decided_by, row.source_text, row.recalls, row.sends, bool(row.held),
    )  # fmt: skip
