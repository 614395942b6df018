"""Words and phrases to be found in a sentence, in time that grows with the sentence alone."""

from collections.abc import Sequence
from itertools import product

#: Shorter words are one slip away from too many others.
_SLIP_LEAST = 6
#: Longer ones are none of ours; the work grows with the square of the length.
_SLIP_MOST = 24
_ANY = "?"


class Lexicon:
    """Phrases, one a line: `/` between words of which one may stand there, `*` behind the beginning of a word.

    `~` before a word alone: it is known as well with one letter left out, put in, changed, or swapped with the next.
    """

    def __init__(self, text: str) -> None:
        self._phrases: dict[str, list[tuple[str, ...]]] = {}
        self._stems: set[str] = set()
        self._whole: set[str] = set()
        self._slips: set[str] = set()
        for line in filter(None, map(str.strip, text.splitlines())):
            for phrase in product(*(part.split("/") for part in line.split())):
                self._add(phrase)
        for rests in self._phrases.values():
            rests.sort(key=len, reverse=True)
        self._lengths = sorted({len(stem) for stem in self._stems})

    def _add(self, phrase: tuple[str, ...]) -> None:
        first, *rest = phrase
        if first.endswith("*"):
            self._stems.add(first[:-1])
            return
        word = first.removeprefix("~")
        if word != first:
            self._whole.add(word)
            self._slips.update(_changed(word), _left_out(word), _swapped(word))
        self._phrases.setdefault(word, []).append(tuple(rest))

    def at(self, words: Sequence[str], place: int) -> int:
        """How many words from here on are one of the phrases; 0 where none begins here."""
        word = words[place]
        for rest in self._phrases.get(word, ()):
            if tuple(words[place + 1 : place + 1 + len(rest)]) == rest:
                return 1 + len(rest)
        if any(word[:length] in self._stems for length in self._lengths if length <= len(word)):
            return 1
        return int(_SLIP_LEAST <= len(word) <= _SLIP_MOST and self._resembles(word))

    def _resembles(self, word: str) -> bool:
        """Whether a word is one slip away from one of ours."""
        if word in self._slips or not self._slips.isdisjoint(_changed(word)):
            return True
        return not self._whole.isdisjoint(_left_out(word))

    def within(self, words: Sequence[str], idioms: "Lexicon | None" = None) -> bool:
        """Whether one of the phrases stands in a sentence, other than as part of one of the idioms."""
        place = 0
        while place < len(words):
            skipped = idioms.at(words, place) if idioms is not None else 0
            if not skipped and self.at(words, place):
                return True
            place += skipped or 1
        return False


def _changed(word: str) -> list[str]:
    """A word with each of its letters in doubt."""
    return [f"{word[:place]}{_ANY}{word[place + 1 :]}" for place in range(len(word))]


def _left_out(word: str) -> list[str]:
    return [word[:place] + word[place + 1 :] for place in range(len(word))]


def _swapped(word: str) -> list[str]:
    pairs = range(len(word) - 1)
    return [word[:place] + word[place + 1] + word[place] + word[place + 2 :] for place in pairs]


def listed(text: str) -> frozenset[str]:
    """Single words, apart by blanks."""
    return frozenset(text.split())
