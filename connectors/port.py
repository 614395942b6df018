"""The port: what a connector is. Plain functions and one frozen declaration, no base class.

No retry, sleep, clock, logging, metrics, database or mapping in a connector: the runtime owns
those, so that every connector gets them alike. Each connector is one module that publishes one
`CONNECTOR`; its docstring states API, Order, Delete, Limit and Repeat.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from pydantic import BaseModel

from mapping.words import CommandKind, Object, Side

S = TypeVar("S", bound=BaseModel)


class Repeat(StrEnum):
    """What makes a command safe to send twice."""

    NATIVE = "native"  # the target takes an idempotency key
    EXTERNAL_KEY = "external_key"  # the target upserts by a key of ours
    READ_BEFORE_WRITE = "read_before_write"  # the connector looks for our mark before it writes


class Row(NamedTuple):
    """One CRM record as read: only the fields that were asked for."""

    object: Object
    #: The CRM's own id, as text.
    key: str
    #: Only fields that were asked for; a field the CRM does not hold is absent, an emptied one is None.
    fields: Mapping[str, Any]
    #: The records it hangs on: {"account": "12"}; a contact's account, an opportunity's account and contact.
    refs: Mapping[str, str]
    #: {"id": ..., "team": ..., "territory": ...} of the record's owner, where the CRM tells.
    owner: Mapping[str, str]
    #: The CRM's own version or time of change, as text, for the record of what was read.
    version: str
    deleted: bool = False


class Reject(NamedTuple):
    """A row that could not be read: its key where known, and why, without values."""

    key: str
    code: str
    fields: tuple[str, ...] = ()


class Page(NamedTuple):
    """A step of a pull. Rows, rejects and cursor are stored by the runtime in one transaction."""

    rows: Sequence[Row]
    rejects: Sequence[Reject]
    cursor: str


class Asked(NamedTuple):
    """What a pull may read: nothing that is not named here crosses the wire from the CRM."""

    object: Object
    fields: tuple[str, ...]


class Order(NamedTuple):
    """A command as a sink sees it."""

    #: The same for every attempt of the same command: the idempotency key.
    once: str
    kind: CommandKind
    #: The CRM record, `object/id`.
    record: str
    body: Mapping[str, Any]
    #: True when an earlier attempt may have been applied.
    in_doubt: bool = False


class Delivered(NamedTuple):
    """The target holds it. `key` is the target's own id, where it gives one."""

    key: str = ""
    #: CRM fields of records that this write changed, `contact/42.status` -> new value: how our own echo is recognised.
    wrote: Mapping[str, Any] = {}


class Refused(NamedTuple):
    """The target will not take it, now or later."""

    code: str
    fields: tuple[str, ...] = ()


class Busy(NamedTuple):
    """This one order only: try it again, not before `retry_after` seconds."""

    code: str
    retry_after: float = 0.0


Outcome = Delivered | Refused | Busy


class Happening(NamedTuple):
    """Something the dialer told us: becomes one event of the log, or several."""

    #: The dialer's own id of it: the same for every repetition.
    id: str
    #: An `EventType` value, or what the dialer said where it is none of them.
    type: str
    #: RFC 3339 with offset.
    time: str
    data: Mapping[str, Any]


class PersonRow(NamedTuple):
    """Who someone is on the dialer's side, from when to when."""

    id: str
    profile: str
    team: str = ""
    territory: str = ""
    campaigns: tuple[str, ...] = ()
    #: The person's id in the CRM, where known: the true author of a write.
    crm_user: str = ""
    starts: datetime | None = None
    ends: datetime | None = None


class Finding(NamedTuple):
    """What an access check says of one right or address."""

    ok: bool
    code: str
    fields: tuple[str, ...] = ()


class Http(Protocol):
    """The one HTTP seam (`connectors.http`): sends, limits sizes, turns a status into a Fault."""

    async def request(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        content: bytes | None = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> "Answer":
        """Send one request below the connection's base address.

        Raises Transient (429, 408, 425, 5xx, network; `in_doubt` once the body was sent),
        Misconfigured (401, 403, 3xx, 404 on the API itself), Malformed (too large, not JSON where JSON was due).
        Statuses listed by the connector as its own answer (`accept`) come back instead.
        """
        ...


class Answer(NamedTuple):
    """A response that was read whole, within the size limit."""

    status: int
    headers: Mapping[str, str]
    content: bytes


@dataclass(frozen=True)
class Session(Generic[S]):
    """What a connector function gets: its settings, and the seam to its system (None for files)."""

    settings: S
    http: Http
    #: Small state that lives as long as the process: login sessions, resolved ids. Never values of records.
    memory: dict[str, Any] = field(default_factory=dict, repr=False)


Pull = Callable[[Session[Any], Asked, str | None], AsyncIterator[Page]]
Push = Callable[[Session[Any], Sequence[Order]], Awaitable[Sequence[Outcome]]]
Receive = Callable[[Any, bytes, Mapping[str, str]], Sequence[Happening]]
Access = Callable[[Session[Any]], Awaitable[Sequence[Finding]]]


@dataclass(frozen=True)
class Connector:
    """A system, declared."""

    name: str
    side: Side
    settings: type[BaseModel]
    access: Access
    #: CRM side: what can be read. Yields pages until nothing is left; the cursor of the last page starts the next pull.
    sources: Mapping[Object, Pull] = field(default_factory=dict)
    #: What can be asked. One outcome per order, in order; a Fault counts for the whole batch.
    sinks: Mapping[CommandKind, Push] = field(default_factory=dict)
    #: Dialer side: a webhook's settings, raw body and headers (lower case) into happenings. Raises Malformed.
    receive: Receive | None = None
    #: How many orders one push may carry.
    batch: int = 1
    repeat: Repeat = Repeat.EXTERNAL_KEY
    #: Whether the dialer can show different fields of one prospect to different profiles.
    views: bool = False
    #: Whether a pull begins anew by itself when its cursor was made while other fields were asked for. Where not, the
    #: cursor is dropped then.
    knows_asked: bool = False
    #: Requests a second the system bears unless the connection says otherwise.
    rate: float = 10.0
