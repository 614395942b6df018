"""The tree against the models: every refusal reported, and what is left of the file kept for the checks.

A file with a wrong word in one line still has its other lines checked side by side, so that one
run finds all: what was refused is taken away, until the models accept the rest.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from pydantic import ValidationError

from mapping.document import Document
from mapping.findings import Findings
from mapping.grammar import for_models
from mapping.link import Link
from mapping.place import Path, Place
from mapping.refusals import MAPPING, Refusal, refusal_of, report

#: Taking something away may leave its parent incomplete, and so on up.
_ROUNDS_MAX: Final = 10
#: What stands in for a part that is missing or was refused. Checks do not look at those parts.
_STAND_INS: Final[Mapping[str, Any]] = {
    "link": "x",
    "revision": {"reason": "---", "date": "2000-01-01", "decided_by": "--"},
    "crm": {"connector": "x", "connection": "x"},
    "dialer": {"connector": "x", "connection": "x"},
    "labels": {},
    "roles": {},
    "profiles": {},
    "perimeter": {"model": "open"},
    "fields": [],
}


class Validated(NamedTuple):
    """What the models accepted. `link` is None where not enough was left to check anything."""

    link: Link | None
    #: Top-level keys under which something was refused: their absence proves nothing.
    hurt: frozenset[str]


def validate(document: Document, findings: Findings) -> Validated:
    """Validate a file that could be read as YAML. Takes what is refused out of the document."""
    tree, root = document.tree, document.root
    if tree is None:
        return Validated(None, document.hurt)
    link, refused = _attempt(tree, root)
    hurt = set(document.hurt)
    seen: set[tuple[Path, bool, str]] = set()
    for refusal in refused:
        hurt.add(str(refusal.path[0]) if refusal.path else refusal.lacks)
        once = (refusal.path, refusal.of_key, refusal.lacks)
        if once in seen or any(place.broken for place in root.walk(refusal.path)):
            continue
        seen.add(once)
        if findings.full:
            findings.errors += 1
        else:
            report(refusal, tree, findings)
    if refused and not findings.errors:
        findings.add("E114", root, wanted=MAPPING, example="…")
    for _ in range(_ROUNDS_MAX):
        if link is not None:
            break
        _prune(tree, root, refused)
        link, refused = _attempt(tree, root)
    return Validated(link, frozenset(hurt))


def _attempt(tree: dict[str, Any], root: Place) -> tuple[Link | None, list[Refusal]]:
    try:
        return Link.model_validate(for_models(tree), by_alias=True, by_name=False), []
    except ValidationError as error:
        errors = error.errors(include_input=False, include_url=False)
        return None, [refusal_of(one, tree, root) for one in errors]


def _prune(tree: dict[str, Any], root: Place, refused: list[Refusal]) -> None:
    """Take away what was refused; from the back, so that lists keep their numbering until done."""
    paths: set[Path] = set()
    for refusal in refused:
        if refusal.path:
            paths.add(refusal.path)
        elif refusal.lacks:
            tree[refusal.lacks] = _STAND_INS[refusal.lacks]
    for path in sorted(paths, key=lambda path: tuple((isinstance(part, int), part) for part in path), reverse=True):
        _remove(tree, root, path)


def _remove(tree: Any, place: Place, path: Path) -> None:
    *parents, last = path
    for part in parents:
        below = place.step(part)
        if below is None:
            return
        tree, place = tree[part], below
    if isinstance(last, str):
        tree.pop(last, None)
        place.keys.pop(last, None)
    elif last < len(place.items):
        del tree[last]
        del place.items[last]


__all__ = ["Validated", "validate"]
