"""A link file as YAML: the smallest part of YAML 1.2 that people need, with the place of every word.

The tree is built from libyaml's events, without recursion: a bare scalar stays the text that was
written (`Plain`), and what makes YAML surprising (anchors, aliases, merges, tags, a key given
twice, several documents) is refused at its place while the rest is read on.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import yaml

from mapping.findings import Findings, NoteKind, note
from mapping.place import Path, Place, Span
from mapping.scalars import Plain, is_null

BYTES_MAX: Final = 1024 * 1024
DEPTH_MAX: Final = 32
#: Beyond this the better message of the slower parser is not worth its time.
_REPARSED_MAX: Final = 200_000

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

#: Control characters, other line ends, invisible and direction-changing ones: a file reads as it looks.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\xad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff]"
    "|\r(?!\n)"
)

_UNCLOSED: Final = "a quote is not closed"
_UNREADABLE: Final = "it cannot be read"
_OPENED: Final = "what this belongs to begins on line {line}"
#: What the parser says -> what we say. Order matters: the first that occurs in the parser's words is taken.
_PROBLEMS: Final = (
    ("mapping values are not allowed", 'a second ":" on one line'),
    ("expected ',' or '}'", "a comma or } is missing"),
    ("expected ',' or ']'", "a comma or ] is missing"),
    ("could not find expected ':'", "a colon is missing after a key"),
    ("found unexpected end of stream", _UNCLOSED),
    ("unexpected end of stream", _UNCLOSED),
    ("expected <block end>", "the indentation does not fit, or a dash or colon is missing"),
    ("did not find expected key", "the indentation does not fit, or a dash or colon is missing"),
    ("did not find expected '-' indicator", "the indentation does not fit, or a dash or colon is missing"),
    ("block sequence entries are not allowed", "a list cannot begin on this line"),
    ("unknown escape character", "a backslash in double quotes; write \\\\, or use single quotes"),
    ("expected the node content", "a value is missing"),
    ("did not find expected node content", "a value is missing"),
    ("cannot start any token", "a word cannot begin with this character"),
    ("expected alphabetic or numeric character", "a word cannot begin with this character"),
)
_LINK: Final = "a link, with its keys (link, revision, crm, dialer …)"
#: What this module says beside its findings.
NOTES: Final = (_OPENED,)
#: Sentences of this module that are arguments of findings.
TERMS: Final = (*dict.fromkeys(ours for _, ours in _PROBLEMS), _UNREADABLE, _LINK, "large", "deep")


class Document(NamedTuple):
    """What a file says, and where. `tree` is None where the file cannot be read at all."""

    tree: dict[str, Any] | None
    root: Place
    #: Top-level keys under which something was refused.
    hurt: frozenset[str] = frozenset()


class _Frame:
    """A mapping or list that is being read."""

    __slots__ = ("held", "key", "place", "skips")

    def __init__(self, held: dict[str, Any] | list[Any], place: Place) -> None:
        self.held = held
        self.place = place
        #: The key whose value comes next; for a mapping only.
        self.key: tuple[str, Span] | None = None
        #: The value that comes next is not kept: its key was refused.
        self.skips = False


def read_document(text: str, file: str, findings: Findings) -> Document:
    """Read a file's text. Whatever is wrong with it as YAML goes to the findings."""
    text = text.removeprefix("\ufeff")
    whole_file = Span(file, 1, 1, 1)
    if len(text) > BYTES_MAX or len(text.encode(errors="replace")) > BYTES_MAX:
        findings.add("E106", whole_file, what="large", limit="1 MiB")
        return Document(None, Place(whole_file))
    if unseen := _UNSEEN.search(text):
        line = text.count("\n", 0, unseen.start()) + 1
        column = unseen.start() - text.rfind("\n", 0, unseen.start())
        code = ord(unseen.group()[0])
        # A byte that was no UTF-8, as Python's readers smuggle it through (PEP 383).
        smuggled = 0xDC80 <= code <= 0xDCFF
        name = f"byte {code - 0xDC00:02X}, no UTF-8" if smuggled else unicodedata.name(chr(code), f"U+{code:04X}")
        findings.add("E108", Span(file, line, column, column + 1), character=name)
        return Document(None, Place(whole_file))
    return _Builder(text, file, findings).build()


