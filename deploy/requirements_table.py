#!/usr/bin/env python3
"""Writes docs/requirements.md from the marks on tests: which requirement is shown by which test.

    python deploy/requirements_table.py           write the page
    python deploy/requirements_table.py --check   exit 1 where the page is out of date

Tests are read, not imported, so that the page is the same on a machine that cannot run all of them.
"""

import ast
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "requirements.md"
LAST = 124
MARK = "requirement"

#: In our own words, for those that a test stands for.
PHRASES: Mapping[str, str] = {
    "R001": "the starter catalogue",
    "R002": "how many roles a link may have",
    "R003": "rights hang on roles; a person's exception has a reason, an end, and is counted",
    "R004": "a one-page notice for each role",
    "R005": "a caller reads accounts and opportunities, without margins and prices",
    "R006": "callers get lists, scripts and results, not the whole portfolio",
    "R007": "a supervisor reassigns leads, corrects statuses, closes sequences",
    "R008": "and lists of prospects, never the configuration of the CRM",
    "R009": "a manager sees all calls, validates appointments, controls strategic fields",
    "R010": "management reads widely, makes roles, assigns accounts, arbitrates territories",
    "R011": "whoever approves access does no daily work in it",
    "R012": "marketing reads accounts and contacts, and writes three things",
    "R013": "marketing has segments and scoring, and leaves call reports alone",
    "R014": "marketing changes neither quotes nor forecasts",
    "R015": "field sales have their history and forecasts, not scripts nor source lists",
    "R016": "field sales neither export nor delete accounts",
    "R017": "a manager has at least the rights of the people they lead",
    "R018": "and makes users and teams",
    "R019": "operational people, management, executives, and marketing apart",
    "R020": "levels up to the super-administrator",
    "R021": "executives read all, and have their own dashboards",
    "R022": "marketing reads and edits reports",
    "R023": "only a super-administrator makes administrators",
    "R025": "the core objects",
    "R026": "further objects to protect",
    "R027": "read, create, update, delete, export",
    "R028": "the trade's own verbs",
    "R029": "own portfolio, team, territory",
    "R030": "also by team, pipeline or campaign",
    "R031": "who may update may not delete",
    "R032": "a right may depend on the stage of the sale",
    "R033": "a dictionary of fields says which must be filled",
    "R034": "sales-ops set it up without code",
    "R035": "four ways to divide the records of a firm",
    "R036": "one main way, with campaigns beside it",
    "R037": "callers open the prospects of their campaign, no others",
    "R038": "advice on which model fits",
    "R039": "choosing open access says what it costs",
    "R040": "choosing teams says what it costs",
    "R041": "exceptions stay few",
    "R042": "four zones of sensitivity, each with who reads, changes, exports",
    "R043": "reserved fields never reach those who call",
    "R044": "nor do margins or contract terms",
    "R045": "customer lists, price terms, negotiation notes never reach call roles",
    "R046": "only prospects to be called go out",
    "R047": "enough to prepare a call goes out",
    "R048": "stripping too much is warned of",
    "R049": "a link says which data goes out and which comes back",
    "R050": "a closed campaign is closed for the provider too",
    "R051": "the CRM as a whole is never exposed",
    "R054": "profiles there are mapped to roles here, or get nothing",
    "R056": "results, statuses and validated appointments come back, nothing else",
    "R057": "the same set, as the questions and answers word it",
    "R058": "what a caller may write",
    "R059": "what no dialer may change",
    "R060": "what is never overwritten",
    "R061": "a caller proposes a lead status, a manager decides it",
    "R062": "an appointment waits until a manager has validated it",
    "R065": "the history of calls only grows",
    "R067": "a caller never deletes a company, nor moves a pipeline",
    "R070": "nothing is credited to people who left",
    "R071": "the true author is on every write",
    "R072": "nobody deletes, reassigns or exports through the dialer",
    "R073": "no account is deleted, no records are merged, few set a lead status",
    "R074": "only those who are named decide",
    "R075": "an export says what it is needed for",
    "R076": "no opportunity and no appointment is deleted",
    "R077": "a campaign closed by mistake comes back",
    "R078": "a list of prospects is changed in the link file alone",
    "R079": "a change that moves too many records is held",
    "R083": "a change of role changes the access",
    "R084": "rights that a profile could do without are named",
    "R085": "what was created, changed or deleted is kept",
    "R086": "see what a profile sees",
    "R087": "a revision names its reason, its day and its decider",
    "R092": "a policy changes by revisions that a second person approves",
    "R098": "the size the demonstration must bear",
    "R115": "a change passes six named stages",
    "R116": "an answer is due within two days, on a form that is quickly read",
    "R117": "two tracks: standard and regulated",
    "R120": "the same intent, whatever the system on the other side",
    "R121": "three default roles over nine modules, cell by cell",
    "R122": "what the table denies is denied",
    "R123": "roles made to measure, right by right",
    "R124": "support answers messages, externals send e-mail, and no more",
}


