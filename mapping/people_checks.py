"""Roles, profiles and the perimeter, side by side: who is who, and which records are theirs."""

from typing import Final

from mapping.nearest import nearest
from mapping.place import Span
from mapping.scene import Scene
from mapping.sharing import PACKS
from mapping.words import Grant, PerimeterModel, Reach

ROLES_MAX: Final = 8
ROLES_USUAL: Final = range(4, 9)
#: Words of this module that are arguments of findings.
TERMS: Final = ("projects", "territories", "appointments", "lead statuses")


def number_of_roles(scene: Scene) -> None:
    """E124, W302: 4 to 8 roles, never more (R002)."""
    roles = scene.link.roles
    if len(roles) > ROLES_MAX:
        ninth = list(roles)[ROLES_MAX]
        scene.findings.add("E124", scene.at("roles", ninth).name, path=("roles", ninth), count=len(roles))
    elif len(roles) not in ROLES_USUAL and "roles" not in scene.hurt:
        scene.findings.add("W302", scene.section("roles"), path=("roles",), count=len(roles))


def roles_that_extend(scene: Scene) -> None:
    """E204, E205: a role extends one that does not exist, or itself by a detour."""
    roles = scene.link.roles
    in_circle: set[str] = set()
    for name, role in roles.items():
        place = scene.at("roles", name, "extends")
        if role.extends is None:
            continue
        if role.extends not in roles:
            near = nearest(role.extends, (other for other in roles if other != name))
            scene.findings.add(
                "E204", place, expected=tuple(roles), nearest=near, role=name, word=role.extends, known=", ".join(roles)
            )
        line = list(scene.line_of(name))
        if name not in in_circle and roles[line[-1]].extends == name:
            in_circle.update(line)
            scene.findings.add("E205", place, circle=" -> ".join([*line, name]))


def roles_in_use(scene: Scene) -> None:
    """W304, N405: a role of which nobody said what it reads (`read: {}` says it), and one that nobody has."""
    extended = {role.extends for role in scene.link.roles.values()}
    held = {profile.role for profile in scene.link.profiles.values()}
    for name in scene.link.roles:
        span = scene.at("roles", name).name
        line = list(scene.line_of(name))
        if scene.whole_line(name) and not any("read" in scene.link.roles[role].model_fields_set for role in line):
            scene.findings.add("W304", span, path=("roles", name), role=name)
        # A pack is a catalogue: nobody need have every role of it.
        idle = name not in extended and name not in held and not span.file.startswith(PACKS)
        if idle and held and "profiles" not in scene.hurt:
            scene.findings.add("N405", span, path=("roles", name), role=name)


def words_twice(scene: Scene) -> None:
    """W310: a list of a role names something twice."""
    for name, role in scene.link.roles.items():
        lists: list[tuple[tuple[str, ...], list[str]]] = [(("write",), [grant.value for grant in role.write])]
        lists += [(("read", item.value), labels) for item, labels in role.read.items()]
        lists += [(("may", thing.value), [action.value for action in actions]) for thing, actions in role.may.items()]
        for path, words in lists:
            seen: set[str] = set()
            for index, word in enumerate(words):
                if word in seen:
                    scene.findings.add("W310", scene.at("roles", name, *path, index), word=word)
                seen.add(word)


def roles_of_profiles(scene: Scene) -> None:
    """E206: a profile has a role that does not exist."""
    roles = scene.link.roles
    for name, profile in scene.link.profiles.items():
        if profile.role not in roles and not scene.findings.full:
            scene.findings.add(
                "E206", scene.at("profiles", name, "role"), expected=tuple(roles), nearest=nearest(profile.role, roles),
                profile=name, word=profile.role, known=", ".join(roles),
            )  # fmt: skip


def perimeters_of_profiles(scene: Scene) -> None:
    """E207, N404: a profile's perimeter against what the link's perimeter can give."""
    perimeter = scene.link.perimeter
    by_territory = perimeter.model is PerimeterModel.TERRITORIES or perimeter.territories
    for name, profile in scene.link.profiles.items():
        place = scene.at("profiles", name, "perimeter")
        if profile.perimeter is Reach.PROJECT and not perimeter.projects:
            scene.findings.add("E207", place, profile=name, word="project", what="projects")
        if profile.perimeter is Reach.TERRITORY and not by_territory:
            scene.findings.add("E207", place, profile=name, word="territory", what="territories")
        if profile.perimeter is Reach.ALL and perimeter.model is not PerimeterModel.OPEN:
            scene.findings.add("N404", place, profile=name, model=perimeter.model.value)


def model_and_its_risk(scene: Scene) -> None:
    """E215, N401, N402: what a model needs, and what choosing it risks (R039, R040)."""
    model, place = scene.link.perimeter.model, scene.at("perimeter", "model")
    if model is PerimeterModel.PROJECTS and not scene.link.perimeter.projects:
        scene.findings.add("E215", place)
    if model is PerimeterModel.OPEN:
        scene.findings.add("N401", place)
    if model is PerimeterModel.TEAMS:
        scene.findings.add("N402", place)


def campaigns(scene: Scene) -> None:
    """E209, W314: a campaign that never runs, and one that takes everything."""
    for name, project in scene.link.perimeter.projects.items():
        place = scene.at("perimeter", "projects", name)
        if project.starts and project.ends and project.ends < project.starts:
            scene.findings.add("E209", scene.at("perimeter", "projects", name, "ends"), campaign=name)
        if not project.where:
            scene.findings.add("W314", place.name, path=place.path, campaign=name)


def decisions_of_managers(scene: Scene) -> None:
    """W308, W315: proposals that nobody may decide, and a link that nobody uses."""
    span: Span = scene.section("profiles")
    if not scene.link.profiles:
        scene.findings.add("W315", span, path=("profiles",))
    for proposal, decision, what in (
        (Grant.PROPOSE_APPOINTMENT, Grant.VALIDATE_APPOINTMENT, "appointments"),
        (Grant.PROPOSE_LEAD_STATUS, Grant.SET_LEAD_STATUS, "lead statuses"),
    ):
        if scene.somebody_may(proposal) and not scene.somebody_may(decision):
            scene.findings.add("W308", span, path=("profiles",), what=what, grant=decision.value)


__all__ = [
    "TERMS",
    "campaigns",
    "decisions_of_managers",
    "model_and_its_risk",
    "number_of_roles",
    "perimeters_of_profiles",
    "roles_in_use",
    "roles_of_profiles",
    "roles_that_extend",
    "words_twice",
]
