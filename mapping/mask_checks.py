"""Masks: whether each says what it needs, and whether anybody can ever see what it leaves."""

from itertools import pairwise
from typing import Final

from mapping.link import FieldMap, MaskRule
from mapping.masks import AS_IT_IS, Shown, steps_of
from mapping.scene import Scene
from mapping.words import Mask, Object, Shape

#: What a mask needs, and how it is written.
_NEEDS: Final = {
    Mask.TRUNCATE: ("at", "{as: truncate, at: 80}"),
    Mask.RANGE: ("steps", "{as: range, steps: [1000, 5000]}"),
}


def masks_and_reads(scene: Scene) -> None:
    """E216: a role reads a label, and masks it."""
    for name, role in scene.link.roles.items():
        for item, masked in role.masks.items():
            for label in masked:
                if label in role.read.get(item, []):
                    place = scene.at("roles", name, "masks", item.value, label)
                    scene.findings.add("E216", place.name, path=place.path, role=name, word=label)


def masks_are_whole(scene: Scene) -> None:
    """E217, E218, E219, E220: what a mask needs, what says nothing to it, and rules that nobody reaches."""
    for name, role in scene.link.roles.items():
        for item, masked in role.masks.items():
            for label, rules in masked.items():
                for number, rule in enumerate(rules):
                    path = scene.rule("roles", name, "masks", item.value, label, number)
                    _rule(scene, path, rule)
                    if number and not rules[number - 1].when:
                        scene.findings.add("E220", scene.at(*path))


def _rule(scene: Scene, path: tuple[str | int, ...], rule: MaskRule) -> None:
    word = rule.mask.value
    if rule.mask is Mask.ALLOW and not rule.when:
        scene.findings.add("E222", scene.at(*path))
    for mask, (key, example) in _NEEDS.items():
        said = getattr(rule, key) is not None
        if rule.mask is mask and not said:
            scene.findings.add("E217", scene.at(*path), word=word, key=key, example=example)
        if rule.mask is not mask and said:
            place = scene.at(*path, key)
            scene.findings.add("E218", place.name, path=place.path, word=word, key=key, other=mask.value)
    if any(least >= most for least, most in pairwise(rule.steps or ())):
        scene.findings.add("E219", scene.at(*path, "steps"))


def lines_of_masked_fields(scene: Scene) -> None:
    """E221: a line that cuts or translates what somebody sees only in part; by several lines one would see it all."""
    for index, line in enumerate(scene.link.fields):
        item, name = line.source.split(".", 1)
        label = scene.labels.get((item, name), "")
        if not any(_shown(scene, rule.role, item, label) for rule in scene.link.profiles.values()):
            continue
        for key in {"max", "values"} & line.model_fields_set:
            place = scene.at("fields", index, key)
            scene.findings.add("E221", place.name, path=place.path, field=line.source, key=key)
        if line.shape is Shape.SCREENED_TEXT:
            place = scene.at("fields", index, "as")
            scene.findings.add("E221", place.name, path=place.path, field=line.source, key="as")


def conditions_that_tell(scene: Scene) -> None:
    """W317: what somebody sees of a field hangs on another that it may not read."""
    for name, role in scene.link.roles.items():
        for item, masked in role.masks.items():
            for label, rules in masked.items():
                for number, rule in enumerate(rules):
                    at = (*scene.rule("roles", name, "masks", item.value, label, number), "when")
                    for path in rule.when:
                        of, field = path.split(".", 1)
                        hidden = scene.labels.get((of, field))
                        if hidden is not None and hidden not in scene.cleared(name, of):
                            place = scene.at(*at, path)
                            scene.findings.add("W317", place.name, path=place.path, role=name, word=path, label=hidden)


def shown_whole(scene: Scene, line: FieldMap) -> bool:
    """Whether somebody may ever see all of what a line sends; nobody is known yet where no profile is."""
    item, name = line.source.split(".", 1)
    label = scene.labels.get((item, name), "")
    each = [_shown(scene, profile.role, item, label) for profile in scene.link.profiles.values()]
    known = [shown for shown in each if shown is not None]
    return not known or any(not shown or any(step.mask is Mask.ALLOW for step in shown) for shown in known)


def parts_that_differ(scene: Scene) -> None:
    """W316: everybody is shown the same, and no two may see the same part."""
    if scene.views:
        return
    for index, line in enumerate(scene.link.fields):
        item, name = line.source.split(".", 1)
        label = scene.labels.get((item, name), "")
        shown = {profile: _shown(scene, rule.role, item, label) for profile, rule in scene.link.profiles.items()}
        partly = {profile: part for profile, part in shown.items() if part}
        if None not in shown.values() and len(set(partly.values())) > 1:
            place = scene.at("fields", index, "from")
            scene.findings.add("W316", place, field=line.source, profiles=", ".join(partly))


def _shown(scene: Scene, role: str, item: str, label: str) -> Shown | None:
    for name in scene.line_of(role):
        one = scene.link.roles[name]
        masked = one.masks.get(Object(item), {})
        if label in masked:
            return steps_of(masked[label])
        if label in one.read.get(Object(item), []):
            return AS_IT_IS
    return None


__all__ = [
    "conditions_that_tell",
    "lines_of_masked_fields",
    "masks_and_reads",
    "masks_are_whole",
    "parts_that_differ",
    "shown_whole",
]
