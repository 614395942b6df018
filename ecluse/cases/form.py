"""Reads the tree of a YAML file strictly: what is no known key or word is found, with the nearest right one."""

import re
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from ecluse.i18n import N_
from mapping import durations
from mapping.findings import Findings
from mapping.nearest import nearest
from mapping.place import Place
from mapping.scalars import DIGITS_MAX, Plain

GROUP, LIST, TEXT = N_("a group of keys"), N_("a list"), N_("a text")
MOMENT = N_("a moment with its offset from UTC")
MOMENT_EXAMPLE = "2026-11-20T10:11:12+01:00"

_TRUTH = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_WHOLE = re.compile(r"-?[0-9]+", re.ASCII)
_DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+", re.ASCII)
#: Could be a number or a text: a telephone number, a code with zeros in front, 1e5.
_DOUBTFUL = re.compile(r"\+[0-9]+|-?0[0-9]+(\.[0-9]*)?|-?[0-9]*\.?[0-9]+[eE][-+]?[0-9]+|0[xo][0-9a-fA-F]+", re.ASCII)


class Slot(NamedTuple):
    """A value, and where it stands."""

    value: Any
    place: Place


class Form:
    """What is asked of values; what they are not goes to the findings."""

    def __init__(self, findings: Findings) -> None:
        self.findings = findings

    def keys(self, slot: Slot, known: Collection[str] | None = None) -> dict[str, Slot]:
        """The keys of a group; those that are not known are found and left out. Any is known where none is named."""
        if slot.place.broken:
            return {}
        if not isinstance(slot.value, dict):
            self.expected(slot, GROUP, "{…}" if known is None else "{" + f"{next(iter(known), '…')}: …" + "}")
            return {}
        held = {}
        for key, value in slot.value.items():
            place = slot.place.keys[key]
            if known is not None and key not in known:
                self.unknown_key(key, place, known)
            else:
                held[key] = Slot(value, place)
        return held

    def unknown_key(self, key: str, place: Place, known: Collection[str]) -> None:
        words = tuple(known)
        self.findings.add(
            "E110", place.name, path=place.path, expected=words, nearest=nearest(key, words), word=key,
            known=", ".join(words),
        )  # fmt: skip

    def items(self, slot: Slot) -> Iterator[Slot]:
        """The entries of a list."""
        if slot.place.broken:
            return
        if not isinstance(slot.value, list):
            self.expected(slot, LIST, "[…]")
            return
        for value, place in zip(slot.value, slot.place.items, strict=True):
            if not place.broken:
                yield Slot(value, place)

    def text(self, slot: Slot) -> str:
        """A text that is not empty, or empty where it was none."""
        if isinstance(slot.value, str) and slot.value.strip():
            return str(slot.value)
        self.expected(slot, TEXT, "…")
        return ""

    def word(self, slot: Slot, known: Collection[str], *, key: bool = False) -> str:
        """One of the known words, or empty. `key`: it is the key that is the word."""
        said = str(slot.place.path[-1]) if key else self.text(slot)
        if not said or said in known:
            return said
        words = tuple(known)
        span = slot.place.name if key else slot.place.word
        self.findings.add(
            "E113", span, path=slot.place.path, expected=words, nearest=nearest(said, words), word=said,
            known=", ".join(words) or "–",
        )  # fmt: skip
        return ""

    def moment(self, slot: Slot) -> datetime | None:
        try:
            read = datetime.fromisoformat(self.text(slot) or "-")
        except ValueError:
            read = None
        if read is not None and read.tzinfo is not None:
            return read
        if isinstance(slot.value, str):
            self.refused(slot, MOMENT, MOMENT_EXAMPLE)
        return None

    def duration(self, slot: Slot) -> timedelta | None:
        said = self.text(slot)
        read = durations.parse(said) if said else None
        if said and read is None:
            self.findings.add("E117", slot.place, word=said)
        return read

    def json(self, slot: Slot) -> Any:
        """What a system would send: a text, a number, a truth value, nothing; or groups and lists of them."""
        value = slot.value
        if isinstance(value, dict):
            return {key: self.json(Slot(held, slot.place.keys[key])) for key, held in value.items()}
        if isinstance(value, list):
            return [self.json(Slot(held, place)) for held, place in zip(value, slot.place.items, strict=True)]
        if type(value) is not Plain:
            return value
        if _DOUBTFUL.fullmatch(value):
            self.findings.add("E118", slot.place, nearest=f'"{value}"', word=value)
            return str(value)
        return float(value) if _DECIMAL.fullmatch(value) else _scalar(value)

    def missing(self, key: str, place: Place) -> None:
        self.findings.add("E111", place.key or place.first().name, path=(*place.path, key), word=key)

    def expected(self, slot: Slot, wanted: str, example: str) -> None:
        if slot.value is None and slot.place.path:
            self.findings.add("E121", slot.place, word=slot.place.path[-1], wanted=wanted)
        elif not slot.place.broken:
            self.findings.add("E114", slot.place, wanted=wanted, example=example)

    def refused(self, slot: Slot, wanted: str, example: str) -> None:
        self.findings.add("E115", slot.place, word=slot.value, wanted=wanted, example=example)


def _scalar(value: Plain) -> Any:
    if value in _TRUTH:
        return _TRUTH[value]
    return int(value) if len(value) <= DIGITS_MAX and _WHOLE.fullmatch(value) else str(value)
