"""`ecluse matrix`: the whole of who may see and do what, as one table to hand over."""

from datetime import UTC, datetime
from pathlib import Path

import click

from ecluse.command import argument, option, output_option, verb
from ecluse.i18n import N_
from ecluse.links import find, policy_of
from ecluse.matrix import Row, rows
from ecluse.matrix_forms import as_csv, as_html, as_markdown
from ecluse.terminal import answer_json

FORMS = {"md": as_markdown, "html": as_html, "csv": as_csv}


@verb(
    "matrix",
    N_(
        "Who may see and do what: roles, things, actions, perimeters, labels, writes and personal exceptions."
        "\n\nHTML is one page that needs nothing else. CSV has a row for every right, held or denied, in the words of "
        "the link file. Nothing is contacted. LINK is a file, a folder, or the name of a link of the working "
        "folder; without one, all of its links."
    ),
    examples=(
        "ecluse matrix links/nord.yaml --format html > matrix.html",
        "ecluse --lang fr matrix links/nord.yaml",
        "ecluse matrix --format csv > matrix.csv",
    ),
)
@argument("links", nargs=-1, metavar=N_("[LINK]..."))
@option(
    "--format", "form", type=click.Choice(tuple(FORMS)), default="md", show_default=True,
    help=N_("The form of the table."),
)  # fmt: skip
@output_option()
@click.pass_obj
def command(folder: Path, links: tuple[str, ...], form: str, output: str) -> int:
    day = datetime.now(UTC).date()
    policies = [policy_of(path, folder) for path in find(links, folder)]
    if output == "json":
        answer_json("matrix", {"rows": [_document(row) for policy in policies for row in rows(policy, day)]})
    else:
        click.echo(FORMS[form](policies, day), nl=False)
    return 0


def _document(row: Row) -> dict[str, object]:
    return {**row._asdict(), "profiles": list(row.profiles)}