class Shown(NamedTuple):
    """A test that stands for a requirement."""

    requirement: str
    path: str
    test: str


def every_requirement() -> list[str]:
    """R001 to the last."""
    return [f"R{number:03}" for number in range(1, LAST + 1)]


def marked(tests: Path, root: Path = ROOT) -> list[Shown]:
    """Every marked test below a folder, in order of path and place."""
    found = []
    for path in sorted(tests.rglob("test_*.py")):
        tree = ast.parse(path.read_text("utf-8"), filename=path.name)
        found += [Shown(name, path.relative_to(root).as_posix(), test) for name, test in _of_body(tree.body, ())]
    return found


def _of_body(body: list[ast.stmt], outer: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Marks on functions and classes, and on a module by `pytestmark`; those of a class hold for its tests."""
    whole = (*outer, *_of_pytestmark(body))
    for item in body:
        if isinstance(item, ast.ClassDef):
            yield from _of_body(item.body, (*whole, *_of_expressions(item.decorator_list)))
        elif isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef) and item.name.startswith("test"):
            for name in dict.fromkeys((*whole, *_of_expressions(item.decorator_list))):
                yield name, item.name


def _of_pytestmark(body: list[ast.stmt]) -> list[str]:
    return _of_expressions([
        item.value
        for item in body
        if isinstance(item, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == "pytestmark" for target in item.targets)
    ])  # fmt: skip


def _of_expressions(expressions: list[ast.expr]) -> list[str]:
    """Marks anywhere inside, so also those of single cases (`pytest.param(…, marks=…)`)."""
    return [
        argument.value
        for expression in expressions
        for call in ast.walk(expression)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == MARK
        for argument in call.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    ]


def page(shown: list[Shown]) -> str:
    """The whole page."""
    by_requirement: dict[str, list[Shown]] = {}
    for one in shown:
        by_requirement.setdefault(one.requirement, []).append(one)
    known = every_requirement()
    covered = sum(name in by_requirement for name in known)
    lines = [
        "# Requirements and their tests",
        "",
        "Made by `deploy/requirements_table.py` from the marks on tests (`@pytest.mark.requirement`). A test fails if",
        "this page is out of date. The numbers are those of the requirements that the project was given, the words are",
        "ours. A requirement is shown by its tests as far as they go, and no further.",
        "",
        f"{covered} of {len(known)} have a test. The others: not yet.",
        "",
        "| requirement | in short | shown by |",
        "| --- | --- | --- |",
    ]
    lines += [_row(name, by_requirement.get(name, [])) for name in known]
    return "\n".join(lines) + "\n"


def _row(name: str, shown: list[Shown]) -> str:
    if not shown:
        return f"| {name} | | not yet |"
    tests = "<br>".join(f"[{_worded(one.test)}](../{one.path})" for one in dict.fromkeys(shown))
    return f"| {name} | {PHRASES.get(name, '')} | {tests} |"


def _worded(test: str) -> str:
    """Test names are sentences: shown as one."""
    return test.removeprefix("test_").replace("_", " ")


def main(arguments: list[str]) -> int:
    """Write the page, or compare it. Exit code 1: out of date."""
    text = page(marked(ROOT / "tests"))
    if "--check" in arguments:
        fresh = PAGE.is_file() and PAGE.read_text("utf-8") == text
        if not fresh:
            sys.stderr.write("docs/requirements.md is out of date: python deploy/requirements_table.py\n")
        return 0 if fresh else 1
    PAGE.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
