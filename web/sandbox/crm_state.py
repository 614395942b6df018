"""The sandbox CRM's memory: records with a change feed, and what was written back, each key applied once."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

OBJECTS = ("account", "contact", "opportunity")
#: What a row of data may say beside its fields: the records it hangs on, and its owner.
REFS = ("account", "contact")
OWNER = ("id", "team", "territory")

#: The five kinds of write, and every key that one of them may carry. There is no sixth, and no other key.
WRITES: Mapping[str, frozenset[str]] = {
    "calls": frozenset({"id", "result", "label", "started_at", "duration", "attempt", "comment", "next_attempt_at"}),
    "statuses": frozenset({"id", "status", "validated_by"}),
    "comments": frozenset({"text", "at"}),
    "actions": frozenset({"kind_of_action", "at", "note"}),
    "appointments": frozenset({"id", "start", "end", "place", "subject", "note", "validated_by"}),
}
COMMON = frozenset({"once", "record", "author", "campaign"})


@dataclass
class Record:
    """One record, as the CRM holds it."""

    id: str
    fields: dict[str, Any]
    refs: dict[str, str]
    owner: dict[str, str]
    #: Grows with each change; many records of one load share it, as after a bulk update.
    changed_at: int
    deleted: bool = False


class Change(NamedTuple):
    """A page of the change feed."""

    records: Sequence[Record]
    more: bool


@dataclass
class Crm:
    """Everything the sandbox CRM knows. Lives as long as its process."""

    objects: dict[str, dict[str, Record]] = field(default_factory=lambda: {name: {} for name in OBJECTS})
    #: kind -> once -> the write as it was applied.
    written: dict[str, dict[str, dict[str, Any]]] = field(default_factory=lambda: {kind: {} for kind in WRITES})
    #: How often something came that was already applied.
    repeated: int = 0
    #: What no connector of ours may ever send: method, path and the names of keys; never values.
    violations: list[dict[str, Any]] = field(default_factory=list)
    _stamp: int = 0
    _order: dict[str, list[tuple[int, str]]] = field(default_factory=lambda: {name: [] for name in OBJECTS})

    def load(self, name: str, rows: Iterable[Mapping[str, Any]]) -> int:
        """Rows with `id`, fields, and where they have them `account`, `contact`, `owner_id` and other `owner_…`."""
        self._stamp += 1
        count = 0
        for row in rows:
            record = _record(name, row, self._stamp)
            self.objects[name][record.id] = record
            self._order[name].append((self._stamp, record.id))
            count += 1
        self._order[name].sort()
        return count

    def edit(self, name: str, key: str, fields: Mapping[str, Any]) -> Record:
        """What somebody at a desk of the CRM does: change a record, or make one."""
        record = self.objects[name].get(key) or Record(key, {}, {}, {}, 0)
        self.objects[name][key] = record
        record.fields.update(fields)
        record.deleted = False
        self._touched(name, record)
        return record

    def delete(self, name: str, key: str) -> bool:
        record = self.objects[name].get(key)
        if record is None:
            return False
        record.deleted = True
        record.fields.clear()
        self._touched(name, record)
        return True

    def changes(self, name: str, after: tuple[int, str], limit: int) -> Change:
        """Records changed after a cursor, in the order of (changed_at, id)."""
        found = list(_page(self._order[name], self.objects[name], after, limit + 1))
        return Change(found[:limit], len(found) > limit)

    def apply(self, kind: str, item: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """One write: a refusal's code or nothing, and the fields it changed. The same `once` changes nothing again."""
        known = self.written[kind].get(item["once"])
        if known is not None:
            self.repeated += 1
            return "", _effect(kind, known)
        contact = self.objects["contact"].get(item["record"].partition("/")[2])
        if contact is None or contact.deleted or not item["record"].startswith("contact/"):
            return "unknown_contact", {}
        self.written[kind][item["once"]] = dict(item)
        effect = _effect(kind, item)
        if effect:
            contact.fields.update(effect)
            self._touched("contact", contact)
        return "", effect

    def _touched(self, name: str, record: Record) -> None:
        self._stamp += 1
        record.changed_at = self._stamp
        self._order[name].append((self._stamp, record.id))


def _effect(kind: str, item: Mapping[str, Any]) -> dict[str, Any]:
    """The contact's fields that a write of this kind sets; calls, comments and appointments stand on their own."""
    if kind == "statuses":
        return {"status": item["status"]}
    if kind == "actions":
        return {"next_action": item["kind_of_action"], "next_action_at": item.get("at")}
    return {}


def _page(
    order: list[tuple[int, str]], records: Mapping[str, Record], after: tuple[int, str], most: int
) -> Iterator[Record]:
    low, high = 0, len(order)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if order[middle] <= after else (low, middle)
    for stamp, key in order[low:]:
        record = records[key]
        if record.changed_at != stamp:
            continue  # changed again since: it comes at its newer place
        yield record
        most -= 1
        if not most:
            return


def _record(name: str, row: Mapping[str, Any], stamp: int) -> Record:
    refs = {ref: str(row[ref]) for ref in REFS if ref != name and row.get(ref)}
    owner = {part: str(row[f"owner_{part}"]) for part in OWNER if row.get(f"owner_{part}")}
    skipped = {"id", *refs, *(f"owner_{part}" for part in OWNER)}
    return Record(str(row["id"]), {key: row[key] for key in row if key not in skipped}, refs, owner, stamp)
