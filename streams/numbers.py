"""Finds a record by its telephone number without keeping one in clear.

A dialer that does not give our id back gives at least the number it called. Beside a contact's
references stands a keyed digest of each of its numbers, in E.164: equal numbers are found, and a
stolen table says nothing.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from mapping.policy import Policy
from mapping.transforms import DROPPED, e164
from mapping.words import Object, Shape
from store import glances
from streams.unit import Unit

#: In `record_refs`, what a digest refers to.
PREFIX = "number:"


def fields_of(policy: Policy) -> tuple[str, ...]:
    """The contact's fields that go out as telephone numbers."""
    sources = (line.source.split(".", 1) for line in policy.fields if line.shape is Shape.E164)
    return tuple(dict.fromkeys(name for item, name in sources if item == Object.CONTACT.value))


def references(unit: Unit, policy: Policy, fields: Mapping[str, Any]) -> dict[str, str]:
    """What stands beside a contact's references for its numbers."""
    found = {}
    for name in fields_of(policy):
        value = fields.get(name)
        number = e164(value, policy.country) if isinstance(value, str) and value else DROPPED
        if number is not DROPPED:
            found[PREFIX + name] = _digest(unit, str(number))
    return found


def find(unit: Unit, policy: Policy, numbers: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The contacts, as records, that have each of these E.164 numbers; absent where none has."""
    wanted = {_digest(unit, number): number for number in numbers}
    found: dict[str, dict[str, None]] = {}
    for name in fields_of(policy):
        rows = glances.referring(unit.conn, unit.tenant, unit.link, Object.CONTACT, PREFIX + name, wanted)
        for digest, key in rows:
            found.setdefault(wanted[digest], {})[f"{Object.CONTACT.value}/{key}"] = None
    return {number: tuple(records) for number, records in found.items()}


def _digest(unit: Unit, number: str) -> str:
    return unit.keys.mac(unit.tenant, number.encode(), unit.conn).hex()
