"""Canaries: values planted in every reserved field of the tests' records, that must show at no exit.

Every canary begins with one word, so that a scan finds any of them, in the encodings that software
applies without being asked. What stands on the CRM's own side (its files, its database, what a test
itself sends to fill it) is no exit; such folders are named `crm`.
"""

import base64
import itertools
import logging
from collections.abc import Iterable, Iterator
from pathlib import Path

PREFIX = "KANARI"
_count = itertools.count(1)

#: Folders that belong to the CRM, where reserved values live.
CRM_FOLDERS = frozenset({"crm"})
_BIGGEST_FILE = 64 * 1024 * 1024


def canary(field: str) -> str:
    """A value nobody else has, for one reserved field of one record."""
    return f"{PREFIX}{next(_count):06d}{''.join(c for c in field.upper() if c.isalpha())}"


def _forms() -> dict[str, bytes]:
    raw = PREFIX.encode()
    forms = {
        "as it is": raw,
        "lower case": raw.lower(),
        "reversed": raw[::-1],
        "hex": raw.hex().encode(),
        "HEX": raw.hex().upper().encode(),
        "UTF-16": PREFIX.encode("utf-16-le"),
        "spaced": " ".join(PREFIX).encode(),
        "percent": "".join(f"%{byte:02X}" for byte in raw).encode(),
        "JSON escapes": "".join(f"\\u{byte:04x}" for byte in raw).encode(),
        "HTML entities": "".join(f"&#{byte};" for byte in raw).encode(),
    }
    for shift in range(3):
        # What surrounds a canary decides its alignment; only the characters that are wholly its own are compared.
        encoded = base64.b64encode(b"\0" * shift + raw)
        forms[f"base64, shifted by {shift}"] = encoded[(0, 2, 3)[shift] : 8 if shift == 0 else (len(encoded) - 4)]
    return forms


FORMS = _forms()


def sightings(data: bytes, where: str) -> list[str]:
    """Where a canary shows in some bytes: the place and the form, never the value."""
    return [f"{where}: {form}" for form, look in FORMS.items() if look in data]


def in_files(folder: Path) -> list[str]:
    """Canaries in all files below a folder, but those on the CRM's own side."""
    found = []
    for path in _files(folder):
        found += sightings(path.read_bytes(), str(path.relative_to(folder)))
    return found


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")) if folder.exists() else ():
        inside = path.relative_to(folder).parts
        if not CRM_FOLDERS.intersection(inside) and path.is_file() and path.stat().st_size <= _BIGGEST_FILE:
            yield path


class Ear(logging.Handler):
    """Hears every log record of the process at DEBUG, formatted with its arguments and its traceback."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.heard: list[str] = []
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))

    def emit(self, record: logging.LogRecord) -> None:
        """Keep what a log file would show."""
        self.heard.append(self.format(record))

    def sightings(self) -> list[str]:
        """Canaries in what was logged."""
        return list(itertools.chain.from_iterable(sightings(line.encode(), "log") for line in self.heard))


def in_texts(texts: Iterable[str], where: str) -> list[str]:
    """Canaries in some texts."""
    return list(itertools.chain.from_iterable(sightings(text.encode("utf-8", "replace"), where) for text in texts))
