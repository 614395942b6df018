"""A text cut into sentences, none of its characters lost."""

import re
from collections.abc import Iterator

from filters.screening.lexicon import listed

#: A mark that ends a sentence, or the end of a line; what follows of them and of blanks belongs to it.
_STOP = re.compile(r"[.!?;\n\r\v\f\x85\u2028\u2029。][\s.!?;…。]*+")
_LETTERS = re.compile(r"[^\W\d_]*\Z")
#: As long as an abbreviation can be; looked back no further.
_LOOKED_BACK = 12
#: A dot behind these ends nothing: what follows belongs to them.
_ABBREVIATED = listed("""
    adr app appt approx apt av avt bd bld bp bt cf chap ch cial cie cpt dept dir dr ed env esp est etc ets ex ext
    fac hab incl inc inf loc ltd m max mens min mini mlle mme mm mn mr mrs ms nb no num p pb pers pp prof prop pt
    qqn rdv ref rem remb resp rte sem soc st ste sté supp tel tél temp tx
""")


def sentences(text: str) -> Iterator[str]:
    """The sentences of a text in order; joined, they are the text again."""
    start = 0
    for stop in _STOP.finditer(text):
        if stop[0][0] != "." or _full_stop(text, stop):
            yield text[start : stop.end()]
            start = stop.end()
    if start < len(text):
        yield text[start:]


def _full_stop(text: str, stop: re.Match[str]) -> bool:
    """Whether a dot ends its sentence: not in a word or a number, nor behind an abbreviation, nor as one of three."""
    if not stop[0][-1].isspace() and stop.end() < len(text):
        return False
    if stop[0].startswith(".."):
        return "\n" in stop[0]
    letters = _LETTERS.search(text[max(0, stop.start() - _LOOKED_BACK) : stop.start()])
    word = letters[0].lower() if letters else ""
    return "\n" in stop[0] or not (len(word) == 1 or word in _ABBREVIATED)
