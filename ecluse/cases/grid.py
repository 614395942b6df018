"""A spreadsheet of who may see what, read: each profile, each field or label, and yes, no or masked.

Three layouts are told apart by the first line: a column for each profile, a column for each field,
or one line for each pair.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ecluse.cases.allowed import known_entries
from ecluse.cases.sheet import Cell, folded
from ecluse.cases.sheetwords import ANSWERS, HEADS, OBJECTS, OFFERED, Answer
from ecluse.cases.vocabulary import vocabulary
from ecluse.i18n import N_
from mapping.findings import Findings
from mapping.nearest import nearest
from mapping.place import Span
from mapping.policy import Policy
from mapping.words import Grant

FIRST_LINE = N_("a first line that names profiles of the link, or its fields")


class Pair(NamedTuple):
    """One cell: whose, of what, and its answer."""

    profile: str
    #: `object.field`, `object.label`, or a grant.
    item: str
    answer: Answer
    span: Span


def pairs(rows: Sequence[Sequence[Cell]], policy: Policy, file: str, findings: Findings) -> list[Pair]:
    """All that the sheet says; what it says of nobody or of nothing known goes to the findings."""
    if not rows:
        findings.add("E114", Span(file, 1, 1, 2), wanted=FIRST_LINE, example="champ;" + ";".join(policy.profiles))
        return []
    return list(_Grid(policy, findings).read(rows[0], rows[1:]))


class _Grid:
    def __init__(self, policy: Policy, findings: Findings) -> None:
        self._policy = policy
        self._findings = findings
        self._profiles = {folded(name): name for name in policy.profiles}
        words = known_entries(policy, vocabulary(policy))
        self._items: dict[str, tuple[str, ...]] = {folded(word): (word,) for word in reversed(words)}
        bare: dict[str, list[str]] = {}
        for (item, name), label in policy.labels.items():
            bare.setdefault(folded(label), []).append(f"{item}.{label}")
            bare.setdefault(folded(name), []).append(f"{item}.{name}")
        for word, entries in bare.items():
            self._items.setdefault(word, tuple(dict.fromkeys(entries)))
        self._items |= {grant.value: (grant.value,) for grant in Grant}
        self._words = (*words, *(grant.value for grant in Grant))

    def read(self, head: Sequence[Cell], body: Sequence[Sequence[Cell]]) -> Iterator[Pair]:
        kinds = [HEADS.get(folded(cell.text), "") for cell in head]
        if {"profile", "item", "answer"} <= set(kinds):
            yield from self._long(kinds, body)
        elif any(folded(cell.text) in self._profiles for cell in head):
            yield from self._wide(head, kinds, body)
        elif any(self._entries(cell.text) for cell in head[1:]):
            yield from self._turned(head, kinds, body)
        else:
            example = "champ;" + ";".join(self._policy.profiles)
            self._findings.add("E114", head[0].span, wanted=FIRST_LINE, example=example)

    def _long(self, kinds: Sequence[str], body: Sequence[Sequence[Cell]]) -> Iterator[Pair]:
        for row in body:
            held = dict(zip(kinds, row, strict=False))
            profile = self._profile(held["profile"]) if "profile" in held else ""
            if profile and "item" in held and "answer" in held:
                for item in self._item(held["item"], held.get("object")):
                    yield from self._pair(profile, item, held["answer"])

    def _wide(self, head: Sequence[Cell], kinds: Sequence[str], body: Sequence[Sequence[Cell]]) -> Iterator[Pair]:
        of_items = [at == 0 or kind in ("object", "item") for at, kind in enumerate(kinds)]
        lead = [at for at, of_item in enumerate(of_items) if of_item and kinds[at] != "ignored"]
        asked = [at for at, cell in enumerate(head) if cell.text and not of_items[at] and kinds[at] != "ignored"]
        columns = {at: self._profile(head[at]) for at in asked}
        for row in body:
            named = [row[at] for at in lead if at < len(row) and row[at].text]
            if not named:
                continue
            for item in self._item(named[-1], named[-2] if len(named) > 1 else None):
                for at, profile in columns.items():
                    if profile and at < len(row):
                        yield from self._pair(profile, item, row[at])

    def _turned(self, head: Sequence[Cell], kinds: Sequence[str], body: Sequence[Sequence[Cell]]) -> Iterator[Pair]:
        columns = {
            at: self._item(cell, None) for at, cell in enumerate(head) if at and cell.text and kinds[at] != "ignored"
        }
        for row in body:
            profile = self._profile(row[0])
            for at, items in columns.items():
                for item in items if profile and at < len(row) else ():
                    yield from self._pair(profile, item, row[at])

    def _profile(self, cell: Cell) -> str:
        known = self._profiles.get(folded(cell.text), "")
        if not known:
            self._unknown(cell, tuple(self._policy.profiles))
        return known

    def _item(self, cell: Cell, of: Cell | None) -> tuple[str, ...]:
        text = f"{of.text}.{cell.text}" if of is not None and of.text else cell.text
        entries = self._entries(text)
        if not entries:
            self._unknown(cell, self._words)
        return entries

    def _entries(self, text: str) -> tuple[str, ...]:
        word = folded(text)
        item, _underscore, rest = word.partition("_")
        renamed = f"{OBJECTS.get(item, item)}_{rest}"
        return self._items.get(word, ()) or self._items.get(renamed, ())

    def _pair(self, profile: str, item: str, cell: Cell) -> Iterator[Pair]:
        answer = ANSWERS.get(folded(cell.text) or cell.text)
        if answer is None:
            self._unknown(cell, OFFERED)
        else:
            yield Pair(profile, item, answer, cell.span)

    def _unknown(self, cell: Cell, known: tuple[str, ...]) -> None:
        self._findings.add(
            "E113", cell.span, expected=known, nearest=nearest(cell.text, known), word=cell.text, known=", ".join(known)
        )
