"""`ecluse test`: the cases of links, run through the processors of production; nothing is contacted."""

from pathlib import Path

import click

from ecluse.cases import told
from ecluse.cases.finding import LinkTried, try_link, try_text
from ecluse.cases.junit import junit
from ecluse.cases.made import MADE, made_from
from ecluse.command import Failure, argument, file_place, option, output_option, verb
from ecluse.i18n import N_, _
from ecluse.links import accepted, find
from ecluse.terminal import answer, answer_json, note


@verb(
    "test",
    N_(
        "Run the cases of links: what each profile sees of a record, what becomes of what a caller says, and when."
        "\n\nThe files of cases are those under cases/ that name the link. What a case does not list is denied. "
        "LINK is a file, a folder, or the name of a link of the working folder; without one, all of its links."
    ),
    examples=(
        "ecluse test",
        "ecluse test nord --coverage",
        "ecluse test nord --junit report.xml",
        "ecluse test nord --from-matrix matrix.csv --write cases/matrix.yaml",
    ),
)
@argument("links", nargs=-1, metavar=N_("[LINK]..."))
@option(
    "--cases",
    "files",
    type=click.Path(exists=True, path_type=Path),
    multiple=True,
    metavar=N_("FILE"),
    help=N_("A file or folder of cases, instead of those that are found. May be repeated."),
)
@option("--coverage", is_flag=True, help=N_("Also list the rights, fields and results of calls that no case touches."))
@option("--junit", "report", type=file_place(exists=False), metavar=N_("FILE"), help=N_("Also write JUnit XML."))
@option(
    "--from-matrix",
    "sheet",
    type=file_place(),
    metavar=N_("FILE"),
    help=N_("Make the cases from a CSV of profiles and fields, with yes, no and masked; then run them."),
)
@option(
    "--write",
    "target",
    type=file_place(exists=False),
    metavar=N_("FILE"),
    help=N_("Where to write the cases of --from-matrix, instead of printing them."),
)
@output_option()
@click.pass_obj
def command(
    folder: Path, links: tuple[str, ...], files: tuple[Path, ...], coverage: bool, report: Path | None,  # noqa: FBT001 - Click's
    sheet: Path | None, target: Path | None, output: str,
) -> int:  # fmt: skip
    if target is not None and sheet is None:
        raise click.UsageError(_("--write goes with --from-matrix."))
    read = [accepted(path, folder) for path in find(links, folder)]
    made = ""
    if sheet is not None:
        if len(read) != 1 or files:
            raise click.UsageError(_("--from-matrix goes with one link, and without --cases."))
        made = made_from(sheet, read[0].policy)
        _keep(made, target, output)
        tried = [try_text(made, str(target or sheet), read[0].policy)]
    else:
        tried = [try_link(one, folder, files) for one in read]
    if report is not None:
        report.write_bytes(junit(tried))
    if output == "json":
        answer_json("test", told.document(tried, coverage=coverage, made=made))
    else:
        told.show(tried)
        for link in tried if coverage else ():
            told.show_uncovered(link)
    return 0 if told.sound(tried) and _all_have_cases(tried) else 1


def _keep(made: str, target: Path | None, output: str) -> None:
    """Write the cases that were made, or print them. What somebody wrote is not overwritten; what was made is."""
    if target is None:
        if output != "json":
            answer(made)
        return
    if target.exists() and not target.read_text(encoding="utf-8", errors="replace").startswith(MADE):
        raise Failure(_("{file} was not made from a matrix: it is left as it is.", file=str(target)))
    target.write_text(made, encoding="utf-8")
    note(_("{file} written.", file=str(target)))


def _all_have_cases(tried: list[LinkTried]) -> bool:
    """A link without cases is not tested, and must not look as if it were."""
    bare = [link.policy.link for link in tried if not link.files]
    for name in bare:
        note(_("no file of cases names the link {link}: write one under cases/.", link=name))
    return not bare
