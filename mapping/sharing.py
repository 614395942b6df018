"""Files that several links use: roles, labels and words written once, so that a hundred links do not copy them.

A shared file is joined, never overlaid: nothing that it says can be said otherwise by the link
file, because labels are set by admins, apart from mappings.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from mapping.document import Document, read_document
from mapping.findings import Findings
from mapping.nearest import nearest
from mapping.place import Place
from mapping.scene import where

#: What a shared file may hold.
SHARED_KEYS: Final = ("labels", "roles", "profiles", "dispositions", "statuses")
#: A shared file's name: a path without suffix, below the working folder, that cannot lead out of it.
NAME_PATTERN: Final = r"^[a-z][a-z0-9_-]{0,63}(/[a-z][a-z0-9_-]{0,63}){0,3}$"
USED_MAX: Final = 8

_NAME = re.compile(NAME_PATTERN, re.ASCII)
_WANTED: Final = "the name of a shared file, or a list of up to 8"
#: Sentences of this module that are arguments of findings.
TERMS: Final = (_WANTED,)


def used_by(document: Document) -> tuple[str, ...]:
    """The names under `use`."""
    named = document.tree.get("use") if document.tree is not None else None
    names = [named] if isinstance(named, str) else named if isinstance(named, list) else []
    return tuple(str(name) for name in names[:USED_MAX] if isinstance(name, str) and _NAME.fullmatch(name))


def join_shared(document: Document, shared: Mapping[str, str], findings: Findings) -> Document:
    """A document with what it uses, and without its `use`."""
    tree, root = document.tree, document.root
    if tree is None or "use" not in tree:
        return document
    named, place = tree["use"], root.keys["use"]
    hurt = set(document.hurt)
    joined: dict[str, Any] = {}
    joined_root = Place(root.value)
    words = named if isinstance(named, list) else [named]
    for index, word in enumerate(words):
        at = place.items[index] if isinstance(named, list) else place
        if index >= USED_MAX or not isinstance(word, str) or not _NAME.fullmatch(word):
            findings.add("E114", at, wanted=_WANTED, example="use: roles/standard")
            hurt.update(SHARED_KEYS)
        elif word not in shared:
            findings.add("E126", at, expected=sorted(shared), nearest=nearest(word, sorted(shared)), word=word)
            hurt.update(SHARED_KEYS)
        else:
            part = read_document(shared[word], word, findings)
            hurt |= part.hurt if part.tree is not None else {*SHARED_KEYS}
            _join(joined, joined_root, _allowed(part, findings), findings, hurt)
    del tree["use"], root.keys["use"]
    _join(joined, joined_root, document, findings, hurt)
    return Document(joined, joined_root, frozenset(hurt))


def _allowed(part: Document, findings: Findings) -> Document:
    """What of a shared file may be shared."""
    tree = part.tree or {}
    for key in [key for key in tree if key not in SHARED_KEYS]:
        span = part.root.keys[key].name
        near, known = nearest(key, SHARED_KEYS), ", ".join(SHARED_KEYS)
        findings.add("E127", span, path=(key,), expected=SHARED_KEYS, nearest=near, word=key, known=known)
        del tree[key], part.root.keys[key]
    return Document(tree, part.root, part.hurt)


def _join(into: dict[str, Any], at: Place, part: Document, findings: Findings, hurt: set[str]) -> None:
    for key, value in (part.tree or {}).items():
        place = part.root.keys[key]
        if key in SHARED_KEYS and isinstance(value, dict) and isinstance(into.get(key), dict):
            # Labels stand two deep: object, then field.
            for first, again in _merge((into[key], at.keys[key]), (value, place), 2 if key == "labels" else 1):
                _twice(findings, again, first)
                hurt.add(key)
        elif key in into:
            _twice(findings, place, at.keys[key])
            hurt.add(key)
        else:
            into[key], at.keys[key] = value, place


def _merge(
    into: tuple[dict[str, Any], Place], more: tuple[dict[str, Any], Place], depth: int
) -> Iterator[tuple[Place, Place]]:
    """Put more into a mapping; yields, where a key is in both, its first place and its second."""
    (held, at), (added, place) = into, more
    for key, value in added.items():
        below = place.keys[key]
        if key not in held:
            held[key], at.keys[key] = value, below
        elif depth > 1 and isinstance(value, dict) and isinstance(held[key], dict):
            yield from _merge((held[key], at.keys[key]), (value, below), depth - 1)
        else:
            yield at.keys[key], below


def _twice(findings: Findings, place: Place, first: Place) -> None:
    word = str(place.path[-1])
    findings.add("E103", place.name, path=place.path, word=word, where=where(first.name))


__all__ = ["NAME_PATTERN", "SHARED_KEYS", "TERMS", "USED_MAX", "join_shared", "used_by"]
