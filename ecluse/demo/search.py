"""Searches every byte that left for what may not leave: texts anywhere, numbers as whole numbers."""

import re
from collections.abc import Iterable
from typing import NamedTuple

#: A number that stands on its own: no part of a word, an address, a telephone number or an id.
_NUMBER = re.compile(rb"(?<![\w@.+/-])\d+(?:\.\d+)?(?![\w@/-])")
#: A text this short occurs by chance.
SHORTEST = 5


class Searched(NamedTuple):
    """How much was searched, for how many values, and how many were there."""

    bytes: int
    values: int
    found: int


def reserved(values: Iterable[object], least: float = 0) -> tuple[frozenset[bytes], frozenset[bytes]]:
    """The texts and the numbers to look for. Numbers below `least` say nothing."""
    texts: set[bytes] = set()
    numbers: set[bytes] = set()
    for value in values:
        if isinstance(value, bool) or value in (None, ""):
            continue
        if isinstance(value, int | float):
            if value >= least:
                numbers.add(plain(str(value).encode()))
        elif len(str(value)) >= SHORTEST:
            texts.add(str(value).encode())
    return frozenset(texts), frozenset(numbers)


def search(heads: Iterable[bytes], bodies: Iterable[bytes], values: Iterable[object], least: float = 0) -> Searched:
    """Look for all of them. Headers hold lengths and times of ours, so numbers are sought in bodies alone."""
    texts, numbers = reserved(values, least)
    said = b"\n".join(bodies)
    around = b"\n".join(heads)
    standing = {plain(number) for number in _NUMBER.findall(said)}
    found = len(numbers & standing) + sum(text in said or text in around for text in texts)
    return Searched(len(said) + len(around), len(texts) + len(numbers), found)


def plain(number: bytes) -> bytes:
    """4821.00, 4821.0 and 4821 are one number."""
    whole, dot, rest = number.partition(b".")
    rest = rest.rstrip(b"0")
    return whole + dot + rest if rest else whole
