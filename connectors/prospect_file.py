"""A file of prospects as French spreadsheets and dialers' imports take it: `;`, UTF-8 with its mark, one header line.

Formula-safe, because a person opens it; whole or absent, because an import folder is watched.
"""

import csv
import io
import os
import re
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
#: What begins like a formula and is none: a telephone number in E.164, a negative number.
_HARMLESS = re.compile(r"\+[0-9]{6,15}|-[0-9]{1,15}([.,][0-9]{1,9})?", re.ASCII)


def written(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> bytes:
    """All rows under one header: the given columns first, then the others as they first come."""
    names = list(dict.fromkeys([*columns, *(name for row in rows for name in row)]))
    text = io.StringIO(newline="")
    table = csv.writer(text, delimiter=";", quoting=csv.QUOTE_MINIMAL, lineterminator="\r\n")
    table.writerow([_cell(name) for name in names])
    table.writerows([_cell(row.get(name)) for name in names] for row in rows)
    return text.getvalue().encode("utf-8-sig", "replace")


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "oui" if value else "non"
    text = str(value).replace("\x00", "")
    return f"'{text}" if text.startswith(_FORMULA) and not _HARMLESS.fullmatch(text) else text


def lay_down(path: Path, content: bytes) -> None:
    """Write beside, flush to disk, then give it its name: a watcher never sees half a file. Raises OSError."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        with draft.open("xb") as file:
            os.fchmod(file.fileno(), 0o640)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
        _flushed(path.parent)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def _flushed(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def is_writable(folder: Path) -> bool:
    return folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
