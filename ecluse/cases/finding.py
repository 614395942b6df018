"""Finds the files of cases of a link: in `cases/` of the working folder, and beside the link file."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from ecluse.cases.coverage import Touched
from ecluse.cases.reading import link_of, read_cases
from ecluse.cases.running import Result, run
from ecluse.command import Failure
from ecluse.i18n import _
from ecluse.links import SUFFIXES, Accepted, names
from mapping.document import BYTES_MAX
from mapping.findings import Finding
from mapping.policy import Policy

CASES = "cases"
#: What digests are made under here: the same in every run, and nobody's.
SECRET = b"the cases of a link"


class Tried(NamedTuple):
    """One file of cases, run; `results` is empty where there are findings."""

    name: str
    text: str
    findings: Sequence[Finding]
    results: Sequence[Result]


class LinkTried(NamedTuple):
    """A link, and its files of cases."""

    policy: Policy
    files: Sequence[Tried]
    touched: Touched


def try_link(link: Accepted, folder: Path, asked: Sequence[Path]) -> LinkTried:
    """Run the cases of a link: of the files asked for, or of all that name it."""
    policy, touched = replace(link.policy, secret=SECRET), Touched(link.policy)
    known = {policy.link, *names(folder)}
    paths = list(_beside(link.read.path, folder)) if not asked else [one for path in asked for one in _inside(path)]
    files = [_file(path, folder, policy, known, touched) for path in paths]
    return LinkTried(policy, [one for one in files if one is not None], touched)


def try_text(text: str, name: str, policy: Policy) -> LinkTried:
    """Run the cases of a text that was made for this link."""
    touched = Touched(policy)
    return LinkTried(policy, [_run(text, name, replace(policy, secret=SECRET), touched)], touched)


def _file(path: Path, folder: Path, policy: Policy, known: Collection[str], touched: Touched) -> Tried | None:
    inside = folder != Path() and path.is_relative_to(folder)
    name = str(path.relative_to(folder) if inside else path)
    try:
        text = path.read_bytes()[: 2 * BYTES_MAX].decode("utf-8", errors="surrogateescape")
    except OSError as error:
        raise Failure(_("{file} cannot be read: {problem}", file=name, problem=error.strerror)) from None
    link, findings = link_of(text, name, sorted(known))
    if findings:
        return Tried(name, text, findings, ())
    return _run(text, name, policy, touched) if link == policy.link else None


def _run(text: str, name: str, policy: Policy, touched: Touched) -> Tried:
    reading = read_cases(text, name, policy)
    results = run(reading.cases, policy, touched) if reading.cases is not None else []
    return Tried(name, text, reading.findings, results)


def _beside(link: Path, folder: Path) -> Iterator[Path]:
    seen: set[Path] = set()
    for place in (folder / CASES, link.parent / CASES, link.parent.parent / CASES):
        for path in _inside(place) if place.is_dir() else ():
            if path.resolve() not in seen:
                seen.add(path.resolve())
                yield path


def _inside(place: Path) -> list[Path]:
    return sorted(path for path in place.glob("*") if path.suffix in SUFFIXES) if place.is_dir() else [place]
