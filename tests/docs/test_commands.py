"""Every command line that the pages show exists: its verb, its verb's verb, its options."""

import re
import shlex

import click
import pytest

from ecluse.cli import ecluse
from tests.docs.pages import PACKAGES, PAGES, shell_lines, spans

PLACEHOLDER = re.compile(r"[A-Z][A-Z_…]*(?:\[.*)?|…|\.\.\.|\[.*")


def shown(page: str) -> list[str]:
    """Command lines of `ecluse`, from shell blocks and from code spans; what stands before and after a pipe is cut."""
    lines = [part.strip() for line in shell_lines(page) for part in re.split(r"\||&&|;", line)]
    lines = [re.sub(r"^(?:[A-Z_]+=\S+ )+", "", line) for line in lines] + spans(page)
    named = [line for line in lines if re.match(r"(?:\.venv/bin/)?ecluse(?: |$)", line)]
    return [line for line in named if not set(line.split()) <= set(PACKAGES)]  # a list of packages is no command


def wrong(line: str) -> str:
    """What of a command line does not exist, or nothing."""
    words = shlex.split(re.split(r" #|[<>]", line)[0].replace("…", ""))[1:]
    command: click.Command = ecluse
    context = click.Context(ecluse)
    at = 0
    while at < len(words):
        word = words[at]
        at += 1
        if word.startswith("-") and word != "-":
            name, _, given = word.partition("=")
            option = next((p for p in command.get_params(context) if name in (*p.opts, *p.secondary_opts)), None)
            if option is None:
                return name
            if not given and isinstance(option, click.Option) and not option.is_flag and not option.count:
                at += 1
        elif isinstance(command, click.Group) and not PLACEHOLDER.fullmatch(word):
            found = command.get_command(context, word)
            if found is None:
                return word
            command, context = found, click.Context(found, parent=context)
    return ""


@pytest.mark.parametrize("page", PAGES)
def test_every_command_shown_exists_with_its_options(page):
    assert {line: part for line in shown(page) if (part := wrong(line))} == {}


def test_a_verb_or_an_option_that_is_not_there_is_found():
    assert wrong("ecluse checck nord") == "checck"
    assert wrong("ecluse check nord --colour-me") == "--colour-me"
    assert wrong("ecluse check LINK --output json") == ""
    assert wrong("ecluse --lang fr check links/nord.yaml") == ""
