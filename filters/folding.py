"""The same characters for the same text, however it is dressed: case, accents, spacing, punctuation, width.

Folding only serves to compare; a folded text is never sent, stored or shown.
"""

import re
import unicodedata
from decimal import Decimal
from typing import Any

_KEEP = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789\n")


def _folded(code: int) -> bytes:
    """What one Latin-1 character folds to: one letter or digit, or nothing."""
    plain = unicodedata.normalize("NFKD", chr(code)).encode("ascii", "ignore").lower()
    return plain if len(plain) == 1 and plain[0] in _KEEP else b""


#: One pass over Latin-1 bytes does for all of it: lower-case, without accents, letters and digits only.
_TABLE = bytes((_folded(code) or b"\0")[0] for code in range(256))
_DELETE = bytes(code for code in range(256) if not _folded(code))
#: Letters that are in no Latin script, each as one of 32 bytes that no other character folds to. Two letters may
#: share one: a folded text only serves to find what resembles.
_OTHER_LETTER = re.compile(r"[^\W\x00-\xff]")
_CONTROL = re.compile(r"[\x80-\x9f]")
#: No letter, and not in Latin-1.
_FOLDS_TO_NOTHING = "\u2060"
#: Latin scripts, combining accents, punctuation, currencies, letter-like signs, and all of them in other widths.
_TOLD = (range(0x370), range(0x1E00, 0x1F00), range(0x2000, 0x2150), range(0xFF00, 0xFFF0))
_MARKS = frozenset(range(0x80, 0xA0))
_TABLE_WITH_MARKS = bytes(code if code in _MARKS else _TABLE[code] for code in range(256))
_DELETE_BUT_MARKS = bytes(code for code in _DELETE if code not in _MARKS)
#: A number as written by people: digits in groups, a decimal mark, either kind.
_NUMBER = re.compile(r"[0-9]+(?:[ .,'\u00a0\u202f\u2019][0-9]+)*")
_DECIMALS = re.compile(r"(?<=[0-9])[.,][0-9]{1,2}$")
_PLAIN_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")


def fold(text: str) -> bytes:
    """Letters and digits of a text, in lower-case ASCII; a line end is kept as a separator."""
    try:
        return text.encode("latin-1").translate(_TABLE, _DELETE)
    except UnicodeEncodeError:
        plain = unicodedata.normalize("NFKD", text)
    if not _OTHER_LETTER.search(plain):
        return plain.encode("latin-1", "ignore").translate(_TABLE, _DELETE)
    marked = _OTHER_LETTER.sub(_mark, _CONTROL.sub("", plain))
    return marked.encode("latin-1", "ignore").translate(_TABLE_WITH_MARKS, _DELETE_BUT_MARKS)


def table() -> tuple[bytes, list[tuple[int, bytes, bool]]]:
    """What the compiled core needs to fold as `fold` does: for Latin-1 alone, and for any other text of Latin scripts.

    One character outside of Latin-1, and a text is folded otherwise as a whole: "½" is nothing there, and 12 here.
    """
    narrow = bytes((fold(chr(code)) or b"\0")[0] for code in range(256))
    wide = [(code, fold(_FOLDS_TO_NOTHING + chr(code)), chr(code).isalpha()) for part in _TOLD for code in part]
    return narrow, wide


def _mark(letter: re.Match[str]) -> str:
    return chr(0x80 + ord(letter[0].casefold()[0]) % len(_MARKS))


def as_text(value: Any) -> str:
    """A value as text; a number without an exponent, as people would write it."""
    text = str(value)
    return format(Decimal(text), "f") if type(value) is float and "e" in text else text


def numbers_in(text: str) -> frozenset[str]:
    """The numbers a text shows, as plain digits, with and without what may be decimals."""
    found: set[str] = set()
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text)
    for match in _NUMBER.finditer(plain):
        written = match.group()
        found.add(_digits(written))
        whole = _DECIMALS.sub("", written)
        if whole != written:
            found.add(_digits(whole))
        found.update(re.findall(r"[0-9]+", written))
    return frozenset(found)


def number_forms(value: Any) -> frozenset[str]:
    """A reserved number as the digits that would show it: 4821.50 is 482150, 48215 and 4821."""
    text = str(value).lstrip("+-")
    if not _PLAIN_NUMBER.fullmatch(text):
        return frozenset()
    whole, _, decimals = text.partition(".")
    forms = {whole}
    if decimals.strip("0"):
        forms |= {whole + decimals, whole + decimals.ljust(2, "0"), whole + decimals.rstrip("0")}
    return frozenset(forms)


def _digits(written: str) -> str:
    return re.sub(r"[^0-9]", "", written)
