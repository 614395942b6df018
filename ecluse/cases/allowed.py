"""A matrix of who may what, as a case writes it."""

from ecluse.cases.form import Form, Slot
from ecluse.cases.model import Allow, Entry
from ecluse.cases.vocabulary import Vocabulary
from mapping.policy import Policy
from mapping.words import Grant

PARTS = ("read", "masked", "write")


def read_allow(slot: Slot, policy: Policy, words: Vocabulary, form: Form) -> Allow:
    """All that each profile may; profiles, fields, labels and grants that the link does not have are found."""
    held = form.keys(slot, PARTS)
    if not held and not form.findings.errors:
        form.missing("read", slot.place)
    read = _entries(held["read"], policy, words, form) if "read" in held else None
    masked = _entries(held["masked"], policy, words, form) if "masked" in held else {}
    write = _grants(held["write"], words, form) if "write" in held else None
    places = {(part, str(profile)): place.name for part in held for profile, place in held[part].place.keys.items()}
    return Allow(read if read is not None or not masked else {}, masked, write, places)


def _entries(slot: Slot, policy: Policy, words: Vocabulary, form: Form) -> dict[str, tuple[Entry, ...]]:
    known = known_entries(policy, words)
    made = {}
    for profile, held in form.keys(slot).items():
        form.word(held, words.profiles, key=True)
        said = [(form.word(one, known), one) for one in form.items(held)]
        made[profile] = tuple(entry_of(word, policy, one) for word, one in said if word)
    return made


def known_entries(policy: Policy, words: Vocabulary) -> tuple[str, ...]:
    """Fields and labels, as a matrix writes them."""
    fields = [f"{item}.{name}" for item, name in policy.labels]
    return tuple(dict.fromkeys([*fields, *(f"{item}.{label}" for item, label in sorted(words.labels))]))


def entry_of(word: str, policy: Policy, slot: Slot) -> Entry:
    """A field, or a label where there is no field of that name."""
    item, _dot, name = word.partition(".")
    return Entry(item, name, (item, name) not in policy.labels, slot.place.word)


def _grants(slot: Slot, words: Vocabulary, form: Form) -> dict[str, tuple[Grant, ...]]:
    made = {}
    for profile, held in form.keys(slot).items():
        form.word(held, words.profiles, key=True)
        said = [form.word(one, tuple(Grant)) for one in form.items(held)]
        made[profile] = tuple(Grant(word) for word in said if word)
    return made
