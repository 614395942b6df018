"""The two streams: answers on stdout, everything else on stderr; colour and motion only where a person looks."""

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

import click
import orjson

from ecluse.i18n import _

#: Set once by the command group: "auto", "always" or "never".
COLOUR = {"when": "auto"}
#: Controls and changes of direction. Spaces of French figures are none.
_OBEYED = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def colours(stream: TextIO) -> bool:
    """Whether this stream may carry colour: https://no-color.org wins over the terminal, `--color` over both."""
    if COLOUR["when"] != "auto":
        return COLOUR["when"] == "always"
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def paint(text: str, style: str, stream: TextIO | None = None) -> str:
    """`style` is a colour, or `bold`, or both: "bold red"."""
    if not text or not colours(stream or sys.stdout):
        return text
    words = style.split()
    colour = next((word for word in words if word not in {"bold", "dim"}), None)
    return click.style(text, fg=colour, bold="bold" in words or None, dim="dim" in words or None)


def answer(text: str = "") -> None:
    """A line of what was asked for."""
    click.echo(text, color=colours(sys.stdout))


def note(text: str = "") -> None:
    """A line beside the answer: progress, advice, what was done."""
    click.echo(text, err=True, color=colours(sys.stderr))


def suggest(*commands: str) -> None:
    """The last words of a verb: what to type next."""
    for at, command in enumerate(commands):
        lead = _("Next:")
        note(paint(f"{lead if at == 0 else ' ' * len(lead)} {command}", "cyan", sys.stderr))


def answer_json(verb: str, body: dict[str, Any]) -> None:
    """One document, its schema named first: `ecluse/status/1`. Keys and codes are English in every language."""
    document = {"schema": f"ecluse/{verb}/1", **body}
    options = orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS | orjson.OPT_UTC_Z
    click.echo(orjson.dumps(document, option=options).decode())


def visible(text: str) -> str:
    """The text with nothing in it that a terminal obeys: a record's field must not clear a screen or turn a line."""
    return _OBEYED.sub("\ufffd", text)


def table(rows: Iterable[Sequence[str]], heads: Sequence[str] = (), right: Sequence[int] = (), indent: int = 0) -> None:
    """Columns, padded and never cut: what is piped on stays whole. `right` lists columns of figures."""
    body = [tuple(map(visible, row)) for row in rows]
    lines = ([tuple(heads)] if heads else []) + body
    if not lines:
        return
    widths = [max(len(line[at]) for line in lines) for at in range(len(lines[0]))]
    for place, line in enumerate(lines):
        cells = [
            cell.rjust(width) if at in right else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(line, widths, strict=True))
        ]
        text = (" " * indent + "  ".join(cells)).rstrip()
        answer(paint(text, "bold") if heads and place == 0 else text)


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most that many columns, broken between words."""
    lines, line = [], ""
    for word in text.split(" "):
        if line and len(line) + 1 + len(word) > width:
            lines.append(line)
            line = word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line]


@contextmanager
def progress(total: int) -> Iterator[Callable[[str], None]]:
    """Long work in steps, on stderr: a bar where a person looks, a line for each step elsewhere.

    What is yielded is called with the title of each step as it begins.
    """
    if not (sys.stderr.isatty() and colours(sys.stderr)):
        yield lambda title: note(f"… {title}")
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), BarColumn(bar_width=20), TimeElapsedColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=total)
        begun = iter(range(total))

        def step(title: str) -> None:
            bar.update(task, completed=next(begun, total), description=title)

        yield step
