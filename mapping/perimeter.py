"""Which records are whose: the four permission models (R035), with project spaces beside each.

A profile's reach is judged on the record alone (has its owner a team? is it in a live campaign?);
which person of that profile may open it is judged when the person is known, by `person_reaches`.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from operator import itemgetter
from typing import Any, NamedTuple

from mapping.link import Perimeter
from mapping.words import Reach

#: (object, field, allowed values): all must hold.
Conditions = tuple[tuple[str, str, frozenset[Any]], ...]

_EMPTY: Mapping[str, Any] = {}


class Campaign(NamedTuple):
    """A project space: its records, from a day to a day, both included."""

    name: str
    where: Conditions
    starts: date | None
    ends: date | None

    def live(self, day: date) -> bool:
        """Whether the campaign runs on that day."""
        return (self.starts is None or self.starts <= day) and (self.ends is None or day <= self.ends)


class Person(NamedTuple):
    """Who speaks, or looks, on the dialer's side."""

    id: str
    profile: str
    team: str = ""
    territory: str = ""
    campaigns: tuple[str, ...] = ()
    crm_user: str = ""


class Place(NamedTuple):
    """Where a record lies: what every reach is judged on."""

    campaign: str
    closed_campaign: str
    territory: str
    team: str
    owner: str


@dataclass(frozen=True, slots=True)
class PerimeterRule:
    """The perimeter of a link, compiled."""

    campaigns: tuple[Campaign, ...]
    territories: tuple[tuple[str, Conditions], ...]

    def sources(self) -> frozenset[tuple[str, str]]:
        """The (object, field) pairs that conditions look at."""
        rules = [c.where for c in self.campaigns] + [where for _, where in self.territories]
        return frozenset((item, name) for where in rules for item, name, _ in where)

    def split(self, day: date) -> tuple[tuple[Campaign, ...], tuple[Campaign, ...]]:
        """The campaigns that run on a day, and the others."""
        live = tuple(c for c in self.campaigns if c.live(day))
        return live, tuple(c for c in self.campaigns if not c.live(day))

    def place(self, data: Mapping[str, Any], day: date) -> Place:
        """Where a whole record lies on a day."""
        live, closed = self.split(day)
        return self.locate(data, live, closed)

    def locate(self, data: Mapping[str, Any], live: Sequence[Campaign], closed: Sequence[Campaign]) -> Place:
        """Where a whole record lies, the campaigns being split already (once a batch)."""
        campaign = closed_campaign = territory = ""
        for item in live:
            if holds(item.where, data):
                campaign = item.name
                break
        else:
            for item in closed:
                if holds(item.where, data):
                    closed_campaign = item.name
                    break
        owner = data.get("owner") or _EMPTY
        for name, where in self.territories:
            if holds(where, data):
                territory = name
                break
        return Place(
            campaign,
            closed_campaign,
            territory or _text(owner.get("territory")),
            _text(owner.get("team")),
            _text(owner.get("id")),
        )


#: Which part of a place each reach depends on; `all` depends on none.
_PLACE_OF = {
    Reach.PROJECT: Place._fields.index("campaign"),
    Reach.TEAM: Place._fields.index("team"),
    Reach.TERRITORY: Place._fields.index("territory"),
    Reach.OWN: Place._fields.index("owner"),
}


def reaches(reach: Reach, place: Place) -> bool:
    """Whether somebody with this reach could open a record that lies there."""
    part = _PLACE_OF.get(reach)
    return part is None or place[part] != ""


def parts_of(all_reaches: Iterable[Reach]) -> tuple[str, ...]:
    """The parts of a place that must not be empty for somebody with each of these reaches to open a record there."""
    return tuple(dict.fromkeys(Place._fields[_PLACE_OF[reach]] for reach in all_reaches if reach in _PLACE_OF))


def everyone_reaches(all_reaches: Iterable[Reach]) -> Callable[[Place], bool]:
    """A test of whether somebody with each of these reaches could open a record; made once, asked for every event."""
    asked = tuple(dict.fromkeys(_PLACE_OF[reach] for reach in all_reaches if reach in _PLACE_OF))
    if not asked:
        return lambda _place: True
    if len(asked) == 1:
        get = itemgetter(asked[0])
        return lambda place: get(place) != ""
    several = itemgetter(*asked)
    return lambda place: "" not in several(place)


def person_reaches(reach: Reach, person: Person, place: Place) -> bool:
    """Whether this very person may open a record that lies there."""
    match reach:
        case Reach.ALL:
            return True
        case Reach.PROJECT:
            return place.campaign != "" and place.campaign in person.campaigns
        case Reach.TEAM:
            return place.team != "" and place.team == person.team
        case Reach.TERRITORY:
            return place.territory != "" and place.territory == person.territory
        case Reach.OWN:
            return place.owner != "" and place.owner in (person.crm_user, person.id)


def compile_perimeter(perimeter: Perimeter) -> PerimeterRule:
    """Compile the perimeter part of a link file."""
    return PerimeterRule(
        tuple(
            Campaign(name, conditions_of(project.where), project.starts, project.ends)
            for name, project in perimeter.projects.items()
        ),
        tuple((name, conditions_of(where)) for name, where in perimeter.territories.items()),
    )


def conditions_of(where: Mapping[str, Sequence[Any]]) -> Conditions:
    """Conditions as a link file says them, compiled."""
    return tuple((*path.split(".", 1), frozenset(values)) for path, values in where.items())  # type: ignore[misc]


def holds(where: Conditions, data: Mapping[str, Any]) -> bool:
    """Whether a whole record has one of the allowed values in every field that is looked at."""
    for item, name, allowed in where:
        held = data.get(item)
        if type(held) is not dict:
            return False
        value = held.get(name)
        if value is None or type(value) in (dict, list) or value not in allowed:
            return False
    return True


def _text(value: Any) -> str:
    return value if type(value) is str else str(value) if type(value) is int else ""
