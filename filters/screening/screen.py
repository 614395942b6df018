"""Free text on its way out: the sentences that show what callers need not know are replaced by a mark."""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

from filters.screening import prices
from filters.screening.health import ailing
from filters.screening.insults import insulting
from filters.screening.kinds import Kind
from filters.screening.people import addressed, personal
from filters.screening.sentences import sentences
from filters.screening.tokens import plain, tokens, words
from mapping.transforms import DROPPED

#: Stands for one or several sentences that stayed home.
MARK: Final = "[…]"
#: So much of a text is looked at; what lies beyond does not go out.
LONGEST: Final = 10_000


class Screened(NamedTuple):
    """What may go out, and why the rest may not."""

    text: str
    kinds: frozenset[Kind]
    #: Whether anything stayed home, found or too long to be looked at.
    marked: bool


def screen(text: str) -> Screened:
    """Screen a text sentence by sentence, in time that grows with its length and is bounded."""
    parts = list(sentences(text[:LONGEST]))
    cut = len(text) > LONGEST
    if cut and parts:
        # The last one may go on: what it says is not known.
        parts.pop()
    found = _found(parts)
    hidden = _with_neighbours(parts, [bool(kinds) for kinds in found])
    shown = _marked([*parts, ""], [*hidden, cut])
    return Screened(shown, frozenset().union(*found), cut or any(hidden))


def screened(longest: int) -> Callable[[Any], Any]:
    """The transform of free text: screened first and cut then, so that no cut hides what a sentence is about."""

    def as_screened(value: Any) -> Any:
        if value is None:
            return None
        return screen(value).text[:longest] if type(value) is str else DROPPED

    return as_screened


def _found(parts: list[str]) -> list[frozenset[Kind]]:
    """Of each sentence, what it shows that callers need not know."""
    found = []
    speaks = False
    for part in parts:
        text = plain(part)
        if len(text) > LONGEST:
            # Characters that stand for whole sentences: nobody writes so to be read.
            found.append(frozenset(Kind))
            continue
        said = words(tokens(text))
        price = prices.look(text, speaks=speaks)
        speaks = price.speaks
        looks = (
            (Kind.PRICE, price.shows),
            (Kind.PERSONAL, personal(text) or addressed(part)),
            (Kind.INSULT, insulting(said)),
            (Kind.HEALTH, ailing(said)),
        )
        found.append(frozenset(kind for kind, seen in looks if seen))
    return found


def _with_neighbours(parts: list[str], hidden: list[bool]) -> list[bool]:
    """A sentence of figures alone belongs to the one beside it: `15!` beside `Remise?`."""
    bare = [not any(letter.isalpha() for letter in part) and bool(part.strip()) for part in parts]
    told = list(hidden)
    for place, alone in enumerate(bare):
        beside = hidden[max(0, place - 1) : place] + hidden[place + 1 : place + 2]
        if alone and any(beside):
            told[place] = True
    return told


def _marked(parts: list[str], hidden: list[bool]) -> str:
    """The text with one mark for each run of hidden sentences, and the blanks around them as they were."""
    shown: list[str] = []
    for place, part in enumerate(parts):
        if not hidden[place]:
            shown.append(part)
        else:
            shown.append(part[: len(part) - len(part.lstrip())])
            shown.append("" if place and hidden[place - 1] else MARK)
            last = place + 1 == len(parts) or not hidden[place + 1]
            shown.append(part[len(part.rstrip()) :] if last and part.strip() else "")
    return "".join(shown)
