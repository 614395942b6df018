"""A sentence as folded words, figures and signs, in whatever dress it was written."""

import re
import unicodedata
from typing import NamedTuple

from filters.folding import fold

#: Longer runs of letters are no words.
_WORD_LONGEST = 40
_TOKEN = re.compile(r"[0-9]+(?:[.,][0-9]+)*|[^\W\d_]+(?:\*+[^\W\d_]+)*|[%‰€$£¥@/+]")
_REPEATED = re.compile(r"(.)\1{2,}")
_LIGATURES = str.maketrans({"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE", "’": "'", "‘": "'"})
#: Spelled apart so that nobody finds it: "m a r g e".
_SPELLED_LEAST = 4


class Token(NamedTuple):
    """A word folded, a figure as written, or a sign."""

    text: str
    #: Whether nothing stood between it and the one before.
    glued: bool
    #: As it stood there.
    raw: str

    @property
    def figure(self) -> bool:
        return self.text[0].isdigit()


def plain(text: str) -> str:
    """One form for each character: no odd widths, no spaces but one kind, no characters that cannot be seen."""
    if text.isascii():
        return text
    normal = unicodedata.normalize("NFKC", text).translate(_LIGATURES)
    return "".join(_seen(letter) for letter in normal)


def _seen(letter: str) -> str:
    if letter.isascii():
        return letter
    kind = unicodedata.category(letter)
    if kind == "Nd":
        return str(unicodedata.decimal(letter))
    if kind in {"Cf", "Mn"}:
        return ""
    return " " if kind == "Zs" else letter


def tokens(text: str) -> list[Token]:
    """The tokens of a plain text."""
    found: list[Token] = []
    end = -1
    for match in _TOKEN.finditer(text):
        raw = match[0]
        found.append(Token(_folded(raw), match.start() == end, raw))
        end = match.end()
    return found


def words(found: list[Token]) -> list[str]:
    """The tokens' texts, to look phrases up in; words spelled apart are put together behind them."""
    texts = [token.text for token in found]
    spelled: list[str] = []
    run: list[str] = []
    for text in [*texts, ""]:
        if len(text) == 1 and text.isalpha():
            run.append(text)
        else:
            if len(run) >= _SPELLED_LEAST:
                spelled.append("".join(run))
            run = []
    return texts + spelled


def _folded(raw: str) -> str:
    if raw[0].isdigit() or not (raw[0].isalpha() or raw.isascii()):
        return raw
    if "*" in raw:
        return raw.lower()
    folded = fold(_REPEATED.sub(r"\1\1", raw[:_WORD_LONGEST])).decode("latin-1")
    return folded or raw
