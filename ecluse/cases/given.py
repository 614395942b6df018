"""What a file of cases takes as given: who is who, and what the CRM holds."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Any

from connectors.port import PersonRow
from ecluse.cases.form import Form, Slot
from ecluse.cases.vocabulary import Vocabulary
from mapping import scalars
from mapping.reasons import Reason

PERSON_KEYS = ("profile", "team", "territory", "campaigns", "crm_user", "from", "to")

Data = dict[str, dict[str, Any]]


def read_people(slot: Slot, words: Vocabulary, reasons: Collection[str], form: Form) -> tuple[PersonRow, ...]:
    """Who is who; a profile or campaign that the link does not have is found, unless a case expects its refusal."""
    return tuple(_person(name, one, words, reasons, form) for name, one in form.keys(slot).items())


def _person(name: str, slot: Slot, words: Vocabulary, reasons: Collection[str], form: Form) -> PersonRow:
    held = form.keys(slot, PERSON_KEYS)
    if "profile" not in held:
        form.missing("profile", slot.place)
    profile = _word(held.get("profile"), words.profiles, Reason.UNKNOWN_PROFILE in reasons, form)
    campaigns = tuple(
        _word(one, words.campaigns, Reason.UNKNOWN_CAMPAIGN in reasons, form)
        for one in (form.items(held["campaigns"]) if "campaigns" in held else ())
    )
    texts = {key: form.text(held[key]) if key in held else "" for key in ("team", "territory", "crm_user")}
    ends = _day(held.get("to"), form)
    return PersonRow(
        name, profile, texts["team"], texts["territory"], campaigns, texts["crm_user"], _day(held.get("from"), form),
        ends + timedelta(days=1) if ends else None,
    )  # fmt: skip


def _word(slot: Slot | None, known: Collection[str], free: bool, form: Form) -> str:  # noqa: FBT001 - one of two readings
    if slot is None:
        return ""
    return form.text(slot) if free else form.word(slot, known)


def _day(slot: Slot | None, form: Form) -> datetime | None:
    """The beginning of a day in UTC, as `people.csv` has it."""
    if slot is None or not (said := form.text(slot)):
        return None
    try:
        return datetime.combine(scalars.day(said), time(), UTC)
    except ValueError:
        form.findings.add("E116", slot.place, word=said)
        return None


def read_records(slot: Slot, words: Vocabulary, form: Form) -> dict[str, Data]:
    """Whole records by their names in the file."""
    return {name: read_record(name, one, words, form) for name, one in form.keys(slot).items()}


def read_record(name: str, slot: Slot, words: Vocabulary, form: Form) -> Data:
    """A whole record; without an id it has the name that the file gives it."""
    data = read_fields(slot, words, form)
    contact = data.get("contact", {})
    return {**data, "contact": {**contact, "id": str(contact.get("id", name))}}


def read_fields(slot: Slot, words: Vocabulary, form: Form) -> Data:
    """Object -> field -> value; fields that the link does not read are found."""
    made: Data = {}
    for item, held in form.keys(slot, tuple(words.fields)).items():
        fields = form.keys(held, words.fields[item])
        made[item] = {name: form.json(value) for name, value in fields.items()}
    return made


def changed(data: Mapping[str, Mapping[str, Any]], change: Mapping[str, Mapping[str, Any]]) -> Data:
    """A record with some of its fields changed."""
    return {item: {**data.get(item, {}), **change.get(item, {})} for item in dict.fromkeys((*data, *change))}
