"""Links that stand on packs, as values: what the tests of packs look at."""

from ecluse.shipped import texts
from mapping.link import Link
from mapping.reader import Reading, read_link
from mapping.rights import Right, rights_of
from mapping.things import Action, Thing

BARE = """\
link: ouest
revision: {{reason: "Essai des packs", date: 2026-11-23, decided_by: direction}}
crm: {{connector: csv, connection: crm}}
dialer: {{connector: open_dialer, connection: centre}}
use: [{used}]
perimeter: {{model: teams}}
fields: []
"""
LABELS = "labels: {contact: {a: identity}}\n"
NOBODY = "profiles: {}\n"


def reading_of(*packs: str, more: str = LABELS + NOBODY) -> Reading:
    """A link that uses these packs; `more` is what the firm says itself."""
    text = BARE.format(used=", ".join(f"packs/{name}" for name in packs)) + more
    return read_link(text, "links/ouest.yaml", shared=texts())


def link_of(*packs: str, more: str = LABELS + NOBODY) -> Link:
    link = reading_of(*packs, more=more).link
    assert link is not None
    return link


def rights(pack: str, role: str, more: str = LABELS + NOBODY) -> frozenset[Right]:
    """All that a role of a pack may do, with what it extends."""
    return rights_of(link_of(pack, more=more), role).may


def words(said: str) -> frozenset[Right]:
    """Rights as they are spoken: "scripts: read clone; reports: read"."""
    parts = [part.split(":") for part in said.split(";") if part.strip()]
    return frozenset((Thing(thing.strip()), Action(word)) for thing, actions in parts for word in actions.split())


def holds(pack: str, role: str, may: str = "", never: str = "") -> None:
    """A role of a pack has all of the first, and none of the second."""
    held = rights(pack, role)
    assert words(may) - held == set()
    assert words(never) & held == set()