class _Builder:
    """Builds one document from events."""

    def __init__(self, text: str, file: str, findings: Findings) -> None:
        self._text = text
        self._file = file
        self._findings = findings
        self._lines: list[str] | None = None
        self._stack: list[_Frame] = []
        self._tree: Any = None
        self._root = Place(Span(file, 1, 1, 1))
        self._section = ""
        self._hurt: set[str] = set()

    def build(self) -> Document:
        try:
            readable = self._take(yaml.parse(self._text, Loader=_LOADER))
        except yaml.YAMLError as error:
            self._syntax(error)
            return Document(None, self._root)
        if not readable:
            return Document(None, self._root)
        if not isinstance(self._tree, dict):
            self._findings.add("E114", self._root.value, wanted=_LINK, example="link: nord")
            return Document(None, self._root)
        return Document(self._tree, self._root, frozenset(self._hurt))

    def _refuse(self, code: str, span: Span, *, path: Path = (), **args: str) -> None:
        self._hurt.add(self._section)
        self._findings.add(code, span, path=path, expected=(), nearest="", notes=(), **args)

    def _take(self, events: Iterator[Any]) -> bool:
        """Take the events of one document. False where it is too deep or followed by another."""
        documents = 0
        for event in events:
            if isinstance(event, yaml.ScalarEvent):
                self._scalar(event)
            elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
                if len(self._stack) >= DEPTH_MAX:
                    self._findings.add("E106", self._span(event), what="deep", limit=DEPTH_MAX)
                    return False
                self._open(event)
            elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                self._close()
            elif isinstance(event, yaml.AliasEvent):
                self._alias(event)
            elif isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    self._findings.add("E107", self._span(event))
                    return False
        return True

    def _scalar(self, event: Any) -> None:
        span = self._span(event)
        bare = event.implicit[0]
        if self._expects_key():
            self._key(event, span)
            return
        self._marked(event, span)
        value: Any = event.value
        if bare:
            value = None if is_null(event.value) else Plain(event.value)
        self._put(value, Place(span))

    def _open(self, event: Any) -> None:
        span = self._span(event)
        held: dict[str, Any] | list[Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
        place = Place(Span(span.file, span.line, span.column, span.column + 1 if event.flow_style else span.column))
        self._marked(event, span)
        if self._expects_key():
            self._refuse("E109", span._replace(end_column=span.column + 1))
            self._stack[-1].key, self._stack[-1].skips = None, True
        else:
            self._put(held, place)
        self._stack.append(_Frame(held, place))

    def _close(self) -> None:
        self._stack.pop()

    def _alias(self, event: Any) -> None:
        span = self._span(event)
        self._refuse("E104", span, word=f"*{event.anchor}")
        place = Place(span)
        place.broken = True
        if self._expects_key():
            self._stack[-1].skips = True
        else:
            self._put(None, place)

    def _expects_key(self) -> bool:
        frame = self._stack[-1] if self._stack else None
        return frame is not None and isinstance(frame.held, dict) and frame.key is None and not frame.skips

    def _key(self, event: Any, span: Span) -> None:
        frame = self._stack[-1]
        self._marked(event, span)
        word = event.value
        if word == "<<" and event.implicit[0]:
            self._refuse("E104", span, word=word)
        elif word == "":
            self._refuse("E109", span)
        elif word in frame.place.keys:
            first = frame.place.keys[word].name
            self._section = word if len(self._stack) == 1 else self._section
            self._refuse("E103", span, path=(*frame.place.path, word), word=word, where=f"{first.file}:{first.line}")
        else:
            frame.key = (word, span)
            self._section = word if len(self._stack) == 1 else self._section
            return
        frame.skips = True

    def _put(self, value: Any, place: Place) -> None:
        """Put a value where it belongs."""
        if not self._stack:
            self._tree, self._root = value, place
            return
        frame = self._stack[-1]
        if isinstance(frame.held, list):
            place.path = (*frame.place.path, len(frame.held))
            frame.held.append(value)
            frame.place.items.append(place)
        elif frame.key is None:
            frame.skips = False
        else:
            word, place.key = frame.key
            place.path = (*frame.place.path, word)
            frame.key = None
            frame.held[word] = value
            frame.place.keys[word] = place

    def _marked(self, event: Any, span: Span) -> None:
        """Refuse an anchor or a tag; the value itself is read on."""
        if event.anchor is not None:
            self._refuse("E104", span._replace(end_column=span.column + 1 + len(event.anchor)), word=f"&{event.anchor}")
        if event.tag is not None and event.tag != "!":
            tag = event.tag.replace("tag:yaml.org,2002:", "!!")
            self._refuse("E105", span._replace(end_column=span.column + len(tag)), word=tag)

    def _span(self, event: Any) -> Span:
        start, end = event.start_mark, event.end_mark
        last = end.column if end.line == start.line else len(self._line(start.line))
        return Span(self._file, start.line + 1, start.column + 1, max(last, start.column) + 1)

    def _line(self, index: int) -> str:
        if self._lines is None:
            self._lines = self._text.splitlines()
        return self._lines[index] if index < len(self._lines) else ""

    def _syntax(self, error: yaml.YAMLError) -> None:
        """Say what is wrong. The Python parser sees it more clearly, and is asked only now."""
        if len(self._text) <= _REPARSED_MAX:
            try:
                for _ in yaml.parse(self._text, Loader=yaml.SafeLoader):
                    pass
            except yaml.YAMLError as clearer:
                error = clearer
        said = str(getattr(error, "problem", None) or "")
        problem = next((ours for theirs, ours in _PROBLEMS if theirs in said), _UNREADABLE)
        mark, context = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
        if mark is None or (context is not None and (problem == _UNCLOSED or not self._text[mark.index :].strip())):
            mark = context
        line, column = (mark.line, mark.column) if mark is not None else (0, 0)
        before = self._line(line)[: column + 1]
        if before.endswith("\t") or (not before.strip() and "\t" in before):
            tab = before.index("\t") + 1
            self._findings.add("E102", Span(self._file, line + 1, tab, tab + 1))
            return
        notes = [note(NoteKind.NOTE, _OPENED, line=context.line + 1)] if context and context.line < line else []
        self._findings.add("E101", Span(self._file, line + 1, column + 1, column + 2), notes=notes, problem=problem)


__all__ = ["BYTES_MAX", "DEPTH_MAX", "NOTES", "TERMS", "Document", "read_document"]
