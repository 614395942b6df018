"""`make screening`: how much of what free text should not show is found, on lines that people labelled.

python -m bench.screening           print the figures
python -m bench.screening --page    write them into docs/screening.md as well
"""

import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from filters.screening.kinds import Kind
from filters.screening.screen import screen

ROOT = Path(__file__).resolve().parents[1]
LINES = ROOT / "tests" / "filters" / "screening"
PAGE = ROOT / "docs" / "screening.md"
#: The first was written by a script, the second was looked at while the rules were written, the third was not.
PARTS = ("generated", "written", "held_out")
LANGUAGES = ("fr", "en")
ANY = "any"
HEAD = "| lines | language | shows | lines with it | found | rightly |\n| --- | --- | --- | --- | --- | --- |\n"
_BEGIN, _END = "<!-- figures: make screening -->\n", "<!-- end of figures -->\n"


class Line(NamedTuple):
    """A labelled line."""

    language: str
    kinds: frozenset[str]
    text: str


class Figure(NamedTuple):
    """Of one kind in one language: lines that show it, lines where it was found, lines where both are so."""

    shown: int
    found: int
    both: int

    @property
    def recall(self) -> float:
        return self.both / self.shown if self.shown else 1.0

    @property
    def precision(self) -> float:
        return self.both / self.found if self.found else 1.0


def lines(part: str) -> list[Line]:
    """The labelled lines of one part."""
    found = []
    for row in (LINES / f"{part}.tsv").read_text("utf-8").splitlines():
        language, kinds, text = row.split("\t")
        found.append(Line(language, frozenset(kinds.split(",")) - {"none"}, text))
    return found


def measured(part: str) -> dict[tuple[str, str], Figure]:
    """The figures of one part, by language and kind; `any`: whether the line is marked at all, whatever for."""
    shown: Counter[tuple[str, str]] = Counter()
    found: Counter[tuple[str, str]] = Counter()
    both: Counter[tuple[str, str]] = Counter()
    for line in lines(part):
        wanted, seen = set(line.kinds), {kind.value for kind in screen(line.text).kinds}
        wanted |= {ANY} if wanted else set()
        seen |= {ANY} if seen else set()
        for counter, kinds in ((shown, wanted), (found, seen), (both, wanted & seen)):
            counter.update((line.language, kind) for kind in kinds)
    keys = [(language, kind) for language in LANGUAGES for kind in (*(one.value for one in Kind), ANY)]
    return {key: Figure(shown[key], found[key], both[key]) for key in keys}


def table() -> str:
    """All figures as a table in Markdown."""
    return HEAD + "".join(row for part in PARTS for row in _rows(part))


def _rows(part: str) -> Iterator[str]:
    name = part.replace("_", " ")
    for (language, kind), figure in measured(part).items():
        yield f"| {name} | {language} | {kind} | {figure.shown} | {figure.recall:.1%} | {figure.precision:.1%} |\n"


def page(text: str) -> str:
    """The page with today's figures."""
    before, rest = text.split(_BEGIN)
    return before + _BEGIN + "\n" + table() + "\n" + _END + rest.split(_END)[1]


def main() -> int:
    print(table(), end="")
    if "--page" in sys.argv[1:]:
        PAGE.write_text(page(PAGE.read_text("utf-8")), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
