"""Findings on a terminal: code and sentence, the place, the line itself with carets, then why and what to do."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ecluse.i18n import N_, _, ngettext
from ecluse.terminal import answer, paint
from mapping.codes import Severity
from mapping.findings import Finding, Note, NoteKind

COLOURS = {Severity.ERROR: "bold red", Severity.WARNING: "bold yellow", Severity.NOTE: "bold cyan"}
TITLES = {NoteKind.WAY: N_("way:"), NoteKind.REMEDY: N_("remedy:"), NoteKind.NOTE: N_("note:")}
LINE_MAX = 160
GITHUB = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}


def show(findings: Sequence[Finding], sources: Mapping[str, str]) -> None:
    """Print each finding as a block, an empty line after it."""
    for finding in findings:
        for line in block(finding, sources.get(finding.file, "")):
            answer(line)
        answer()


def block(finding: Finding, source: str) -> list[str]:
    """The lines of one finding."""
    style = COLOURS[finding.severity]
    lines = [f"{paint(finding.code, style)} {paint(finding.message(_), 'bold')}"]
    gutter = max(2, len(str(finding.line)))
    if finding.line:
        lines.append(f"{' ' * gutter}{paint('-->', 'blue')} {finding.file}:{finding.line}:{finding.column}")
        lines += _excerpt(finding, source, gutter, style)
    elif finding.file:
        lines.append(f"{' ' * gutter}{paint('-->', 'blue')} {finding.file}")
    notes = [note for note in finding.notes if note.kind is not NoteKind.BESIDE]
    width = max((len(_(TITLES[note.kind])) for note in notes), default=0)
    for note in notes:
        title = _(TITLES[note.kind])
        lines.append(f"{' ' * gutter} {paint('=', 'blue')} {title:<{width}} {note.text(_)}")
    return lines


def _excerpt(finding: Finding, source: str, gutter: int, style: str) -> list[str]:
    lines = source.splitlines()
    if finding.line > len(lines):
        return []
    text = lines[finding.line - 1].replace("\t", " ")
    bar = paint("|", "blue")
    start, end = finding.column - 1, max(finding.end_column - 1, finding.column)
    if len(text) > LINE_MAX:
        cut = max(0, min(start - LINE_MAX // 2, len(text) - LINE_MAX))
        text, start, end = text[cut : cut + LINE_MAX], start - cut, end - cut
    carets = " " * start + paint("^" * max(1, min(end, len(text) or 1) - start), style)
    beside = [_beside(note) for note in finding.notes if note.kind is NoteKind.BESIDE]
    if finding.nearest:
        beside.insert(0, _('did you mean "{word}"?', word=finding.nearest))
    carets += " " + "; ".join(beside) if beside else ""
    number = paint(f"{finding.line:>{gutter}}", "blue")
    return [f"{' ' * gutter} {bar}", f"{number} {bar} {text}".rstrip(), f"{' ' * gutter} {bar} {carets}"]


def _beside(note: Note) -> str:
    return note.text(_)


def totals(findings: Sequence[Finding]) -> Counter[Severity]:
    return Counter(finding.severity for finding in findings)


def summary(findings: Sequence[Finding], files: int) -> str:
    """The last line: how much of what, in how many files."""
    count = totals(findings)
    parts = [
        ngettext("{n} error", "{n} errors", count[Severity.ERROR]),
        ngettext("{n} warning", "{n} warnings", count[Severity.WARNING]),
    ]
    if count[Severity.NOTE]:
        parts.append(ngettext("{n} note", "{n} notes", count[Severity.NOTE]))
    return _("{counts} in {files}.", counts=", ".join(parts), files=ngettext("{n} file", "{n} files", files))


def as_json(finding: Finding) -> dict[str, Any]:
    """One finding for machines. `message` is in the reader's language, everything else is not."""
    return {
        "code": finding.code,
        "severity": finding.severity.value,
        "file": finding.file,
        "line": finding.line,
        "column": finding.column,
        "end_column": finding.end_column,
        "pointer": finding.pointer,
        "message": finding.message(_),
        "expected": list(finding.expected),
        "nearest": finding.nearest,
        "notes": [{"kind": note.kind.value, "text": note.text(_)} for note in finding.notes],
    }


def as_github(finding: Finding) -> str:
    """One finding as a workflow command, which shows it beside the line in a review."""
    place = f"file={finding.file},line={finding.line},col={finding.column},endColumn={finding.end_column}"
    text = finding.message(_).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return f"::{GITHUB[finding.severity]} {place},title={finding.code}::{text}"
