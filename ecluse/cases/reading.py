"""Text in, the cases of one link or what is wrong with them out. No file is opened here."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from ecluse.cases.allowed import read_allow
from ecluse.cases.form import LIST, Form, Slot
from ecluse.cases.given import read_people, read_records
from ecluse.cases.model import Allow, Case, CaseFile
from ecluse.cases.steps import NEVER, STEP_KEYS, Given, read_steps
from ecluse.cases.vocabulary import vocabulary
from mapping.document import Document, read_document
from mapping.findings import Finding, Findings
from mapping.policy import Policy

FILE_KEYS = ("link", "now", "people", "records", "cases")
CASE_KEYS = ("name", "allow", "steps", *STEP_KEYS)


class CaseReading(NamedTuple):
    """A file of cases as read. `cases` is None exactly when there is a finding."""

    cases: CaseFile | None
    findings: tuple[Finding, ...]


def link_of(text: str, file: str, links: Collection[str]) -> tuple[str, tuple[Finding, ...]]:
    """The link that a file of cases names; empty, with what is wrong, where it names none of these."""
    findings = Findings()
    document = read_document(text, file, findings)
    if document.tree is None:
        return "", findings.sorted()
    form = Form(findings)
    if "link" not in document.tree:
        form.missing("link", document.root)
        return "", findings.sorted()
    word = form.word(Slot(document.tree["link"], document.root.keys["link"]), links)
    return word, () if word else findings.sorted()


def read_cases(text: str, file: str, policy: Policy) -> CaseReading:
    """Read the cases of a link, with the words of its policy."""
    findings = Findings()
    document = read_document(text, file, findings)
    made = _file(document, file, policy, Form(findings)) if document.tree is not None else None
    return CaseReading(None if findings.errors else made, findings.sorted())


def _file(document: Document, file: str, policy: Policy, form: Form) -> CaseFile:
    words = vocabulary(policy)
    top = form.keys(Slot(document.tree, document.root), FILE_KEYS)
    now = form.moment(top["now"]) or NEVER if "now" in top else None
    records = read_records(top["records"], words, form) if "records" in top else {}
    listed = list(form.items(top["cases"])) if "cases" in top else []
    if "cases" not in top:
        if not form.findings.errors:  # else it may be there, misspelt
            form.missing("cases", document.root)
    elif not listed and not form.findings.errors:
        form.expected(top["cases"], LIST, "[{name: …}]")
    reasons = frozenset(_reasons(top["cases"].value)) if "cases" in top else frozenset()
    people = read_people(top["people"], words, reasons, form) if "people" in top else ()
    given = Given(words, dict(records), tuple(person.id for person in people), form)
    cases = [_case(slot, now, given, policy) for slot in listed]
    return CaseFile(file, people, given.records, tuple(case for case in cases if case is not None))


def _reasons(value: Any) -> list[str]:
    """Every reason that is expected anywhere: what a case expects to be refused may be a word that nobody knows."""
    if isinstance(value, list):
        return [reason for held in value for reason in _reasons(held)]
    if isinstance(value, dict):
        own = [str(value["reason"])] if isinstance(value.get("reason"), str) else []
        return own + [reason for held in value.values() for reason in _reasons(held)]
    return []


def _case(slot: Slot, now: datetime | None, given: Given, policy: Policy) -> Case | None:
    form = given.form
    held = form.keys(slot, CASE_KEYS)
    if not isinstance(slot.value, dict):
        return None
    if "name" not in held:
        form.missing("name", slot.place)
    name = form.text(held["name"]) if "name" in held else ""
    span = held["name"].place.word if "name" in held else slot.place.word
    if "allow" in held:
        _alone(held, ("name", "allow"), form)
        allow: Allow | None = read_allow(held["allow"], policy, given.words, form)
        return Case(name, span, (), allow)
    return Case(name, span, read_steps(slot, held, now, given))


def _alone(held: Mapping[str, Slot], known: tuple[str, ...], form: Form) -> None:
    """A matrix is of no record and of no moment."""
    for key, slot in held.items():
        if key not in known:
            form.unknown_key(key, slot.place, known)


__all__ = ["CaseReading", "link_of", "read_cases"]
