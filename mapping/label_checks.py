"""The flow of labels: whether a field could reach somebody without clearance, and whether words of labels fit."""

from typing import Final

from mapping.findings import Note, NoteKind, note
from mapping.link import FieldMap
from mapping.nearest import nearest
from mapping.scene import KNOWN_LABELS, RESERVED_LABELS, Scene, where
from mapping.words import Grant, Object

#: So many unknown labels are compared with the known ones; a file with more is not a file of people.
GUESSES_MAX: Final = 200

LABELLED: Final = "labelled {label} ({where})"
CLEARED: Final = "{field} -> {to} -> {profile} -> {role}, cleared for {cleared}"
CLEARED_FOR_NOTHING: Final = "{field} -> {to} -> {profile} -> {role}, cleared for nothing there"
NOR_CLEARED: Final = "nor are these profiles cleared: {profiles}"
LET_READ: Final = 'write "{near}", or let a role read "{word}"'
#: What these checks say beside their findings.
NOTES: Final = (LABELLED, CLEARED, CLEARED_FOR_NOTHING, NOR_CLEARED, LET_READ)

_CALLS = frozenset({Grant.CALL_RESULT, Grant.PROPOSE_LEAD_STATUS, Grant.PROPOSE_APPOINTMENT})
_DECIDES = frozenset({Grant.SET_LEAD_STATUS, Grant.VALIDATE_APPOINTMENT})


def labels_that_roles_read(scene: Scene) -> None:
    """E112, W301: a role may read a label that no field carries."""
    everywhere = {label for labels in scene.carried.values() for label in labels}
    words = sorted(everywhere)
    guesses = GUESSES_MAX
    for role, rule in scene.link.roles.items():
        for item, labels in rule.read.items():
            here = scene.carried[item.value]
            own = sorted(here.difference(KNOWN_LABELS))
            for index, label in enumerate(labels):
                if label in here:
                    continue
                place = scene.at("roles", role, "read", item.value, index)
                guesses -= 1
                on_field = nearest(label, own) if guesses > 0 else ""
                near = nearest(label, words) if guesses > 0 and label not in everywhere else ""
                if label in KNOWN_LABELS and on_field:
                    _misspelt_on_field(scene, item.value, label, on_field)
                elif near:
                    scene.meant[item.value, label] = near
                    scene.findings.add("E112", place, expected=(near,), nearest=near, word=label, near=near)
                else:
                    scene.findings.add("W301", place, object=item.value, word=label)


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


def labels_that_go_nowhere(scene: Scene) -> None:
    """W303: what a role may read, but is never sent (R048). That reserved labels stay at home is as it should be."""
    if not scene.link.fields:
        return
    sources = [line.source.split(".", 1) for line in scene.link.fields]
    sent = {(item, scene.labels.get((item, name))) for item, name in sources}
    held = {name for profile in scene.link.profiles.values() for name in scene.line_of(profile.role)}
    idle: dict[tuple[str, str], list[str]] = {}
    for role in (name for name in scene.link.roles if name in held):
        for item, labels in scene.link.roles[role].read.items():
            for label in labels:
                if (
                    label in scene.carried[item.value]
                    and label not in RESERVED_LABELS
                    and (item.value, label) not in sent
                ):
                    idle.setdefault((item.value, label), []).append(role)
    for (item_name, label), roles in idle.items():
        index = scene.link.roles[roles[0]].read[Object(item_name)].index(label)
        place = scene.at("roles", roles[0], "read", item_name, index)
        scene.findings.add("W303", place, roles=", ".join(dict.fromkeys(roles)), object=item_name, word=label)


def reserved_labels(scene: Scene) -> None:
    """W306: a role that calls and decides nothing reads what callers never need."""
    for role, rule in scene.link.roles.items():
        grants = scene.grants(role)
        if not grants & _CALLS or grants & _DECIDES:
            continue
        for item, labels in rule.read.items():
            for index, label in enumerate(labels):
                if label in RESERVED_LABELS:
                    place = scene.at("roles", role, "read", item.value, index)
                    scene.findings.add("W306", place, role=role, word=label)


def unlabelled_conditions(scene: Scene) -> None:
    """W305: a perimeter looks at a field that nobody has labelled."""
    perimeter = scene.link.perimeter
    spaces = [("projects", name, project.where) for name, project in perimeter.projects.items()]
    spaces += [("territories", name, conditions) for name, conditions in perimeter.territories.items()]
    for kind, name, conditions in spaces:
        for path in conditions:
            item, field = path.split(".", 1)
            if item != "owner" and (item, field) not in scene.labels:
                place = scene.at("perimeter", kind, name, path)
                scene.findings.add("W305", place.name, path=place.path, word=path)


__all__ = [
    "NOTES",
    "fields_without_label",
    "flow_of_labels",
    "labels_that_go_nowhere",
    "labels_that_roles_read",
    "reserved_labels",
    "unlabelled_conditions",
]
