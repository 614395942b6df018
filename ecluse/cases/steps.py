"""The steps of a case: what happens at which moment, and what is expected of it."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any, NamedTuple

from ecluse.cases.form import Form, Slot
from ecluse.cases.given import Data, read_fields, read_record
from ecluse.cases.model import ANYTHING, Expect, Happening, Sight, Step
from ecluse.cases.vocabulary import Vocabulary, blocks_of
from ecluse.i18n import N_
from mapping.reasons import Reason
from mapping.words import CommandKind, Disposition, EventType, Verdict

STEP_KEYS = ("now", "after", "record", "change", "by", "type", "data", "expect", "sees")
DIALER_KEYS = ("now", "after", "record", "by", "type", "data", "expect")
#: Of a case that has several.
CASE_KEYS = ("name", "steps", "now", "record")
EXPECT_KEYS = ("verdict", "reason", "kind", "campaign", "result", "status", "author", "validated_by")

CRM_TYPES = (EventType.CRM_CHANGED.value, EventType.CRM_DELETED.value)
PHONING_TYPES = tuple(kind.value for kind in EventType if kind.value.startswith("phoning."))
#: Stands in for a moment that is missing: such a file is refused.
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
LATER = N_("a moment after the step before")
FIELDS = N_("a list of fields, or each field with its value")
#: Who expects one of these may write what nobody knows.
_ODD_TYPES = (Reason.SIXTH_KIND_OF_WRITE, Reason.UNKNOWN_EVENT_TYPE)
_ODD_DATA = (*_ODD_TYPES, Reason.FORBIDDEN_FIELD, Reason.MALFORMED)


class Given(NamedTuple):
    """What the steps of a file may name."""

    words: Vocabulary
    #: Records that a step writes out join them.
    records: dict[str, Data]
    people: tuple[str, ...]
    form: Form


class _Around(NamedTuple):
    """What a step takes from its case, where it does not say."""

    now: datetime | None
    record: str


def read_steps(slot: Slot, held: dict[str, Slot], now: datetime | None, given: Given) -> tuple[Step, ...]:
    """A case's steps; a case without a list of them is one step."""
    form = given.form
    if "steps" not in held:
        steps = [_step(slot, held, _Around(now, ""), given)]
    else:
        for key, one in held.items():
            if key not in CASE_KEYS:
                form.unknown_key(key, one.place, CASE_KEYS)
        around = _Around(_moment(held, now, given), _record(held.get("record"), given))
        steps = []
        for one in form.items(held["steps"]):
            steps.append(_step(one, form.keys(one, STEP_KEYS), around, given))
            around = around._replace(now=steps[-1].now)
    if not any(step.expects is not None or step.sees is not None for step in steps):
        form.missing("expect", slot.place)
    return tuple(steps)


def _step(slot: Slot, held: dict[str, Slot], around: _Around, given: Given) -> Step:
    form = given.form
    expects = _expects(held["expect"], given) if "expect" in held else None
    odd = {one.reason for one in expects or ()}
    now = _moment(held, around.now, given)
    if now is None and "now" not in held:
        form.missing("now", slot.place)
    happens = _happens(held)
    if happens is Happening.DIALER:
        for key in ("change", "sees"):
            if key in held:
                form.unknown_key(key, held[key].place, DIALER_KEYS)
    unknown = Reason.UNKNOWN_RECORD in odd and happens is Happening.DIALER
    record = _record(held["record"], given, unknown=unknown) if "record" in held else around.record
    if happens is Happening.CRM and not record and "record" not in held:
        form.missing("record", slot.place)
    type_ = _type(held, happens, odd, slot, given)
    by = ""
    if "by" in held:
        free = Reason.UNKNOWN_PERSON in odd
        by = form.text(held["by"]) if free else form.word(held["by"], given.people)
    data = _data(held["data"], type_, odd, given) if "data" in held else {}
    change = read_fields(held["change"], given.words, form) if "change" in held else {}
    sees = _sees(held["sees"], given) if "sees" in held else None
    looked = held["sees"].place if "sees" in held else slot.place
    seen_at = {"": looked.name, **{who: place.name for who, place in looked.keys.items()}}
    place = held["expect"].place.name if "expect" in held else slot.place.word
    return Step(place, happens, now or NEVER, record, change, type_, by, data, expects, sees, seen_at)


