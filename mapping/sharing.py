"""Files that several links use: roles, labels and words written once, so that a hundred links do not copy them.

A shared file is joined, never overlaid: nothing that it says can be said otherwise by the link
file, because labels are set by admins, apart from mappings. That holds for the packs that come with
Écluse as well: a link file adds fields to a pack, and changes none.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from mapping.document import Document, read_document
from mapping.findings import Findings, Note, NoteKind, note
from mapping.nearest import nearest
from mapping.place import Place
from mapping.scene import where

#: What a shared file may hold.
SHARED_KEYS: Final = ("labels", "mandatory", "roles", "profiles", "dispositions", "statuses")
#: A shared file's name: a path without suffix, below the working folder, that cannot lead out of it.
NAME_PATTERN: Final = r"^[a-z][a-z0-9_-]{0,63}(/[a-z][a-z0-9_-]{0,63}){0,3}$"
USED_MAX: Final = 8
#: Names that begin so mean a pack of Écluse, never a file of the working folder.
PACKS: Final = "packs/"

_NAME = re.compile(NAME_PATTERN, re.ASCII)
_WANTED: Final = "the name of a shared file, or a list of up to 8"
#: Sentences of this module that are arguments of findings.
TERMS: Final = (_WANTED,)
OWN_COPY: Final = (
    "{pack} says it already, at {where}: remove it here, or use a copy of the pack under a name of your own"
)
#: What this module says beside its findings.
NOTES: Final = (OWN_COPY,)


def used_by(document: Document) -> tuple[str, ...]:
    """The names under `use`."""
    named = document.tree.get("use") if document.tree is not None else None
    names = [named] if isinstance(named, str) else named if isinstance(named, list) else []
    return tuple(str(name) for name in names[:USED_MAX] if isinstance(name, str) and _NAME.fullmatch(name))


def join_shared(
    document: Document, shared: Mapping[str, str], findings: Findings, clashes: Mapping[str, str] | None = None
) -> Document:
    """A document with what it uses, and without its `use`.

    `clashes`: packs whose name a file of the working folder has as well, with that file. Neither wins.
    """
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
        elif clashes and word in clashes:
            findings.add("E129", at, word=word, file=clashes[word])
            hurt.update(SHARED_KEYS)
        else:
            part = read_document(shared[word], word, findings)
            hurt |= part.hurt if part.tree is not None else {*SHARED_KEYS}
            _join(joined, joined_root, _allowed(part, findings), findings, hurt)
    del tree["use"], root.keys["use"]
    _join(joined, joined_root, document, findings, hurt)
    _respelt(joined_root, findings, hurt)
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
        if key == "mandatory" and isinstance(value, dict) and isinstance(into.get(key), dict):
            _add((into[key], at.keys[key]), (value, place))
        elif key in SHARED_KEYS and isinstance(value, dict) and isinstance(into.get(key), dict):
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


def _add(into: tuple[dict[str, Any], Place], more: tuple[dict[str, Any], Place]) -> None:
    """Put lists together: that one more field must be filled takes nothing back."""
    (held, at), (added, place) = into, more
    for key, value in added.items():
        if isinstance(value, list) and isinstance(held.get(key), list):
            held[key] = [*held[key], *value]
            at.keys[key].items.extend(place.keys[key].items)
        else:
            held[key], at.keys[key] = value, place.keys[key]


def _respelt(root: Place, findings: Findings, hurt: set[str]) -> None:
    """E130: a field of a pack once more, in other letters. Most CRMs take `amount` for `Amount`."""
    labels = root.step("labels")
    for fields in labels.keys.values() if labels is not None else ():
        of_packs = {name.casefold(): place for name, place in fields.keys.items() if _of_pack(place)}
        for name, place in fields.keys.items():
            first = of_packs.get(name.casefold())
            if first is not None and not _of_pack(place):
                same, beside = str(first.path[-1]), where(first.name)
                findings.add("E130", place.name, path=place.path, word=name, same=same, where=beside)
                hurt.add("labels")


def _of_pack(place: Place) -> bool:
    return place.name.file.startswith(PACKS)


def _twice(findings: Findings, place: Place, first: Place) -> None:
    word = str(place.path[-1])
    pack, beside = first.name.file, where(first.name)
    notes: list[Note] = [note(NoteKind.REMEDY, OWN_COPY, pack=pack, where=beside)] if _of_pack(first) else []
    findings.add("E103", place.name, path=place.path, notes=notes, word=word, where=beside)


__all__ = ["NAME_PATTERN", "NOTES", "PACKS", "SHARED_KEYS", "TERMS", "USED_MAX", "join_shared", "used_by"]
