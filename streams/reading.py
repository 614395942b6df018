"""What of a CRM object is read, and what becomes of it when a revision asks for other fields.

Fields that were never read are in no cursor's future: the object is read again from its start. What
comes of that is no news of the record: only we know more of it, or less. So it rings nobody.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection

from mapping.words import Object
from store import positions
from store.records import Stored
from streams.unit import Leased


class Reading(NamedTuple):
    """The fields of an object that are read, and which of them since the object was last read to its end."""

    fields: tuple[str, ...]
    #: Asked for since, or no longer asked for.
    turned: frozenset[str] = frozenset()
    #: The object itself was never read before, though others were.
    first: bool = False

    @property
    def anew(self) -> bool:
        """Whether it is read from its start because of what is asked, not because of what changed."""
        return self.first or bool(self.turned)

    def written(self) -> str:
        whole = {"fields": self.fields, "turned": sorted(self.turned), "first": self.first}
        return orjson.dumps(whole).decode()


def known(conn: Connection, tenant: str, link: str, item: Object) -> Reading | None:
    """What was kept of an object's reading; None before the first."""
    kept = positions.cursor(conn, tenant, link, _name(item))
    if kept is None:
        return None
    whole = orjson.loads(kept)
    return Reading(tuple(whole["fields"]), frozenset(whole["turned"]), whole["first"])


def begin(unit: Leased, item: Object, fields: Sequence[str], *, keeps_cursor: bool) -> Reading:
    """Put down what is asked from now on. `keeps_cursor`: the connector begins anew by itself when that changes."""
    at = (unit.conn, unit.tenant, unit.link)
    before, asked = known(*at, item), tuple(sorted(fields))
    if before is not None and before.fields == asked:
        return before
    cursor = positions.cursor(*at, item.value)
    if before is None:
        # A cursor without a reading is an earlier version's: what it asked for is not known, and taken to be the same.
        others = any(positions.cursor(*at, other.value) is not None for other in Object if other is not item)
        reading = Reading(asked, first=cursor is None and others)
    else:
        turned = before.turned | (frozenset(before.fields) ^ frozenset(asked))
        reading = Reading(asked, turned, before.first)
        if cursor is not None and not keeps_cursor:
            positions.forget_cursor(*at, item.value, unit.lease)
    positions.save_cursor(*at, _name(item), reading.written(), unit.lease)
    return reading


def ended(unit: Leased, item: Object, reading: Reading) -> None:
    """The object was read to its end under this reading: from now on every difference is news."""
    if reading.anew and known(unit.conn, unit.tenant, unit.link, item) == reading:
        done = Reading(reading.fields)
        positions.save_cursor(unit.conn, unit.tenant, unit.link, _name(item), done.written(), unit.lease)


def is_news(reading: Reading, old: Stored | None, new: Stored) -> bool:
    """Whether a row that differs from what is stored says something new of its record."""
    if not reading.anew:
        return True
    if old is None:
        return not reading.first or new.object is Object.CONTACT
    if reading.first or old.owner != new.owner or _joined(old.refs) != _joined(new.refs):
        return True
    names = {*old.fields, *new.fields} - reading.turned
    return any(old.fields.get(name) != new.fields.get(name) for name in names)


def _joined(refs: Mapping[str, Any]) -> dict[str, Any]:
    """References to other records: digests of numbers follow from the fields."""
    return {name: key for name, key in refs.items() if name in Object.__members__.values()}


def _name(item: Object) -> str:
    return f"asked/{item.value}"
