"""Labels that are worth a second look: nothing leaks, but somebody may have meant something else."""

from collections.abc import Iterable

from mapping.link import FieldMap, MaskRule
from mapping.place import Path
from mapping.scene import CALLS, DECIDES, RESERVED_LABELS, Scene
from mapping.words import Mask, Object


def labels_that_go_nowhere(scene: Scene) -> None:
    """W303: what a role may read, but is never sent (R048). That reserved labels stay at home is as it should be."""
    if not scene.link.fields:
        return
    sources = [line.source.split(".", 1) for line in scene.link.fields]
    sent = {(item, scene.labels.get((item, name))) for item, name in sources}
    held = {name for profile in scene.link.profiles.values() for name in scene.line_of(profile.role)}
    idle: dict[tuple[str, str], list[str]] = {}
    for role in (name for name in scene.link.roles if name in held):
        rule = scene.link.roles[role]
        for item in {**rule.read, **rule.masks}:
            for label in [*rule.read.get(item, []), *rule.masks.get(item, {})]:
                if (
                    label in scene.carried[item.value]
                    and label not in RESERVED_LABELS
                    and (item.value, label) not in sent
                ):
                    idle.setdefault((item.value, label), []).append(role)
    for (item_name, label), roles in idle.items():
        at = _named(scene, roles[0], item_name, label)
        who = ", ".join(dict.fromkeys(roles))
        place = scene.at(*at)
        # A mask's label is a key.
        word = place.name if "masks" in at else place
        scene.findings.add("W303", word, path=at, roles=who, object=item_name, word=label)


def _named(scene: Scene, role: str, item_name: str, label: str) -> Path:
    """Where a role says that it may read a label, or a part of what bears it."""
    labels = scene.link.roles[role].read.get(Object(item_name), [])
    said = ("read", item_name, labels.index(label)) if label in labels else ("masks", item_name, label)
    return ("roles", role, *said)


def reserved_labels(scene: Scene) -> None:
    """W306: a role that calls and decides nothing reads what callers never need."""
    for role, rule in scene.link.roles.items():
        grants = scene.grants(role)
        if not grants & CALLS or grants & DECIDES:
            continue
        for item, labels in rule.read.items():
            for index, label in enumerate(labels):
                if label in RESERVED_LABELS:
                    place = scene.at("roles", role, "read", item.value, index)
                    scene.findings.add("W306", place, role=role, word=label)
        for item, masked in rule.masks.items():
            for label in RESERVED_LABELS & masked.keys():
                if any(_leaves_much(one) for one in masked[label]):
                    place = scene.at("roles", role, "masks", item.value, label)
                    scene.findings.add("W306", place.name, path=place.path, role=role, word=label)


def _leaves_much(rule: MaskRule) -> bool:
    """Whether a mask leaves all of most values."""
    longest: int = FieldMap.model_fields["max"].default
    return (rule.mask is Mask.ALLOW and bool(rule.when)) or (rule.mask is Mask.TRUNCATE and (rule.at or 0) >= longest)


def unlabelled_conditions(scene: Scene) -> None:
    """W305: a perimeter or a mask looks at a field that nobody has labelled."""
    perimeter = scene.link.perimeter
    spaces: list[tuple[Path, Iterable[str]]] = []
    spaces += [(("perimeter", "projects", name), project.where) for name, project in perimeter.projects.items()]
    spaces += [(("perimeter", "territories", name), where) for name, where in perimeter.territories.items()]
    for role, rule in scene.link.roles.items():
        for item, masked in rule.masks.items():
            for label, rules in masked.items():
                for number, one in enumerate(rules):
                    of = scene.rule("roles", role, "masks", item.value, label, number)
                    spaces.append(((*of, "when"), one.when))
    for at, conditions in spaces:
        for path in conditions:
            item_name, field = path.split(".", 1)
            if item_name != "owner" and (item_name, field) not in scene.labels:
                place = scene.at(*at, path)
                scene.findings.add("W305", place.name, path=place.path, word=path)


__all__ = ["labels_that_go_nowhere", "reserved_labels", "unlabelled_conditions"]
