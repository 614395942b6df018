"""One export: whether it is whole, how it is written, and its rows one by one.

A file is looked at before it is read: one that is still being written would look like one from
which records were deleted. No clock is used for that: an exporter that cannot rename a finished
file into place can lay a `.done` beside it.
"""

import codecs
import csv
import hashlib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from connectors.csv_folder.settings import Delimiter, Encoding, Settings, Sheet
from connectors.faults import Malformed, Misconfigured, Transient

BLOCK = 1 << 20
LONGEST_KEY = 200
LONGEST_HEADER = 64 * 1024
#: Suffixes under which exporters write before they rename, and locks they hold meanwhile.
UNFINISHED = (".tmp", ".part", ".lock")
RETRY_SECONDS = 30.0
DELIMITERS = (";", ",", "\t")


class Export(NamedTuple):
    """A file that was found whole."""

    path: Path
    digest: str
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    #: Size and time of change, to see at the end whether it was left alone.
    state: tuple[int, int]


class Line(NamedTuple):
    """One row of a file: its cells, or why it has none."""

    cells: tuple[str, ...] = ()
    code: str = ""


def examined(settings: Settings, sheet: Sheet) -> Export:
    """Look at a file from end to end. Raises Transient while it is not whole, Malformed where it is no CSV."""
    path = settings.folder / sheet.file
    for suffix in UNFINISHED:
        if path.with_name(path.name + suffix).exists():
            raise Transient("export_in_progress", retry_after=RETRY_SECONDS)
    if settings.done_suffix and not path.with_name(path.name + settings.done_suffix).exists():
        raise Transient("export_not_done", retry_after=RETRY_SECONDS)
    try:
        return _examined(settings, path)
    except FileNotFoundError:
        if not settings.folder.is_dir():
            raise Misconfigured("no_such_folder", fields=("folder",)) from None
        raise Transient("no_such_file", retry_after=RETRY_SECONDS) from None
    except OSError:
        raise Misconfigured("file_not_readable", fields=(sheet.file,)) from None


def _examined(settings: Settings, path: Path) -> Export:
    state = state_of(path)
    digest = hashlib.sha256()
    utf_8 = codecs.getincrementaldecoder("utf-8")()
    is_utf_8, last = True, b""
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
            last = block[-1:]
            is_utf_8 = is_utf_8 and _decodes(utf_8, block)
    is_utf_8 = is_utf_8 and _decodes(utf_8, b"", final=True)
    if not last or (settings.final_line_end and last not in b"\r\n") or state_of(path) != state:
        raise Transient("file_incomplete", retry_after=RETRY_SECONDS)
    encoding = settings.encoding.value
    if settings.encoding is Encoding.AUTO:
        encoding = "utf-8" if is_utf_8 else "cp1252"
    elif settings.encoding is Encoding.UTF_8 and not is_utf_8:
        raise Malformed("wrong_encoding", fields=(path.name,))
    encoding = "utf-8-sig" if encoding == "utf-8" else encoding
    header, delimiter = _header(settings, path, encoding)
    return Export(path, digest.hexdigest(), encoding, delimiter, header, state)


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool = False) -> bool:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True


def _header(settings: Settings, path: Path, encoding: str) -> tuple[tuple[str, ...], str]:
    with path.open("rb") as file:
        raw = re.split(rb"[\r\n]", file.readline(LONGEST_HEADER), maxsplit=1)[0]
    try:
        first = raw.decode(encoding)
    except UnicodeDecodeError:
        raise Malformed("wrong_encoding", fields=(path.name,)) from None
    bare = re.sub(r'"[^"]*"', "", first)
    delimiter = max(DELIMITERS, key=bare.count)
    if settings.delimiter is not Delimiter.AUTO:
        delimiter = "\t" if settings.delimiter is Delimiter.TAB else settings.delimiter.value
    try:
        cells = [cell.strip() for cell in next(csv.reader([first], delimiter=delimiter, strict=True), [])]
    except csv.Error:
        raise Malformed("bad_header", fields=(path.name,)) from None
    if not any(cells):
        raise Malformed("bad_header", fields=(path.name,))
    return tuple(cells), delimiter


def state_of(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_size, found.st_mtime_ns


def lines(export: Export) -> Iterator[Line]:
    """The rows behind the header. Raises Malformed where a quote is opened and never closed."""
    with export.path.open(encoding=export.encoding, errors="replace", newline="") as text:
        ended = False

        def physical() -> Iterator[str]:
            nonlocal ended
            yield from text
            ended = True

        reader = csv.reader(physical(), delimiter=export.delimiter, strict=True)
        next(reader, None)
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                if ended:
                    raise Malformed("unclosed_quote", fields=(export.path.name,)) from None
                yield Line(code="unreadable_row")
                continue
            if any(cell.strip() for cell in cells):
                yield _line(cells, len(export.header))


def _line(cells: list[str], columns: int) -> Line:
    while len(cells) > columns and not cells[-1].strip():
        cells.pop()
    if len(cells) != columns:
        return Line(code="too_many_columns" if len(cells) > columns else "too_few_columns")
    if any("\ufffd" in cell for cell in cells):
        return Line(tuple(cells), "wrong_encoding")
    return Line(tuple(cell.strip() for cell in cells))


class Columns:
    """Where in a row the key, the references, the owner and each field stand."""

    def __init__(self, sheet: Sheet, export: Export) -> None:
        self._header = export.header
        self._slugs = [slug(cell) for cell in export.header]
        self._file = export.path.name
        named = {self._required(column): name for column, name in sheet.columns.items()}
        names = [named.get(at, self._slugs[at]) for at in range(len(export.header))]
        twice = [at for at, name in enumerate(names) if name and names.index(name) != at]
        if twice:  # by number: of a file without a first line of names, the names are values
            raise Malformed("duplicate_column", fields=(*(f"column_{at + 1}" for at in twice), self._file))
        self.fields = {name: at for at, name in enumerate(names) if name}
        self.key = self._required(sheet.key)
        self.refs: Mapping[str, int] = {name: self._required(column) for name, column in sheet.refs.items()}
        self.owner: Mapping[str, int] = {name: self._required(column) for name, column in sheet.owner.items()}

    def _required(self, column: str) -> int:
        if column in self._header:
            return self._header.index(column)
        if slug(column) in self._slugs:
            return self._slugs.index(slug(column))
        raise Misconfigured("no_such_column", fields=(column, self._file))


def slug(header: str) -> str:
    """A column's name as a field: `Téléphone (fixe)` becomes `telephone_fixe`."""
    plain = unicodedata.normalize("NFKD", header).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:60]
    return f"c_{name}" if name[:1].isdigit() else name


def key_in(cells: tuple[str, ...], at: int) -> tuple[str, str]:
    """A row's key, and what is wrong with it."""
    key = cells[at] if at < len(cells) else ""
    if not key:
        return "", "no_key"
    if len(key) > LONGEST_KEY or not key.isprintable():
        return "", "bad_key"
    return key, ""


def cell(cells: tuple[str, ...], at: int) -> Any:
    """A cell's text; None where it is empty."""
    return cells[at].replace("\x00", "") or None
