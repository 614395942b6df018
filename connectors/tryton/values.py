"""Tryton's fields by the names that a link file uses, and their values in plain form."""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from typing import Any, NamedTuple

from connectors.faults import Malformed
from connectors.port import Session
from connectors.tryton.rpc import read
from connectors.tryton.settings import Settings

FIELDS = "tryton.fields"

#: Short names for what people look for first. Anything else: the field's own name, `__` leads into a related record.
PARTY_NAMES = {
    "street": "addresses.street",
    "postal_code": "addresses.postal_code",
    "city": "addresses.city",
    "subdivision": "addresses.subdivision.name",
    "country": "addresses.country.code",
    "tax_identifier": "tax_identifier.code",
    "category": "categories.name",
    "lang": "lang.code",
}
OPPORTUNITY_NAMES = {"currency": "currency.code"}

SINGLE = ("many2one", "one2one")
SEVERAL = ("one2many", "many2many")
#: Types whose values a call sheet could show.
PLAIN = frozenset({
    "char", "text", "fulltext", "selection", "integer", "biginteger", "float", "numeric", "boolean", "date", "datetime",
    "timestamp", "time", "timedelta", *SINGLE,
})  # fmt: skip
MAX_STEPS = 4


class Path(NamedTuple):
    """Where a value is: the fields that lead to it, and the type of the last."""

    steps: tuple[str, ...]
    type: str

    @property
    def dotted(self) -> str:
        return ".".join(self.steps)


async def paths(session: Session[Settings], model: str, names: tuple[str, ...]) -> dict[str, Path]:
    """The path of each name; a name that Tryton does not hold, or may not show us, is absent."""
    short = PARTY_NAMES if model == "party.party" else OPPORTUNITY_NAMES
    wanted = {name: tuple(short.get(name, name.replace("__", ".")).split(".")) for name in names if name != "id"}
    found = {name: await _path(session, model, steps) for name, steps in wanted.items()}
    return {name: path for name, path in found.items() if path is not None}


async def _path(session: Session[Settings], model: str, steps: tuple[str, ...]) -> Path | None:
    if not 0 < len(steps) <= MAX_STEPS or not all(steps):
        return None
    definition: Mapping[str, Any] = {}
    for step in steps:
        definition = await definition_of(session, model, step) if model else {}
        if not definition:
            return None
        model = definition.get("relation") or ""
    return Path(steps, definition["type"]) if definition["type"] in PLAIN else None


async def definition_of(session: Session[Settings], model: str, name: str) -> Mapping[str, Any]:
    """What Tryton says of one field: `type`, and `relation` where it leads on; empty where there is none."""
    known: dict[tuple[str, str], Mapping[str, Any]] = session.memory.setdefault(FIELDS, {})
    if (model, name) not in known:
        answer = await read(session, f"model.{model}.fields_get", [name])
        found = answer.get(name) if isinstance(answer, dict) else None
        if not isinstance(found, dict) or not isinstance(found.get("type"), str):
            return {}  # not remembered: somebody may be adding it
        known[model, name] = {"type": found["type"], "relation": found.get("relation")}
    return known[model, name]


def value_at(record: Mapping[str, Any], path: Path) -> Any:
    """The plain value at a path; of several related records, the first that Tryton lists. Raises Malformed."""
    *lead, last = path.steps
    for step in lead:
        related = record.get(f"{step}.")
        if isinstance(related, list):
            related = related[0] if related else None
        if not isinstance(related, dict):
            return None
        record = related
    return plain(record.get(last), path)


def plain(value: Any, path: Path) -> Any:
    """A value without Tryton's classes: text, number, truth or None. Raises Malformed with the path's name."""
    if value is None or value == "":
        return None
    if path.type == "boolean":  # SQLite has them as 0 and 1
        return bool(value)
    if path.type in SINGLE and isinstance(value, int):
        return str(value)
    if isinstance(value, str | int | float):
        return value
    try:
        return _CLASSES[value["__class__"]](value)
    except (KeyError, TypeError, ValueError):
        raise Malformed("unreadable_value", fields=(path.dotted,)) from None


def stamp_of(value: Any) -> str:
    """Tryton's instant as text of a fixed width, which sorts as time does. Raises Malformed."""
    try:
        return _datetime(value).isoformat(timespec="microseconds")
    except (KeyError, TypeError, ValueError):
        raise Malformed("unreadable_value", fields=("last_modified_at",)) from None


def _datetime(value: Mapping[str, Any]) -> datetime:
    day = (value["year"], value["month"], value["day"])
    return datetime(*day, value["hour"], value["minute"], value["second"], value["microsecond"])  # noqa: DTZ001 - UTC


_CLASSES: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "Decimal": lambda value: str(value["decimal"]),
    "date": lambda value: date(value["year"], value["month"], value["day"]).isoformat(),
    "datetime": lambda value: f"{_datetime(value).isoformat()}Z",
    "time": lambda value: time(value["hour"], value["minute"], value["second"], value["microsecond"]).isoformat(),
    "timedelta": lambda value: float(value["seconds"]),
}
