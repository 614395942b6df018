"""The nearest right word to a wrong one: one guess, or none when none is near."""

from collections.abc import Iterable
from typing import Final

#: A hostile file must not buy hours of comparing.
CANDIDATES_MAX: Final = 500
LENGTH_MAX: Final = 80


def nearest(word: str, candidates: Iterable[str]) -> str:
    """The candidate with the fewest slips of the pen from the word, or an empty text."""
    best, fewest = "", _allowed(word) + 1
    if len(word) > LENGTH_MAX or not word:
        return ""
    folded = _folded(word)
    for count, candidate in enumerate(candidates):
        if count >= CANDIDATES_MAX:
            break
        other = _folded(candidate)
        if other == folded:
            return candidate
        if abs(len(other) - len(folded)) >= fewest:
            continue
        slips = distance(folded, other, fewest)
        if slips < fewest and slips < len(folded):
            best, fewest = candidate, slips
    return best


def distance(one: str, other: str, enough: int) -> int:
    """Insertions, deletions, changes and swaps of neighbours between two words; `enough` stops the count."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, theirs in enumerate(other, 1):
            cost = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != theirs))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == theirs:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) >= enough and min(last) >= enough:
            return enough
        before, last = last, row
    return last[-1]


def _allowed(word: str) -> int:
    return max(1, min(3, len(word) // 3))


def _folded(word: str) -> str:
    return word.casefold().replace("-", "_").replace(" ", "_")


__all__ = ["nearest"]
