"""What was run, told: as a tree for people, as a document for machines."""

import sys
from collections.abc import Iterator, Sequence
from typing import Any

from ecluse import report
from ecluse.cases.coverage import Uncovered
from ecluse.cases.failure import Failure
from ecluse.cases.finding import LinkTried, Tried
from ecluse.cases.running import Result
from ecluse.i18n import N_, _, ngettext, number
from ecluse.terminal import answer, colours, paint, table

PASSED, FAILED = "✓", "✗"
WIDEST = 10_000
#: What coverage counts, and how it is called.
COUNTED = {
    "grants": N_("may read"),
    "writes": N_("may write"),
    "fields": N_("goes out"),
    "dispositions": N_("result of a call"),
}


def results(links: Sequence[LinkTried]) -> Iterator[Result]:
    """Every case that was run."""
    return (result for link in links for file in link.files for result in file.results)


def sound(links: Sequence[LinkTried]) -> bool:
    """Whether every file could be read and every case passed."""
    readable = not any(file.findings for link in links for file in link.files)
    return readable and not any(result.failures for result in results(links))


def show(links: Sequence[LinkTried]) -> None:
    """What is wrong with files, then the tree, then the line that matters most."""
    for link in links:
        for file in link.files:
            report.show(file.findings, {file.name: file.text})
        _tree(link)
    passed = sum(not result.failures for result in results(links))
    failed = sum(bool(result.failures) for result in results(links))
    counts = [ngettext("{n} passed", "{n} passed", passed)]
    counts += [ngettext("{n} failed", "{n} failed", failed)] if failed else []
    unread = sum(bool(file.findings) for link in links for file in link.files)
    counts += [ngettext("{n} file cannot be read", "{n} files cannot be read", unread)] if unread else []
    cases = ngettext("{n} case", "{n} cases", passed + failed)
    line = _("{cases}: {counts}.", cases=cases, counts=", ".join(counts))
    answer(paint(line, "bold green" if sound(links) else "bold red") + " " + _("Nothing was contacted."))


def _tree(link: LinkTried) -> None:
    from rich.console import Console
    from rich.text import Text
    from rich.tree import Tree

    root = Tree(
        Text(f"{link.policy.link}  ", "bold") + Text(_("revision {revision}", revision=link.policy.revision), "dim")
    )
    for file in link.files:
        branch = root.add(Text(file.name) + Text("  " + _("cannot be read") if file.findings else "", "bold red"))
        for result in file.results:
            mark = Text(f"{FAILED} ", "bold red") if result.failures else Text(f"{PASSED} ", "green")
            pairs = "  " + ngettext("{n} pair", "{n} pairs", result.pairs) if result.pairs else ""
            leaf = branch.add(mark + Text(result.case.name, "bold" if result.failures else "") + Text(pairs, "dim"))
            for failure in result.failures:
                leaf.add(Text(_said(failure)))
    coloured = colours(sys.stdout)
    # Where nobody looks, nothing is folded: a line is a line.
    width = None if sys.stdout.isatty() else WIDEST
    console = Console(
        file=sys.stdout, force_terminal=coloured, no_color=not coloured, highlight=False, width=width, emoji=False
    )
    console.print(root)


def _said(failure: Failure) -> str:
    return _("line {line}: {message}", line=failure.place.line, message=failure.message())


def show_uncovered(link: LinkTried) -> None:
    """What no case touches."""
    left = link.touched.uncovered()
    answer()
    answer(paint(_("{link}: what no case touches", link=link.policy.link), "bold"))
    titles = {name: _(title) for name, title in COUNTED.items()}
    rows = [(titles["grants"], f"{role}: {item}.{label}") for role, item, label in left.grants]
    rows += [(titles["writes"], f"{role}: {grant}") for role, grant in left.writes]
    rows += [(titles["fields"], name) for name in left.fields]
    rows += [(titles["dispositions"], name) for name in left.dispositions]
    table(rows, indent=2)
    parts = []
    for name, title in COUNTED.items():
        done, total = left.total[name] - len(getattr(left, name)), left.total[name]
        parts.append(_("{title} {done} of {total}", title=_(title), done=number(done), total=number(total)))
    answer(_("Touched: {parts}.", parts=", ".join(parts)))


def document(links: Sequence[LinkTried], *, coverage: bool, made: str = "") -> dict[str, Any]:
    """Everything for machines: codes, places and names; messages in the reader's language."""
    body: dict[str, Any] = {
        "links": [
            {
                "link": link.policy.link,
                "revision": link.policy.revision,
                "files": [_file(file) for file in link.files],
                **({"uncovered": _uncovered(link.touched.uncovered())} if coverage else {}),
            }
            for link in links
        ],
        "passed": sum(not result.failures for result in results(links)),
        "failed": sum(bool(result.failures) for result in results(links)),
        "unreadable": sum(bool(file.findings) for link in links for file in link.files),
    }
    return {**body, "made": made} if made else body


def _file(file: Tried) -> dict[str, Any]:
    return {
        "file": file.name,
        "findings": [report.as_json(finding) for finding in file.findings],
        "cases": [
            {
                "name": result.case.name,
                "line": result.case.place.line,
                "passed": not result.failures,
                "pairs": result.pairs,
                "failures": [_failure(failure) for failure in result.failures],
            }
            for result in file.results
        ],
    }


def _failure(failure: Failure) -> dict[str, Any]:
    return {
        "code": failure.code.value,
        "line": failure.place.line,
        "who": failure.who,
        "what": failure.what,
        "expected": failure.expected,
        "got": failure.got,
        "message": failure.message(),
    }


def _uncovered(left: Uncovered) -> dict[str, Any]:
    return {
        "grants": [{"role": role, "object": item, "label": label} for role, item, label in left.grants],
        "writes": [{"role": role, "grant": grant} for role, grant in left.writes],
        "fields": list(left.fields),
        "dispositions": list(left.dispositions),
        "total": dict(left.total),
    }
