"""Keeps the catalogues whole: `python -m ecluse.catalogue` adds what the code says and they lack.

What is collected: every marked text under `ecluse/`, the sentences of findings, and Click's own
texts as far as our command line can show them. A test fails when a French one is missing.
"""

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po, write_po

from ecluse.i18n import DOMAIN, LANGUAGES, LOCALES
from mapping.messages import messages

HERE = Path(__file__).parent
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2)}
#: Modules whose texts are Click's, and which of them a reader may meet.
CLICK = ("core", "exceptions", "formatting", "parser", "termui", "types")

HEADER = "# What Écluse says, {}. Brought up to date by `python -m ecluse.catalogue`; translations are written here."
LEFT_OUT = (
    "POT-Creation",
    "PO-Revision",
    "Project-Id",
    "Report-Msgid",
    "Last-Translator",
    "Language-Team",
    "Generated",
)

Message = str | tuple[str, ...]


def ours() -> Iterator[tuple[Message, str]]:
    """Every marked text of this package, with the module it is in."""
    for path in sorted(HERE.rglob("*.py")):
        for _line, message, _comments, _context in extract("python", BytesIO(path.read_bytes()), KEYWORDS):
            yield message, str(path.relative_to(HERE.parent))


def clicks() -> Iterator[tuple[Message, str]]:
    """Click's own texts."""
    import click

    folder = Path(click.__file__).parent
    for name in CLICK:
        source = BytesIO((folder / f"{name}.py").read_bytes())
        for _line, message, _comments, _context in extract("python", source, KEYWORDS):
            yield message, f"click/{name}"


def findings() -> Iterator[tuple[Message, str]]:
    """The sentences, remedies and words of findings, which `mapping` says without knowing a language."""
    for message, where in messages():
        yield message, f"mapping {where}"


def wanted() -> dict[Message, str]:
    """Every text that a reader may meet, and where it is said first."""
    texts: dict[Message, str] = {}
    for message, place in (*ours(), *findings(), *clicks()):
        texts.setdefault(message, place)
    return {message: place for message, place in texts.items() if message and message != ("",)}


def path_of(language: str) -> Path:
    return LOCALES / language / "LC_MESSAGES" / f"{DOMAIN}.po"


def read(language: str) -> Catalog:
    with path_of(language).open("rb") as text:
        return read_po(text, locale=language)


def update(language: str) -> list[Message]:
    """Write a catalogue with all that is wanted, what is there kept; the texts that still need a translation."""
    held, made = read(language), Catalog(locale=language, fuzzy=False, header_comment=HEADER.format(language))
    missing: list[Message] = []
    for message, place in wanted().items():
        known = held.get(message if isinstance(message, str) else message[0])
        text = (known.string if known else None) or ("" if isinstance(message, str) else ("", ""))
        made.add(message, text, locations=[(place, 0)])
        if not any(text) and language != "en":
            missing.append(message)
    out = BytesIO()
    write_po(out, made, omit_header=False, include_lineno=False, width=120, sort_output=False)
    lines = out.getvalue().decode().splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith(tuple(f'"{name}' for name in LEFT_OUT))]
    path_of(language).write_text("".join(kept), encoding="utf-8")
    return missing


if __name__ == "__main__":
    for name in LANGUAGES:
        for text in update(name):
            sys.stdout.write(f"{name}: {text!r}\n")
