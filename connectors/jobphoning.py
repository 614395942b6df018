"""JobPhoning, a French marketplace of telemarketers: results in by webhook, prospects out by file import.

API    no public documentation; the webhook's fields were read in a public receiver (docs/connectors/jobphoning.md)
Order  a file replaces earlier lines of the same `id`; the webhook repeats the whole call history, in any order
Delete none: `rappels-….csv` lists the prospects to take back, for a person or a script there
Limit  5,000 lines in a file; none known for the webhook
Repeat a file is named after its commands: the same push writes it again; a call is known by client, hour and login
"""

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator, model_validator

from connectors import dialer_wire, jobphoning_calls, prospect_file
from connectors.faults import Misconfigured
from connectors.port import Connector, Delivered, Finding, Happening, Order, Outcome, Repeat, Session
from mapping.words import CommandKind, Side

LINES = 5_000


class Settings(dialer_wire.WireSettings):
    """Either `import_folder`, where JobPhoning's import takes files from, or `base_url` of an adapter of theirs."""

    import_folder: Annotated[
        Path | None, Field(description="Folder in which prospects are laid down as CSV files for JobPhoning's import")
    ] = None
    columns: Annotated[
        tuple[str, ...], Field(description="Order of the prospect's columns; empty: as the link file names them")
    ] = ()
    timezone: Annotated[str, Field(description="Zone of the hours in the webhook, which carry none")] = "Europe/Paris"

    @field_validator("timezone")
    @classmethod
    def _zone_exists(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise ValueError("not a time zone") from None
        return name

    @model_validator(mode="after")
    def _one_way_out(self) -> Self:
        if bool(self.import_folder) == bool(self.base_url):
            raise ValueError("give import_folder or base_url, one of the two")
        return self


def receive(settings: Settings, body: bytes, headers: Mapping[str, str]) -> Sequence[Happening]:
    """One call of the history, one happening."""
    return jobphoning_calls.read(body, headers.get("content-type", ""), ZoneInfo(settings.timezone))


async def _upsert(session: Session[Settings], orders: Sequence[Order]) -> Sequence[Outcome]:
    folder = session.settings.import_folder
    if folder is None:
        return await dialer_wire.push_prospects(session, orders)
    # A file cannot say of one line that nobody may be rung yet, so those lines go into a file of their own.
    for name, dial in (("prospects", True), ("chargement", False)):
        chosen = [order for order in orders if order.body.get("dial", True) is dial]
        rows = [
            # Last, so that no field of the link's own can take their place: by the id results come back.
            {**order.body.get("fields", {}), "id": order.record, "campagne": order.body.get("campaign", "")}
            for order in chosen
        ]
        await _laid(folder, name, chosen, rows, ("id", "campagne", *session.settings.columns))
    return [Delivered() for _ in orders]


async def _recall(session: Session[Settings], orders: Sequence[Order]) -> Sequence[Outcome]:
    folder = session.settings.import_folder
    if folder is None:
        return await dialer_wire.push_recalls(session, orders)
    rows = [
        {"id": order.record, "campagne": order.body.get("campaign", ""), "motif": order.body.get("reason", "")}
        for order in orders
    ]
    await _laid(folder, "rappels", orders, rows, ("id", "campagne", "motif"))
    return [Delivered() for _ in orders]


async def _laid(
    folder: Path, name: str, orders: Sequence[Order], rows: Sequence[Mapping[str, Any]], columns: Sequence[str]
) -> None:
    if not orders:
        return
    digest = hashlib.sha256("\n".join(order.once for order in orders).encode()).hexdigest()[:24]
    content = prospect_file.written(rows, columns)
    try:
        await asyncio.to_thread(prospect_file.lay_down, folder / f"{name}-{digest}.csv", content)
    except OSError:
        raise Misconfigured("folder_not_writable", fields=("import_folder",)) from None


async def _access(session: Session[Settings]) -> Sequence[Finding]:
    folder = session.settings.import_folder
    if folder is None:
        return await dialer_wire.access(session)
    writable = await asyncio.to_thread(prospect_file.is_writable, folder)
    code = "folder_writable" if writable else "folder_not_writable"
    return [Finding(ok=writable, code=code, fields=("import_folder",))]


CONNECTOR = Connector(
    name="jobphoning",
    side=Side.DIALER,
    settings=Settings,
    access=_access,
    sinks={CommandKind.UPSERT_PROSPECT: _upsert, CommandKind.RECALL_PROSPECT: _recall},
    receive=receive,
    batch=LINES,
    repeat=Repeat.EXTERNAL_KEY,
    views=False,
)
