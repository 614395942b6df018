"""What people read, in French and in English: French unless the locale says English.

Message ids are the English text. The catalogues are read from their `.po` files as they stand, so
there is no compiled file that could be out of date. Nothing is translated when a module is
imported: `N_` only marks a text, and `_` speaks the language that is in force when it is called.
"""

import io
import os
from collections.abc import Mapping, Sequence
from functools import cache
from gettext import NullTranslations
from pathlib import Path

LANGUAGES = ("fr", "en")
LOCALES = Path(__file__).parent / "locale"
DOMAIN = "ecluse"

#: Modules of Click that translate what they print: they are told to ask us instead of the system's catalogues.
CLICK = ("core", "decorators", "exceptions", "formatting", "parser", "termui", "types")

_current: dict[str, str] = {"language": LANGUAGES[0]}


@cache
def catalogue(language: str) -> NullTranslations:
    """The translations of one language; the English one may be empty, for the ids are English."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po
    from babel.support import Translations

    with (LOCALES / language / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as text:
        compiled = io.BytesIO()
        write_mo(compiled, read_po(text, locale=language))
    compiled.seek(0)
    return Translations(compiled, domain=DOMAIN)


def speak(language: str) -> None:
    """Put a language in force, for our own words and for Click's."""
    _current["language"] = language
    import importlib

    for name in CLICK:
        module = importlib.import_module(f"click.{name}")
        for word, ours in (("_", _), ("ngettext", ngettext)):
            if hasattr(module, word):
                setattr(module, word, ours)


def language() -> str:
    return _current["language"]


def N_(message: str) -> str:  # noqa: N802 - the name that gettext's tools look for
    """Mark a text for the catalogues without translating it yet."""
    return message


def _(message: str, /, **values: object) -> str:
    text: str = catalogue(language()).gettext(message) if len(message) else ""
    return text.format(**values) if values else text


def ngettext(singular: str, plural: str, n: int, /, **values: object) -> str:
    text = catalogue(language()).ngettext(singular, plural, n)
    return text.format(n=number(n), **values) if values or "{n}" in text else text


def number(value: float) -> str:
    """A figure as the language in force writes it: 12 480 in French, 12,480 in English."""
    separator = "\N{NARROW NO-BREAK SPACE}" if language() == "fr" else ","
    text = format(value, ",.1f" if type(value) is float else ",")
    whole, dot, rest = text.partition(".")
    return whole.replace(",", separator) + (("," if language() == "fr" else ".") + rest if dot else "")


def preferred(
    arguments: Sequence[str], environment: Mapping[str, str] = os.environ, settings: str | None = None
) -> str:
    """The language to speak: `--lang`, then ECLUSE_LANGUAGE, then the working folder's, then the locale's."""
    asked = ""
    for at, word in enumerate(arguments):
        if word == "--":
            break
        if word == "--lang" and at + 1 < len(arguments):
            asked = arguments[at + 1]
        elif word.startswith("--lang="):
            asked = word.removeprefix("--lang=")
    for choice in (asked, environment.get("ECLUSE_LANGUAGE", ""), settings or ""):
        if choice in LANGUAGES:
            return choice
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if environment.get(name):
            return "en" if environment[name].lower().startswith("en") else "fr"
    return "fr"
