"""Whether the folder is there, its exports can be read, and lines can be added."""

import asyncio
import os
from collections.abc import Sequence

from connectors.csv_folder.reading import Columns, examined
from connectors.csv_folder.settings import Settings
from connectors.faults import Fault, Transient
from connectors.port import Finding, Session
from mapping.words import Object


async def access(session: Session[Settings]) -> Sequence[Finding]:
    """One finding for the folder, one for each export, one for what is written back."""
    return await asyncio.to_thread(_findings, session.settings)


def _findings(settings: Settings) -> list[Finding]:
    if not settings.folder.is_dir():
        return [Finding(ok=False, code="no_such_folder", fields=("folder",))]
    found = [Finding(ok=True, code="folder_found", fields=("folder",))]
    found += [finding for kind in Object if (finding := _export(settings, kind))]
    if len(found) == 1:
        found.append(Finding(ok=False, code="nothing_to_read", fields=("contacts", "accounts", "opportunities")))
    out = settings.folder / settings.out
    writable = os.access(out if out.is_dir() else settings.folder, os.W_OK | os.X_OK)
    found.append(Finding(writable, "out_writable" if writable else "not_writable", ("out",)))
    return found


def _export(settings: Settings, kind: Object) -> Finding | None:
    sheet = settings.sheet(kind)
    if sheet is None:
        return None
    try:
        Columns(sheet, examined(settings, sheet))
    except Transient as fault:  # not there yet, or being written: the first pull will wait for it
        return Finding(ok=True, code=fault.code, fields=(sheet.file,))
    except Fault as fault:
        return Finding(ok=False, code=fault.code, fields=fault.fields or (sheet.file,))
    return Finding(ok=True, code="export_readable", fields=(sheet.file,))
