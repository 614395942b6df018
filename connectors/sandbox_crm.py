"""The sandbox CRM (`python -m web.sandbox.crm`): every promise of the port, kept by a CRM small enough to read.

API    docs/connectors/sandbox.md, version 1
Order  `changed_at`, then `id`, both ascending; a page begins strictly after its cursor
Delete the record stays in the feed with `deleted` and without fields
Limit  5,000 rows in a page, 500 writes in a request
Repeat every write carries `once`; the same key again is accepted and changes nothing
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from functools import partial
from typing import Annotated, Any

from pydantic import Field, SecretStr

from connectors.answers import json_of
from connectors.faults import Fault, Malformed
from connectors.http import HttpSettings
from connectors.port import Asked, Connector, Delivered, Finding, Order, Outcome, Page, Refused, Repeat, Row, Session
from connectors.records import VendorModel, parsed, sifted
from mapping.words import CommandKind, Object, Side

BATCH = 500

#: Where each kind of write goes.
_PATHS = {
    CommandKind.LOG_CALL: "calls",
    CommandKind.SET_STATUS: "statuses",
    CommandKind.ADD_COMMENT: "comments",
    CommandKind.SET_NEXT_ACTION: "actions",
    CommandKind.BOOK_APPOINTMENT: "appointments",
}


class Settings(HttpSettings):
    """Where the sandbox listens."""

    token: Annotated[SecretStr, Field(description="Bearer token, where the sandbox was started with one")] = SecretStr(
        ""
    )
    page_size: Annotated[int, Field(description="Records in a page", ge=1, le=5_000)] = 1_000


class _Changed(VendorModel):
    id: str
    changed_at: int
    deleted: bool
    fields: dict[str, Any]
    refs: dict[str, str]
    owner: dict[str, str]


class _Changes(VendorModel):
    rows: list[dict[str, Any]]
    next: str
    more: bool


class _Result(VendorModel):
    status: str
    key: str = ""
    code: str = ""
    fields: tuple[str, ...] = ()
    wrote: dict[str, Any] = Field(default_factory=dict)


class _Results(VendorModel):
    results: list[_Result]


async def _pull(session: Session[Settings], asked: Asked, since: str | None) -> AsyncIterator[Page]:
    cursor, more = since or "", True
    while more:
        answer = await session.http.request(
            "GET",
            f"/v1/{asked.object.value}/changes",
            params={"fields": ",".join(asked.fields), "after": cursor, "limit": str(session.settings.page_size)},
            headers=_identity(session.settings),
        )
        page = parsed(_Changes, json_of(answer))
        if page.more and page.next == cursor:
            raise Malformed("cursor_stands_still", fields=("next",))
        rows, rejects = sifted(page.rows, partial(_row, asked), lambda row: str(row.get("id", ""))[:200])
        cursor, more = page.next, page.more
        yield Page(rows, rejects, cursor)


def _row(asked: Asked, raw: Mapping[str, Any]) -> Row:
    row = parsed(_Changed, raw)
    fields = {name: row.fields[name] for name in asked.fields if name in row.fields}
    return Row(asked.object, row.id, fields, row.refs, row.owner, str(row.changed_at), row.deleted)


async def _push(session: Session[Settings], orders: Sequence[Order]) -> Sequence[Outcome]:
    kind = orders[0].kind
    items = [{**order.body, "once": order.once, "record": order.record} for order in orders]
    answer = await session.http.request(
        "POST", f"/v1/{_PATHS[kind]}", json={"items": items}, headers=_identity(session.settings)
    )
    results = parsed(_Results, json_of(answer)).results
    if len(results) != len(orders):
        raise Malformed("result_missing", fields=("results",))
    return [_outcome(order, result) for order, result in zip(orders, results, strict=True)]


def _outcome(order: Order, result: _Result) -> Outcome:
    if result.status != "accepted":
        return Refused(result.code or "refused", result.fields)
    return Delivered(result.key, {f"{order.record}.{name}": value for name, value in result.wrote.items()})


async def _access(session: Session[Settings]) -> Sequence[Finding]:
    try:
        await session.http.request("GET", "/v1", headers=_identity(session.settings))
    except Fault as fault:
        return [Finding(ok=False, code=fault.code, fields=fault.fields)]
    return [Finding(ok=True, code="reachable")]


def _identity(settings: Settings) -> dict[str, str]:
    token = settings.token.get_secret_value()
    return {"Authorization": f"Bearer {token}"} if token else {}


CONNECTOR = Connector(
    name="sandbox_crm",
    side=Side.CRM,
    settings=Settings,
    access=_access,
    sources=dict.fromkeys((Object.ACCOUNT, Object.CONTACT, Object.OPPORTUNITY), _pull),
    sinks=dict.fromkeys(_PATHS, _push),
    batch=BATCH,
    repeat=Repeat.EXTERNAL_KEY,
    rate=50.0,
)
