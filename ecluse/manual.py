"""The help of every verb, as docs/cli.md shows it: `python -m ecluse.manual` writes it, and a test compares.

What stands outside the marks of a block is written by hand.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from ecluse import i18n
from ecluse.cli import ecluse
from ecluse.command import HelpContext
from ecluse.contents import VERBS

PAGE = Path(__file__).parent.parent / "docs" / "cli.md"
WIDTH = 100
_BLOCK = re.compile(r"(<!-- help (?P<name>[a-z ]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def names() -> Iterator[str]:
    """Every verb, and the verbs of those that have some."""
    for name in VERBS:
        yield name
        command = ecluse.get_command(click.Context(ecluse), name)
        if isinstance(command, click.Group):
            yield from (f"{name} {part}" for part in command.commands)


def help_of(name: str) -> str:
    """A verb's help in English, as a terminal of 100 columns shows it."""
    i18n.speak("en")
    command: click.Command = ecluse
    context: click.Context = HelpContext(ecluse, info_name="ecluse", terminal_width=WIDTH)
    for word in name.split():
        found = command.get_command(context, word) if isinstance(command, click.Group) else None
        if found is None:
            raise LookupError(name)
        command, context = found, HelpContext(found, info_name=word, parent=context, terminal_width=WIDTH)
    return command.get_help(context)


def filled(page: str) -> str:
    """The page with every block as it should be."""
    return _BLOCK.sub(lambda found: f"{found[1]}```text\n{help_of(found['name'])}\n```\n{found[3]}", page)


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    sys.stdout.write(f"{PAGE.name}\n")
