"""What goes back to a firm without a CRM to call: one file for each kind of write, lines only ever added.

A line is on disk before its order counts as delivered. A cell that a spreadsheet would take for a
formula gets an apostrophe in front, which is how spreadsheets themselves mark text.
"""

import asyncio
import csv
import errno
import io
import os
import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connectors.calendar import NotAnAppointmentError, calendar_file, handle
from connectors.csv_folder.settings import Settings
from connectors.faults import Misconfigured, Transient
from connectors.port import Delivered, Order, Outcome, Refused, Session
from mapping.words import CommandKind, Object

FILES: Mapping[CommandKind, tuple[str, tuple[str, ...]]] = {
    CommandKind.LOG_CALL: (
        "results.csv",
        ("result", "label", "started_at", "duration", "attempt", "comment", "campaign"),
    ),
    CommandKind.SET_STATUS: ("statuses.csv", ("status",)),
    CommandKind.ADD_COMMENT: ("comments.csv", ("at", "text")),
    CommandKind.SET_NEXT_ACTION: ("next_actions.csv", ("at", "kind", "note")),
    CommandKind.BOOK_APPOINTMENT: (
        "appointments.csv",
        ("id", "start", "end", "place", "subject", "note", "validated_by"),
    ),
}
#: Where the firm may move what it has taken in: keys are looked for there as well when an order is in doubt.
IMPORTED = "imported"
CALENDARS = "calendars"
FORMULA = ("=", "+", "-", "@", "\t", "\r")
LINE_END = b"\r\n"
BOM = "\ufeff"
KEYS = "csv.keys"
_ONE_AT_A_TIME = threading.Lock()


async def push(session: Session[Settings], orders: Sequence[Order]) -> Sequence[Outcome]:
    """Add a line for each order, unless its key is there."""
    try:
        return await asyncio.to_thread(_pushed, session, orders)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise Transient("disk_full", in_doubt=True) from None
        raise Misconfigured("not_writable", fields=("out",)) from None


def _pushed(session: Session[Settings], orders: Sequence[Order]) -> list[Outcome]:
    with _ONE_AT_A_TIME:
        folder = session.settings.folder / session.settings.out
        folder.mkdir(exist_ok=True)
        return [_outcome(session, folder, order) for order in orders]


def _outcome(session: Session[Settings], folder: Path, order: Order) -> Outcome:
    kind, _, key = order.record.partition("/")
    if kind not in set(Object) or not key:
        return Refused("no_such_record")
    name, columns = FILES[order.kind]
    path, written = folder / name, safe(order.once)
    _mend(path)
    keys: dict[Path, tuple[int, set[str]]] = session.memory.setdefault(KEYS, {})
    if path not in keys or keys[path][0] != _size(path):
        keys[path] = (_size(path), _keys_of(path))
    if written in keys[path][1] or (order.in_doubt and written in _imported(folder, name)):
        return Delivered(order.once)
    if order.kind is CommandKind.BOOK_APPOINTMENT:
        try:
            _calendar(session.settings, folder, order)
        except NotAnAppointmentError as error:
            return Refused("invalid_value", (error.field,))
    _append(path, ("key", "record", *columns, "author", "crm_user"), _cells(order, columns))
    keys[path] = (_size(path), keys[path][1] | {written})
    return Delivered(order.once)


def _cells(order: Order, columns: Sequence[str]) -> list[Any]:
    author = order.body.get("author") or {}
    values = [_told(order.body, column) for column in columns]
    return [order.once, order.record, *values, author.get("id"), author.get("crm_user")]


def _told(body: Mapping[str, Any], column: str) -> Any:
    """What a column of the file is called in a write, where it has another name or is a person there."""
    if column == "kind":
        return body.get("kind_of_action")
    return (body.get(column) or {}).get("id") if column == "validated_by" else body.get(column)


def safe(value: Any) -> str:
    """A cell that no spreadsheet computes, on one line of its file."""
    text = "" if value is None else str(value).replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    return f"'{text}" if text.lstrip(" \n").startswith(FORMULA) else text


def _append(path: Path, header: Sequence[str], cells: Sequence[Any]) -> None:
    new = not _size(path)
    text = io.StringIO()
    writer = csv.writer(text, delimiter=";", lineterminator=LINE_END.decode())
    if new:
        text.write(BOM)
        writer.writerow(header)
    writer.writerow([safe(cell) for cell in cells])
    with path.open("ab") as file:
        file.write(text.getvalue().encode())
        file.flush()
        os.fsync(file.fileno())
    if new:
        _sync_folder(path.parent)


def _mend(path: Path) -> None:
    """Take back a line that a crash cut off: it was never acknowledged. Cells hold no CR, so CR LF ends lines only."""
    size = _size(path)
    if not size:
        return
    with path.open("rb+") as file:
        file.seek(-min(size, len(LINE_END)), os.SEEK_END)
        if file.read() == LINE_END:
            return
        file.seek(0)
        content = file.read()
        file.truncate(content.rfind(LINE_END) + len(LINE_END) if LINE_END in content else 0)
        file.flush()
        os.fsync(file.fileno())


def _keys_of(path: Path) -> set[str]:
    if not path.exists():
        return set()
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as text:
        rows = csv.reader(text, delimiter=";")
        next(rows, None)
        return {row[0] for row in rows if row}


def _imported(folder: Path, name: str) -> set[str]:
    stem = name.removesuffix(".csv")
    return {key for path in (folder / IMPORTED).glob(f"{stem}*.csv") for key in _keys_of(path)}


def _calendar(settings: Settings, folder: Path, order: Order) -> None:
    """The calendar file of an appointment, whole or not at all; a later word on it counts up."""
    calendars = folder / CALENDARS
    calendars.mkdir(exist_ok=True)
    family = f"rdv-{handle(str(order.body.get('id') or order.record))}"
    path = calendars / f"{family}-{handle(order.once)}.ics"
    if path.exists():
        return
    content = calendar_file(
        order.body,
        about=order.record,
        time_zone=settings.time_zone,
        organizer=settings.organizer,
        sequence=len(list(calendars.glob(f"{family}-*.ics"))),
        stamp=datetime.now(UTC),
    )
    unfinished = path.with_suffix(".tmp")
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    _sync_folder(calendars)


def _sync_folder(folder: Path) -> None:
    held = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(held)
    finally:
        os.close(held)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
