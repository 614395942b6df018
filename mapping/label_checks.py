"""The flow of labels: whether a field could reach somebody without clearance, and whether words of labels fit."""

from collections.abc import Iterator
from typing import Final

from mapping.findings import Note, NoteKind, note
from mapping.link import FieldMap
from mapping.nearest import nearest
from mapping.place import Path
from mapping.scene import KNOWN_LABELS, Scene, where
from mapping.words import Object

#: So many unknown labels are compared with the known ones; a file with more is not a file of people.
GUESSES_MAX: Final = 200

LABELLED: Final = "labelled {label} ({where})"
CLEARED: Final = "{field} -> {to} -> {profile} -> {role}, cleared for {cleared}"
CLEARED_FOR_NOTHING: Final = "{field} -> {to} -> {profile} -> {role}, cleared for nothing there"
NOR_CLEARED: Final = "nor are these profiles cleared: {profiles}"
LET_READ: Final = 'write "{near}", or let a role read "{word}"'
#: What these checks say beside their findings.
NOTES: Final = (LABELLED, CLEARED, CLEARED_FOR_NOTHING, NOR_CLEARED, LET_READ)


def labels_that_roles_read(scene: Scene) -> None:
    """E112, W301: a role may read a label that no field carries."""
    everywhere = {label for labels in scene.carried.values() for label in labels}
    words = sorted(everywhere)
    guesses = GUESSES_MAX
    for item, label, at in _named_by_roles(scene):
        here = scene.carried[item]
        if label in here:
            continue
        place = scene.at(*at)
        guesses -= 1
        own = sorted(here.difference(KNOWN_LABELS))
        on_field = nearest(label, own) if guesses > 0 else ""
        near = nearest(label, words) if guesses > 0 and label not in everywhere else ""
        word = place.name if "masks" in at else place  # a mask's label is a key
        if label in KNOWN_LABELS and on_field:
            _misspelt_on_field(scene, item, label, on_field)
        elif near:
            scene.meant[item, label] = near
            scene.findings.add("E112", word, path=at, expected=(near,), nearest=near, word=label, near=near)
        else:
            scene.findings.add("W301", word, path=at, object=item, word=label)


def _named_by_roles(scene: Scene) -> Iterator[tuple[str, str, Path]]:
    """(object, label, where) of every label that a role may read, as it is or in part."""
    for role, rule in scene.link.roles.items():
        for item, labels in rule.read.items():
            yield from ((item.value, label, ("roles", role, "read", item.value, at)) for at, label in enumerate(labels))
        for item, masked in rule.masks.items():
            yield from ((item.value, label, ("roles", role, "masks", item.value, label)) for label in masked)


def _misspelt_on_field(scene: Scene, item: str, label: str, near: str) -> None:
    """The role's label is a known one, the field's is not: the slip of the pen is the field's."""
    if scene.meant.get((item, label)) == near:
        return
    scene.meant[item, label] = near
    name = next(name for (of, name), carried in scene.labels.items() if of == item and carried == near)
    remedy = note(NoteKind.REMEDY, LET_READ, word=near, near=label)
    place = scene.at("labels", item, name)
    scene.findings.add("E112", place, expected=(label,), nearest=label, notes=[remedy], word=near, near=label)


def flow_of_labels(scene: Scene) -> None:
    """E201, N403: a field that goes out, and who is not cleared for it."""
    cleared = {
        profile: {item.value: frozenset(scene.cleared(rule.role, item.value)) for item in Object}
        for profile, rule in scene.link.profiles.items()
        if scene.whole_line(rule.role)
    }
    for index, line in enumerate(scene.link.fields):
        item, name = line.source.split(".", 1)
        label = scene.labels.get((item, name))
        if label is None:
            continue
        lacking = [profile for profile, labels in cleared.items() if label not in labels[item]]
        if lacking and (not scene.views or len(lacking) == len(scene.link.profiles)):
            _could_reach(scene, index, line, label, lacking)
        elif lacking:
            scene.findings.add(
                "N403", scene.at("fields", index, "from"), field=line.source, profiles=", ".join(lacking)
            )


def _could_reach(scene: Scene, index: int, line: FieldMap, label: str, lacking: list[str]) -> None:
    item, name = line.source.split(".", 1)
    profile, *others = lacking
    role = scene.link.profiles[profile].role
    way = {"field": line.source, "to": line.to, "profile": profile, "role": role}
    cleared = ", ".join(scene.cleared(role, item))
    labelled = where(scene.at("labels", item, name).name)
    notes: list[Note] = [note(NoteKind.BESIDE, LABELLED, label=label, where=labelled)]
    if cleared:
        notes.append(note(NoteKind.WAY, CLEARED, **way, cleared=cleared))
    else:
        notes.append(note(NoteKind.WAY, CLEARED_FOR_NOTHING, **way))
    if others:
        notes.append(note(NoteKind.NOTE, NOR_CLEARED, profiles=", ".join(others)))
    scene.findings.add("E201", scene.at("fields", index, "from"), notes=notes, label=label, profile=profile, role=role)


def fields_without_label(scene: Scene) -> None:
    """E202: a field that is mapped would never leave."""
    known = [".".join(field) for field in scene.labels]
    for index, line in enumerate(scene.link.fields):
        item, name = line.source.split(".", 1)
        if scene.findings.full:
            return
        if (item, name) in scene.labels:
            continue
        near = next((path for path in known if path.endswith(f".{name}")), "")
        near = near or nearest(line.source, [path for path in known if path.startswith(f"{item}.")])
        scene.findings.add("E202", scene.at("fields", index, "from"), nearest=near, field=line.source)


def mandatory_fields(scene: Scene) -> None:
    """E240: a field must be filled, and nobody has said what it is (R033)."""
    for item, names in scene.link.mandatory.items():
        known = [name for of, name in scene.labels if of == item.value]
        for index, name in enumerate(names):
            if name not in known and not scene.findings.full:
                place, near = scene.at("mandatory", item.value, index), nearest(name, known)
                scene.findings.add("E240", place, nearest=near, object=item.value, word=name)


__all__ = [
    "NOTES",
    "fields_without_label",
    "flow_of_labels",
    "labels_that_roles_read",
    "mandatory_fields",
]
