"""What roles may do, beside what they read and write here: `may` against itself, `read` and `write`."""

from collections.abc import Iterator, Mapping
from typing import Final

from mapping.findings import NoteKind, note
from mapping.link import May
from mapping.nearest import nearest
from mapping.place import Place
from mapping.rights import Rights
from mapping.scene import CALLS, DECIDES, Scene, where
from mapping.things import ACTIONS, OF_GRANT, OF_OBJECT, Action, Thing
from mapping.words import Object

MAY_AT: Final = "what it may do stands here: {where}"
READ_AT: Final = "these labels stand here: {where}"
#: What these checks say beside their findings.
NOTES: Final = (MAY_AT, READ_AT)

_READS: Final = (Action.READ, Action.READ_ALL)
#: What callers never need, whatever the firm (R005, R006, R015, R016).
_NOT_FOR_CALLERS: Final[Mapping[Thing, tuple[Action, ...]]] = {
    **dict.fromkeys(Thing, (Action.DELETE, Action.EXPORT)),
    Thing.PRICES: (Action.UPDATE, Action.DELETE, Action.EXPORT),
    Thing.MARGINS: tuple(Action),
    Thing.CRM_CONFIGURATION: tuple(Action),
    Thing.ADMIN_PROFILES: tuple(Action),
}
#: Where daily work is done. Reading is no work.
_DAILY: Final = (
    Thing.ACCOUNTS, Thing.CONTACTS, Thing.ACTIVITIES, Thing.OPPORTUNITIES, Thing.NOTES, Thing.CRM_OBJECTS,
    Thing.CALL_RESULTS, Thing.CALL_LISTS, Thing.APPOINTMENTS, Thing.QUOTES,
)  # fmt: skip
_WORK: Final = (Action.CREATE, Action.UPDATE, Action.DELETE, Action.QUALIFY, Action.ENRICH, Action.REASSIGN)


def actions_of_things(scene: Scene) -> None:
    """E230: an action that does not exist for the thing."""
    for path, may in _written(scene):
        for thing, actions in may.items():
            known = [action.value for action in ACTIONS[thing]]
            for index, action in enumerate(actions):
                if action.value not in known:
                    scene.findings.add(
                        "E230", scene.at(*path, thing.value, index), expected=known,
                        nearest=nearest(action.value, known), word=action.value, thing=thing.value,
                        known=", ".join(known),
                    )  # fmt: skip


def _written(scene: Scene) -> Iterator[tuple[tuple[str | int, ...], May]]:
    """Every `may` of the file, and where it stands."""
    for name, role in scene.link.roles.items():
        yield ("roles", name, "may"), role.may
        for index, phase in enumerate(role.during):
            yield ("roles", name, "during", index, "may"), phase.may
    for index, one in enumerate(scene.link.exceptions):
        yield ("exceptions", index, "may"), one.may


def read_and_may(scene: Scene) -> None:
    """E231: labels of an object for a role that, by its own `may`, does not read that object at all."""
    for name, role in scene.link.roles.items():
        if not scene.whole_line(name):
            continue
        above = _unread(scene.rights(role.extends)) if role.extends else frozenset()
        for item in sorted(_unread(scene.rights(name)) - above):
            own = _reads_at(scene, name, item)
            place = own or scene.at("roles", name, "may")
            beside = _may_at(scene, name) if own else next(filter(None, _all_reads(scene, name, item)), place)
            said = note(NoteKind.NOTE, MAY_AT if own else READ_AT, where=where(beside.name))
            scene.findings.add(
                "E231", place.name, path=place.path, notes=[said],
                role=name, object=item.value, thing=OF_OBJECT[item].value,
            )  # fmt: skip


def _unread(rights: Rights) -> frozenset[Object]:
    """Objects of which the role is cleared for labels, and which it may not read."""
    if not rights.stated:
        return frozenset()
    things = {item: (thing, Thing.CRM_OBJECTS) for item, thing in OF_OBJECT.items()}
    return frozenset(
        item
        for item in {*rights.read, *rights.masks}
        if not any(rights.allows(thing, action) for thing in things[item] for action in _READS)
    )


def _reads_at(scene: Scene, role: str, item: Object) -> Place | None:
    """Where a role itself says which labels of an object it reads."""
    held = scene.link.roles[role]
    key = "read" if held.read.get(item) else "masks" if held.masks.get(item) else ""
    return scene.at("roles", role, key, item.value) if key else None


def _all_reads(scene: Scene, role: str, item: Object) -> Iterator[Place | None]:
    return (_reads_at(scene, name, item) for name in scene.line_of(role))


def _may_at(scene: Scene, role: str) -> Place:
    """Where a role, or the nearest one that it extends, says what it may do."""
    stated = (name for name in scene.line_of(role) if "may" in scene.link.roles[name].model_fields_set)
    return scene.at("roles", next(stated, role), "may")


def write_and_may(scene: Scene) -> None:
    """W330: a write on this link that the role's rights do not know of."""
    for name, role in scene.link.roles.items():
        rights = scene.rights(name)
        if not rights.stated or not scene.whole_line(name):
            continue
        for index, grant in enumerate(role.write):
            if not rights.may.intersection(OF_GRANT[grant]):
                thing, action = OF_GRANT[grant][0]
                scene.findings.add(
                    "W330", scene.at("roles", name, "write", index),
                    role=name, grant=grant.value, right=f"{thing.value}: {action.value}",
                )  # fmt: skip


def too_much_for_callers(scene: Scene) -> None:
    """W331: a role that calls and decides nothing may do what callers never need."""
    for name, role in scene.link.roles.items():
        grants = scene.grants(name)
        if not grants & CALLS or grants & DECIDES:
            continue
        for thing, actions in role.may.items():
            for index, action in enumerate(actions):
                if action in _NOT_FOR_CALLERS[thing]:
                    place = scene.at("roles", name, "may", thing.value, index)
                    scene.findings.add("W331", place, role=name, word=action.value, thing=thing.value)


def approval_apart(scene: Scene) -> None:
    """W332: whoever approves the governance of access works with what it governs."""
    for name in scene.link.roles:
        rights = scene.rights(name)
        if not rights.allows(Thing.GOVERNANCE, Action.APPROVE):
            continue
        own = next(((thing, action) for thing in _DAILY for action in _WORK if rights.allows(thing, action)), None)
        if own is not None:
            thing, action = own
            place = scene.at("roles", name, "may", Thing.GOVERNANCE.value)
            scene.findings.add("W332", place.name, path=place.path, role=name, word=action.value, thing=thing.value)


__all__ = [
    "NOTES",
    "actions_of_things",
    "approval_apart",
    "read_and_may",
    "too_much_for_callers",
    "write_and_may",
]
