"""Personal exceptions: few, short, and each in view (R003, R041)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from mapping.link import PersonalException
from mapping.scene import Scene

#: More than a handful is a second, hidden set of roles.
EXCEPTIONS_MAX: Final = 5
LONGEST: Final = timedelta(days=366)


def exceptions_counted(scene: Scene) -> None:
    """W333: more exceptions than anybody keeps in view. Those that had ended already do not count."""
    exceptions = scene.link.exceptions
    count = sum(one.holds(scene.link.revision.date) for one in exceptions)
    if count > EXCEPTIONS_MAX:
        scene.findings.add("W333", scene.section("exceptions"), path=("exceptions",), count=count, most=EXCEPTIONS_MAX)


def exceptions_themselves(scene: Scene) -> None:
    """E232, E233, W334, N430: what an exception gives, and for how long."""
    for index, one in enumerate(scene.link.exceptions):
        person, until = scene.at("exceptions", index, "person"), scene.at("exceptions", index, "until")
        granted = ", ".join(given_by(one))
        if not granted:
            scene.findings.add("E232", person, person=one.person)
        elif not one.holds(scene.link.revision.date):
            scene.findings.add("E233", until, person=one.person)
        else:
            if one.until - scene.link.revision.date > LONGEST:
                scene.findings.add("W334", until, person=one.person)
            scene.findings.add("N430", person, until=one.until, person=one.person, granted=granted, who=one.decided_by)


def given_by(one: PersonalException) -> Iterator[str]:
    """What an exception gives, in the words of the file."""
    yield from (f"{thing.value}: {action.value}" for thing, actions in one.may.items() for action in actions)
    yield from (f"{item.value}: {label}" for item, labels in one.read.items() for label in labels)
    yield from (grant.value for grant in one.write)


__all__ = ["EXCEPTIONS_MAX", "LONGEST", "exceptions_counted", "exceptions_themselves", "given_by"]
