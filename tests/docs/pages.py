"""The project's pages as the tests see them: text, links, code spans, fenced blocks, anchors."""

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("ecluse", "web", "streams", "connectors", "store", "filters", "mapping")

PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "examples").rglob("*.md"))
)

_FENCE = re.compile(r"^( *)(```+|~~~+)([^\n]*)\n(.*?)^\1\2 *$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_LINK = re.compile(r"(?<!!)\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+(?:\([^()]*\))?)\)|!\[[^\]]*\]\(([^()\s]+)\)")
_HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)
_ID = re.compile(r"<a (?:id|name)=\"([^\"]+)\"")


class Block(NamedTuple):
    """A fenced block: its language and what it holds.

    After the language may stand `refused` (it shows what Écluse refuses) or the name of the file it is.
    """

    language: str
    text: str
    refused: bool = False
    name: str = ""


@cache
def text_of(page: str) -> str:
    return (ROOT / page).read_text("utf-8")


def blocks(page: str) -> list[Block]:
    return [_block(*found.group(3, 4)) for found in _FENCE.finditer(text_of(page))]


def _block(info: str, text: str) -> Block:
    language, *rest = info.split() or [""]
    return Block(language, text, "refused" in rest, next((word for word in rest if "." in word), ""))


def prose(page: str) -> str:
    """The page without its fenced blocks."""
    return _FENCE.sub("", text_of(page))


def spans(page: str) -> list[str]:
    """What stands in backticks, line breaks as spaces."""
    return [" ".join(found[2].split()) for found in _SPAN.finditer(prose(page))]


def links(page: str) -> list[str]:
    without_code = _SPAN.sub("", prose(page))
    return [found[1] or found[2] for found in _LINK.finditer(without_code)]


@cache
def anchors(page: str) -> frozenset[str]:
    """The anchors of a page, as GitHub makes them from headings."""
    made: dict[str, int] = {}
    found = set(_ID.findall(text_of(page)))
    for heading in _HEADING.findall(prose(page)):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "").replace("*", "").lower()
        slug = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        number = made.get(slug, 0)
        made[slug] = number + 1
        found.add(f"{slug}-{number}" if number else slug)
    return frozenset(found)


def shell_lines(page: str) -> list[str]:
    """Commands shown in a page: lines of shell blocks, prompts taken off, continued lines joined."""
    lines: list[str] = []
    for block in blocks(page):
        if block.language not in {"", "sh", "bash", "shell", "console"}:
            continue
        joined = re.sub(r"\\\n\s*", " ", block.text)
        shown = [line.strip() for line in joined.splitlines()]
        prompted = [line[2:] for line in shown if line.startswith("$ ")]
        lines += prompted if block.language == "console" or prompted else shown
    return lines
