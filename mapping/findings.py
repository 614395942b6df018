"""What can be said against a link file, or about it: each code with its sentence and its remedy.

The sentences are message ids for gettext; `{names}` are filled in after translation. Arguments may
quote the link file, which is configuration; they never hold a record's value.
E1xx form and words, E2xx meaning, W3xx warnings, N4xx for information.
"""

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from mapping.codes import CODES, Severity
from mapping.place import Path, Place, Span, pointer

#: More errors than this are not kept, nor more warnings and notes: nobody corrects more in one go.
FINDINGS_MAX: Final = 200
#: Quotations of the file are cut after so many characters.
QUOTED_MAX: Final = 80
#: Lists of words are longer, and may be.
LISTED_MAX: Final = 400

#: Arguments that are sentences of ours and have a translation too.
TERMS: Final = frozenset({"problem", "wanted", "what"})

#: Arguments that list words.
LISTS: Final = frozenset({"circle", "cleared", "granted", "known", "profiles", "roles"})

Say = Callable[[str], str]


class NoteKind(StrEnum):
    """What a note says of its finding."""

    BESIDE = "beside"  # stands to the right of the carets
    WAY = "way"  # the way a label would take
    REMEDY = "remedy"
    NOTE = "note"


class Note(NamedTuple):
    """A line below a finding, or beside its carets."""

    kind: NoteKind
    #: The message id, with {placeholders}.
    message: str
    args: Mapping[str, str]

    def text(self, say: Say = str) -> str:
        """The note in words; `say` translates message ids."""
        return _filled(self.message, self.args, say)


class Finding(NamedTuple):
    """One thing found, and the word it is about. Lines and columns count from 1, `end_column` is past the word."""

    code: str
    severity: Severity
    file: str
    line: int
    column: int
    end_column: int
    #: Where in the link file, as a JSON Pointer.
    pointer: str
    args: Mapping[str, str]
    #: The words that would be right, where they can be counted.
    expected: tuple[str, ...]
    #: The nearest right word, or empty.
    nearest: str
    #: The last one is always the remedy.
    notes: tuple[Note, ...]

    def message(self, say: Say = str) -> str:
        """The finding in one sentence; `say` translates message ids."""
        return _filled(CODES[self.code].message, self.args, say)


class Findings:
    """Collects what is found in one file and those it uses."""

    def __init__(self) -> None:
        self._found: list[Finding] = []
        #: All errors, kept or not: a warning never crowds one out.
        self.errors = 0
        self._others = 0

    @property
    def full(self) -> bool:
        """Whether there are as many errors as are kept."""
        return self.errors >= FINDINGS_MAX

    @property
    def cut(self) -> bool:
        """Whether something was found that was not kept."""
        return self.full or self._others > FINDINGS_MAX

    def add(
        self,
        code: str,
        place: Place | Span,
        *,
        path: Path | None = None,
        expected: Sequence[str] = (),
        nearest: str = "",
        notes: Sequence[Note] = (),
        **args: object,
    ) -> None:
        """Keep a finding about a word, unless there are too many already."""
        rule = CODES[code]
        if rule.severity is Severity.ERROR:
            self.errors += 1
        else:
            self._others += 1
        if (self.errors if rule.severity is Severity.ERROR else self._others) > FINDINGS_MAX:
            return
        if isinstance(place, Place):
            span, path = place.word, place.path if path is None else path
        else:
            span = place
        quoted = _quoted(args)
        if not any(note.kind is NoteKind.REMEDY for note in notes):
            notes = (*notes, Note(NoteKind.REMEDY, rule.remedy, quoted))
        self._found.append(
            Finding(
                code, rule.severity, *span, pointer(path or ()), quoted, tuple(expected), quote(nearest), tuple(notes)
            )
        )

    def close(self, span: Span, *, limit: int) -> None:
        """Say that there are more findings than were kept."""
        rule, args = CODES["N406"], {"limit": str(limit)}
        remedy = (Note(NoteKind.REMEDY, rule.remedy, args),)
        self._found.append(Finding("N406", rule.severity, *span, "", args, (), "", remedy))

    def sorted(self) -> tuple[Finding, ...]:
        """All findings: in the order of the file."""
        return tuple(sorted(self._found, key=lambda found: (found.line, found.column, found.code, found.pointer)))


def note(kind: NoteKind, message: str, **args: object) -> Note:
    """A note whose arguments are fit to be printed."""
    return Note(kind, message, _quoted(args))


def _quoted(args: Mapping[str, object]) -> dict[str, str]:
    return {name: quote(str(value), LISTED_MAX if name in LISTS else QUOTED_MAX) for name, value in args.items()}


def _filled(message: str, args: Mapping[str, str], say: Say) -> str:
    return say(message).format(**{name: say(value) if name in TERMS else value for name, value in args.items()})


def quote(text: str, limit: int = QUOTED_MAX) -> str:
    """A quotation fit for a terminal: one line, no control characters, not endless."""
    clean = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text[: limit + 1])
    return clean if len(clean) <= limit else clean[:limit] + "…"


__all__ = ["CODES", "FINDINGS_MAX", "TERMS", "Finding", "Findings", "Note", "NoteKind", "Severity", "note", "quote"]
