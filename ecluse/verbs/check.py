"""`ecluse check`: everything that is wrong with link files, in one run, offline."""

import sys
from pathlib import Path
from typing import Any

import click

from ecluse import report
from ecluse.command import argument, output_option, verb
from ecluse.i18n import N_, _
from ecluse.links import Read, find, read
from ecluse.terminal import answer, answer_json, note, paint
from mapping.codes import Severity


@verb(
    "check",
    N_(
        "Find everything that is wrong with link files, in one run: form, words, and the flow of labels."
        "\n\nA file that could let a label reach a role without clearance is refused. Nothing is contacted. "
        "LINK is a file, a folder, or the name of a link of the working folder; without one, all of its links."
    ),
    examples=("ecluse check", "ecluse check links/nord.yaml", "ecluse check links --output json"),
)
@argument("links", nargs=-1, metavar=N_("[LINK]..."))
@output_option("text", "json", "github")
@click.pass_obj
def command(folder: Path, links: tuple[str, ...], output: str) -> int:
    readings = [read(path, folder) for path in find(links, folder)]
    findings = [finding for reading in readings for finding in reading.findings]
    if output == "json":
        answer_json("check", _document(readings))
    elif output == "github":
        for finding in findings:
            answer(report.as_github(finding))
    else:
        sources = {name: text for reading in readings for name, text in reading.sources.items()}
        report.show(findings, sources)
        answer(_last_line(readings))
    return 1 if report.totals(findings)[Severity.ERROR] else 0


def _last_line(readings: list[Read]) -> str:
    findings = [finding for reading in readings for finding in reading.findings]
    errors = report.totals(findings)[Severity.ERROR]
    style = "red" if errors else "green"
    line = paint(report.summary(findings, len(readings)), f"bold {style}") + " " + _("Nothing was contacted.")
    if not errors and len(readings) == 1 and readings[0].policy is not None:
        note(paint(_("revision {revision}", revision=readings[0].policy.revision), "dim", sys.stderr))
    return line


def _document(readings: list[Read]) -> dict[str, Any]:
    findings = [finding for reading in readings for finding in reading.findings]
    count = report.totals(findings)
    return {
        "files": [
            {
                "file": reading.name,
                "link": reading.policy.link if reading.policy else None,
                "revision": reading.policy.revision if reading.policy else None,
                "findings": [report.as_json(finding) for finding in reading.findings],
            }
            for reading in readings
        ],
        "errors": count[Severity.ERROR],
        "warnings": count[Severity.WARNING],
        "notes": count[Severity.NOTE],
    }
