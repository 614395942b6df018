"""The figures of a sentence, in digits or in words, and what each is: a day, a count, a reference, an amount."""

import re
from collections.abc import Sequence
from enum import Enum
from typing import NamedTuple

from filters.screening import units
from filters.screening.tokens import Token

#: Days, hours and the like are taken out before anything is counted; a blank stands for them.
_WHEN = re.compile(
    r"\b[0-9]{4}-[0-9]{2}-[0-9]{2}\b"
    r"|\b[0-3]?[0-9]([/.-])[01]?[0-9]\1(?:19|20)?[0-9]{2}\b"
    r"|\b[0-3]?[0-9]/[01]?[0-9]\b(?![/0-9])"
    r"|\b[0-2]?[0-9] ?[hH](?: ?[0-5][0-9])?(?![^\W\d_])"
    r"|\b[0-2]?[0-9]:[0-5][0-9](?::[0-5][0-9])?\b"
    r"|\b[01]?[0-9](?:[.:][0-5][0-9])? ?[aApP]\.?[mM]\b"
    r"|\b24/7\b"
)
#: A number that calls somebody, an address: whatever else they are, they are no amounts.
_CALLED = re.compile(r"[0-9](?:[ ./()-]{0,2}[0-9]){8,40}|[^\s@]{1,64}@[^\s@]{1,190}")
_DOTTED_HOUR = re.compile(r"\b(?:[01]?[0-9]|2[0-3])\.[0-5][0-9]\b(?![0-9])")
_DECIMALS = re.compile(r"[.,][0-9]{1,2}\Z")
_CENTS = re.compile(r"[.,][0-9]{2}\Z")
#: A figure from here on is an amount of money, unless something says otherwise.
BIG = 1000
_FIVE_DIGITS = 5


class Sort(Enum):
    """What a figure is."""

    AMOUNT = "amount"
    #: Days, hours, years, ordinals, counted things, references: nothing to hide.
    HARMLESS = "harmless"
    BARE = "bare"


class Figure(NamedTuple):
    """One figure: the tokens it takes, how much it is at least, and what it is."""

    start: int
    end: int
    value: int
    sort: Sort


def without_days(text: str) -> str:
    """A plain text without days and hours."""
    return _WHEN.sub(" ", text)


def amounts_left(text: str, *, speaks: bool) -> str:
    """A plain text without what is no amount. Where it speaks of prices, 12.50 is no hour."""
    left = _CALLED.sub(" ", without_days(text))
    return left if speaks else _DOTTED_HOUR.sub(" ", left)


def figures(found: Sequence[Token]) -> list[Figure]:
    """All figures of a sentence."""
    told: list[Figure] = []
    place = 0
    while place < len(found):
        end, value, decimals = _read(found, place)
        if end == place:
            place += 1
            continue
        told.append(Figure(place, end, value, _sort(found, place, end, value, decimals=decimals)))
        place = end
    return told


def _read(found: Sequence[Token], place: int) -> tuple[int, int, str]:
    """Where the figure that begins here ends, its whole part, its decimals; nothing read: it ends where it began."""
    if found[place].figure:
        return _digits(found, place)
    end, value = place, 0
    while end < len(found):
        text = found[end].text
        if text in units.NUMERALS:
            value = _more(value, units.NUMERALS[text])
        elif not (text in {"et", "and", "a"} and end > place and _numeral(found, end + 1)):
            break
        end += 1
    # "un" and "one" are articles, "six" and "neuf" may be; alone they are only read where they can be nothing else.
    return end, value, ""


def _numeral(found: Sequence[Token], place: int) -> bool:
    return place < len(found) and found[place].text in units.NUMERALS


def _more(value: int, numeral: int) -> int:
    """As numbers are said: what is smaller multiplies what is larger, and is added to otherwise."""
    if numeral >= 100 and 0 < value < numeral:
        return min(value * numeral, 10**9)
    return min(value + numeral, 10**9)


def _digits(found: Sequence[Token], place: int) -> tuple[int, int, str]:
    text, end = found[place].text, place + 1
    decimals = _DECIMALS.search(text)
    if decimals is None and len(text) <= 3:
        while end < len(found) and found[end].figure and len(found[end].text) == 3 and not found[end].glued:
            text, end = text + found[end].text, end + 1
    whole = text[: decimals.start()] if decimals else text
    plain = whole.replace(".", "").replace(",", "")[:12]
    return end, int(plain or "0"), decimals[0] if decimals else ""


def _sort(found: Sequence[Token], start: int, end: int, value: int, *, decimals: str) -> Sort:
    before = found[start - 1].text if start else ""
    after = found[end].text if end < len(found) else ""
    then = found[end + 1].text if end + 1 < len(found) else ""
    glued = end < len(found) and found[end].glued
    if _of_money(after, then, value, glued=glued, decimals=decimals):
        return Sort.AMOUNT
    if _counted(found, start, end, value, decimals=decimals):
        return Sort.HARMLESS
    if before in units.REFERENCES or (before in units.GLUED_REFERENCES and found[start].glued):
        return Sort.HARMLESS
    if not decimals and value <= 31 and (after in units.MONTHS or before in units.BEFORE_DAYS):
        return Sort.HARMLESS
    if _periodic(after, then) and (value >= 10 or decimals):
        return Sort.AMOUNT
    return Sort.AMOUNT if value >= BIG or _CENTS.match(decimals) else Sort.BARE


def _of_money(after: str, then: str, value: int, *, glued: bool, decimals: str) -> bool:
    if after in units.MONEY or (after, then) in units.MONEY_PAIRS:
        return True
    if after == "e":
        # "3e" is a third, "340 e" and "12,50e" are money.
        return not glued or value >= 100 or bool(decimals)
    if after == "k":
        return then not in units.COUNTED and not then.endswith("s")
    return after == "m" and (bool(decimals) or not glued) and then not in {"2", "carre", "carres"}


def _counted(found: Sequence[Token], start: int, end: int, value: int, *, decimals: str) -> bool:
    after = found[end].text if end < len(found) else ""
    glued = end < len(found) and found[end].glued
    if glued and after in units.ORDINALS and not decimals:
        return True
    if after in units.COUNTED:
        return True
    worded = not found[start].figure
    if not decimals and 1900 <= value <= 2099 and (worded or end == start + 1):
        return True
    if not worded and len(found[start].text) == _FIVE_DIGITS and end < len(found) and found[end].raw[0].isupper():
        return True
    # Whatever else stands in the plural behind a figure is counted by it.
    return len(after) > 3 and after.endswith("s") and after not in units.NOT_COUNTED


def _periodic(after: str, then: str) -> bool:
    """So much a month, a seat, a minute."""
    if after in {"mensuel", "mensuels", "monthly", "yearly", "annuel", "annuels", "pcm", "mo"}:
        return True
    return after in {"par", "le", "la", "l", "a", "per", "each", "every", "/", "ts", "tous", "chaque"} and (
        then in units.PERIODS or after == "each"
    )
