"""The same characters for the same text, however it is dressed: case, accents, spacing, punctuation, width.

Folding only serves to compare; a folded text is never sent, stored or shown.
"""

import re
import unicodedata
from typing import Any

_KEEP = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789\n")


def _folded(code: int) -> bytes:
    """What one Latin-1 character folds to: one letter or digit, or nothing."""
    plain = unicodedata.normalize("NFKD", chr(code)).encode("ascii", "ignore").lower()
    return plain if len(plain) == 1 and plain[0] in _KEEP else b""


#: One pass over Latin-1 bytes does for all of it: lower-case, without accents, letters and digits only.
_TABLE = bytes((_folded(code) or b"\0")[0] for code in range(256))
_DELETE = bytes(code for code in range(256) if not _folded(code))
#: A number as written by people: digits in groups, a decimal mark, either kind.
_NUMBER = re.compile(r"[0-9]+(?:[ .,'\u00a0\u202f\u2019][0-9]+)*")
_DECIMALS = re.compile(r"(?<=[0-9])[.,][0-9]{1,2}$")
_PLAIN_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)?")


def fold(text: str) -> bytes:
    """Letters and digits of a text, in lower-case ASCII; a line end is kept as a separator."""
    try:
        return text.encode("latin-1").translate(_TABLE, _DELETE)
    except UnicodeEncodeError:
        return unicodedata.normalize("NFKD", text).encode("latin-1", "ignore").translate(_TABLE, _DELETE)


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