def _happens(held: dict[str, Slot]) -> Happening:
    if "by" in held or "data" in held:
        return Happening.DIALER
    return Happening.CRM if not held.keys().isdisjoint(("record", "change", "type", "sees")) else Happening.CLOCK


def _moment(held: dict[str, Slot], before: datetime | None, given: Given) -> datetime | None:
    form = given.form
    now = form.moment(held["now"]) if "now" in held else before
    if now is not None and before is not None and now < before and "steps" not in held and "name" not in held:
        form.refused(held["now"], LATER, before.isoformat())
    after = form.duration(held["after"]) if "after" in held else None
    return now + after if now is not None and after is not None else now


def _record(slot: Slot | None, given: Given, *, unknown: bool = False) -> str:
    """The name of a record; one that is written out joins the file's. `unknown`: it is meant to be nobody's."""
    if slot is None:
        return ""
    if isinstance(slot.value, dict):
        name = f"r{slot.place.value.line}"
        given.records[name] = read_record(name, slot, given.words, given.form)
        return name
    if unknown:
        return given.form.text(slot)
    return given.form.word(slot, given.records)


def _type(held: dict[str, Slot], happens: Happening, odd: Collection[str], slot: Slot, given: Given) -> str:
    if happens is Happening.CLOCK:
        return ""
    if "type" not in held:
        if happens is Happening.DIALER:
            given.form.missing("type", slot.place)
        return EventType.CRM_CHANGED.value if happens is Happening.CRM else ""
    if happens is Happening.DIALER and any(reason in odd for reason in _ODD_TYPES):
        return given.form.text(held["type"])
    return given.form.word(held["type"], PHONING_TYPES if happens is Happening.DIALER else CRM_TYPES)


def _data(slot: Slot, kind: str, odd: Collection[str], given: Given) -> dict[str, Any]:
    form = given.form
    if kind in PHONING_TYPES and not any(reason in odd for reason in _ODD_DATA):
        known = blocks_of(kind)
        for name, held in form.keys(slot, tuple(known)).items():
            inner = form.keys(held, known[name]) if known[name] else {}
            if name == "call" and "disposition" in inner and Reason.UNKNOWN_DISPOSITION not in odd:
                _disposition(inner["disposition"], given)
        if "campaign" in slot.value and Reason.UNKNOWN_CAMPAIGN not in odd:
            form.word(Slot(slot.value["campaign"], slot.place.keys["campaign"]), given.words.campaigns)
    read = form.json(slot)
    return read if isinstance(read, dict) else {}


def _disposition(slot: Slot, given: Given) -> None:
    """As the decision reads it: a dialer's "nrp" is the link's "NRP"."""
    said = slot.value.casefold() if isinstance(slot.value, str) else ""
    if said not in {name.casefold() for name in given.words.dispositions}:
        given.form.word(slot, given.words.dispositions)


def _expects(slot: Slot, given: Given) -> tuple[Expect, ...]:
    slots = list(given.form.items(slot)) if isinstance(slot.value, list) else [slot]
    return tuple(_expect(one, given) for one in slots)


def _expect(slot: Slot, given: Given) -> Expect:
    known = {
        "verdict": tuple(Verdict),
        "reason": tuple(Reason),
        "kind": tuple(CommandKind),
        "campaign": given.words.campaigns,
        "result": tuple(Disposition),
        "status": given.words.statuses,
        "author": given.people,
        "validated_by": given.people,
    }
    held = given.form.keys(slot, EXPECT_KEYS)
    said = {
        name: given.form.word(one, known[name]) if known[name] else given.form.text(one) for name, one in held.items()
    }
    if not said and not given.form.findings.errors:
        given.form.missing("verdict", slot.place)
    return Expect(slot.place.name, **said)


def _sees(slot: Slot, given: Given) -> dict[str, Sight]:
    form = given.form
    viewers = (*given.words.profiles, *given.people)
    made: dict[str, Sight] = {}
    for who, held in form.keys(slot).items():
        form.word(held, viewers, key=True)
        if isinstance(held.value, list):
            made[who] = {form.word(one, given.words.sent): ANYTHING for one in form.items(held)}
        elif isinstance(held.value, dict):
            for one in form.keys(held).values():
                form.word(one, given.words.sent, key=True)
            made[who] = dict(held.value)
        else:
            form.expected(held, FIELDS, "[phone]")
    return made
