"""Who is who on the dialer's side, from a file: `people.csv`, where the dialer cannot tell.

Columns: id, profile, team, territory, campaigns (separated by spaces), crm_user, starts, ends. Only
the first two are required. Days are in UTC and both included.
"""

import csv
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from io import StringIO
from pathlib import Path

from connectors.port import PersonRow
from ecluse.folder import BadFolderError
from ecluse.i18n import N_
from mapping.findings import Findings
from mapping.nearest import nearest
from mapping.perimeter import Person
from mapping.place import Span
from streams.facts import PersonFact

COLUMNS = ("id", "profile", "team", "territory", "campaigns", "crm_user", "starts", "ends")
REQUIRED = ("id", "profile")
BYTES_MAX = 16 * 1024 * 1024


def read_people(path: Path) -> list[PersonRow]:
    """All people of a file; raises BadFolderError with everything that is wrong with it."""
    raw = path.read_bytes()[:BYTES_MAX]
    text = raw.decode("utf-8-sig", errors="replace")
    found = Findings()
    people = list(_rows(text, path.name, found))
    if found.errors:
        raise BadFolderError(found.sorted(), {path.name: text})
    return people


def facts_of(people: list[PersonRow], now: datetime) -> dict[str, PersonFact]:
    """The people as the decision knows them at a moment."""
    return {
        row.id: PersonFact(
            Person(row.id, row.profile, row.team, row.territory, row.campaigns, row.crm_user),
            active=(row.starts is None or row.starts <= now) and (row.ends is None or now < row.ends),
        )
        for row in people
    }


def _rows(text: str, file: str, found: Findings) -> Iterator[PersonRow]:
    first_line = text.split("\n", 1)[0]
    rows = csv.DictReader(StringIO(text), delimiter=";" if first_line.count(";") > first_line.count(",") else ",")
    heads = [(head or "").strip() for head in rows.fieldnames or ()]
    rows.fieldnames = heads
    if not _heads_fit(heads, text, file, found):
        return
    seen: dict[str, int] = {}
    for row in rows:
        line = rows.line_num
        held = {column: (row.get(column) or "").strip() for column in COLUMNS}
        if not any(held.values()):
            continue
        for column in REQUIRED:
            if not held[column]:
                found.add("E121", Span(file, line, 1, 2), word=column, wanted=N_("a value"))
        if held["id"] in seen:
            found.add("E103", _at(text, file, line, held["id"]), word=held["id"], where=f"{file}:{seen[held['id']]}")
        seen[held["id"]] = line
        starts, ends = (_day(text, file, line, held[column], found) for column in ("starts", "ends"))
        campaigns = tuple(held["campaigns"].split())
        yield PersonRow(
            held["id"], held["profile"], held["team"], held["territory"], campaigns, held["crm_user"],
            starts, ends + timedelta(days=1) if ends else None,
        )  # fmt: skip


def _heads_fit(heads: list[str], text: str, file: str, found: Findings) -> bool:
    known = ", ".join(COLUMNS)
    for head in heads:
        if head not in COLUMNS:
            near = nearest(head, COLUMNS)
            found.add("E110", _at(text, file, 1, head), expected=COLUMNS, nearest=near, word=head, known=known)
    for column in REQUIRED:
        if column not in heads:
            found.add("E111", Span(file, 1, 1, 2), word=column)
    return not found.errors


def _day(text: str, file: str, line: int, word: str, found: Findings) -> datetime | None:
    if not word:
        return None
    try:
        return datetime.combine(date.fromisoformat(word), time(), UTC)
    except ValueError:
        found.add("E116", _at(text, file, line, word), word=word)
        return None


def _at(text: str, file: str, line: int, word: str) -> Span:
    lines = text.splitlines()
    column = lines[line - 1].find(word) if word and line <= len(lines) else 0
    return Span(file, line, max(column, 0) + 1, max(column, 0) + 1 + max(len(word), 1))
