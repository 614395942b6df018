"""A CSV as spreadsheets write it: French Excel's semicolons and Windows-1252, UTF-8 with a mark, or UTF-16."""

import csv
import unicodedata
from collections.abc import Iterator
from io import StringIO
from typing import NamedTuple

from mapping.findings import Findings
from mapping.place import Span

BYTES_MAX = 4 * 1024 * 1024
_DELIMITERS = ";,\t"


class Cell(NamedTuple):
    """One cell, without the spaces around it, and where it stands. The column counts cells, from 1."""

    text: str
    span: Span


def rows(raw: bytes, file: str, findings: Findings) -> list[list[Cell]]:
    """All rows that hold anything."""
    if len(raw) > BYTES_MAX:
        findings.add("E106", Span(file, 1, 1, 1), what="large", limit="4 MiB")
        return []
    text = decoded(raw)
    return [row for row in _rows(text, file) if any(cell.text for cell in row)]


def decoded(raw: bytes) -> str:
    """The text of a CSV: what is no UTF-8 was written by a Windows in French."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", errors="replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def _rows(text: str, file: str) -> Iterator[list[Cell]]:
    lines = text.splitlines()
    skipped = 0
    delimiter = ""
    if lines and lines[0].lower().startswith("sep=") and len(lines[0]) == 5:
        delimiter, skipped = lines[0][4], 1
    head = next((line for line in lines[skipped:] if line.strip(" \t;,")), "")
    # The first of the most frequent: a list of words in one cell has commas, too, but fewer than there are cells.
    delimiter = delimiter or max(_DELIMITERS, key=head.count)
    reader = csv.reader(StringIO("\n".join(lines[skipped:])), delimiter=delimiter)
    before = skipped
    for row in reader:
        line, before = before + 1, skipped + reader.line_num
        yield [Cell(_clean(cell), Span(file, line, *_columns(lines, line, cell))) for cell in row]


def _columns(lines: list[str], line: int, cell: str) -> tuple[int, int]:
    """Where a cell's words stand in their line, as far as they can be found."""
    words = cell.strip().split("\n")[0]
    found = lines[line - 1].find(words) if words and line <= len(lines) else 0
    start = max(found, 0) + 1
    return start, start + max(len(words), 1)


def _clean(cell: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in cell).split())


def folded(text: str) -> str:
    """A word without capitals, accents and what stands between its parts."""
    bare = unicodedata.normalize("NFKD", text.casefold())
    return "_".join("".join(c if c.isalnum() else " " for c in bare if not unicodedata.combining(c)).split())
