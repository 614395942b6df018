"""A file of cases, made from a spreadsheet that management filled in."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from ecluse.cases.grid import Pair, pairs
from ecluse.cases.sheet import decoded, rows
from ecluse.cases.sheetwords import Answer
from ecluse.folder import BadFolderError
from ecluse.i18n import _
from mapping.findings import Findings
from mapping.policy import Policy
from mapping.words import Grant

#: What a made file begins with, so that it can be told from one that somebody wrote.
MADE = "# ecluse test --from-matrix"
WIDTH = 110

#: Profile -> what is listed for it.
Lists = dict[str, list[str]]


def made_from(sheet: Path, policy: Policy) -> str:
    """The text of the file; raises BadFolderError with all that is wrong with the sheet."""
    raw = sheet.read_bytes()
    found = Findings()
    said = pairs(rows(raw, sheet.name, found), policy, sheet.name, found)
    _twice(said, found)
    if found.errors:
        raise BadFolderError(found.sorted(), {sheet.name: decoded(raw)})
    return "\n".join(_lines(sheet.name, said, policy)) + "\n"


def _twice(said: Sequence[Pair], found: Findings) -> None:
    """The same pair may stand twice, but not with two answers."""
    first: dict[tuple[str, str], Pair] = {}
    for pair in said:
        before = first.setdefault((pair.profile, pair.item), pair)
        if before.answer is not pair.answer:
            where = f"{before.span.file}:{before.span.line}"
            found.add("E103", pair.span, word=f"{pair.profile} × {pair.item}", where=where)


def _lines(name: str, said: Sequence[Pair], policy: Policy) -> Iterator[str]:
    grants = set(Grant)
    reading = [pair for pair in said if pair.item not in grants]
    writing = [pair for pair in said if pair.item in grants]
    yield f"{MADE} {name}"
    yield "# " + _("Made from a spreadsheet: change it there. What is not listed is denied.")
    yield ""
    yield f"link: {policy.link}"
    yield "cases:"
    yield f"  - name: {json.dumps(name, ensure_ascii=False)}"
    yield "    allow:"
    if reading or not writing:
        yield from _part("read", _listed(reading, policy, Answer.YES), policy)
    masked = _listed(reading, policy, Answer.MASKED)
    if any(masked.values()):
        yield from _part("masked", masked, policy)
    if writing:
        lists: Lists = {}
        for pair in writing:
            if pair.answer is not Answer.NO:
                lists.setdefault(pair.profile, []).append(pair.item)
        yield from _part("write", lists, policy)


def _listed(said: Sequence[Pair], policy: Policy, answer: Answer) -> Lists:
    """What has this answer; of a label, only its fields where one of them has another."""
    lists: Lists = {}
    answers = {(pair.profile, pair.item): pair.answer for pair in said}
    for (profile, item), given in answers.items():
        if given is answer:
            lists.setdefault(profile, []).extend(_whole_or_fields(profile, item, answers, policy))
    return {profile: list(dict.fromkeys(items)) for profile, items in lists.items()}


def _whole_or_fields(profile: str, item: str, answers: dict[tuple[str, str], Answer], policy: Policy) -> Sequence[str]:
    of, _dot, name = item.partition(".")
    if (of, name) in policy.labels:
        return [item]
    fields = [f"{held}.{field}" for (held, field), label in policy.labels.items() if (held, label) == (of, name)]
    given = answers[profile, item]
    apart = [field for field in fields if answers.get((profile, field), given) is not given]
    denied = any(answers[profile, field] is Answer.NO for field in apart)
    return [field for field in fields if field not in apart] if denied else [item]


def _part(key: str, lists: Lists, policy: Policy) -> Iterator[str]:
    """One part of the matrix, a profile a line, in the order of the link."""
    yield f"      {key}:"
    for profile in policy.profiles:
        line = f"        {profile}: ["
        indent = " " * len(line)
        items = lists.get(profile, [])
        for at, item in enumerate(items):
            word = item + ("," if at < len(items) - 1 else "")
            if len(line) + len(word) > WIDTH and line.strip():
                yield line.rstrip()
                line = indent
            line += word + (" " if word.endswith(",") else "")
        yield line + "]"
