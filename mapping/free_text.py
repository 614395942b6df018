"""Which fields hold free text: prose in which anybody may have written anything."""

import re
from typing import Final

from mapping.link import FieldMap
from mapping.words import Shape

#: The label by which a firm says so of a field whose name does not.
LABEL: Final = "free_text"
#: A text that may be longer than what a line allows by itself is prose.
LONGEST_WORD: Final = 500
#: How CRMs call such fields, French and English; as a part of a name, and any name may end with the long ones.
NAMES: Final = frozenset((
    "annotation", "annotations", "body", "comment", "comments", "commentaire", "commentaires", "description",
    "descriptions", "freetext", "history", "historique", "libre", "memo", "memos", "message", "messages", "note",
    "notes", "observation", "observations", "precision", "precisions", "remark", "remarks", "remarque",
    "remarques", "resume", "summary",
))  # fmt: skip
_ENDS: Final = tuple(sorted(name for name in NAMES if len(name) >= 7))
_PARTS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def free_text(line: FieldMap, label: str | None) -> bool:
    """Whether a `fields` line lets prose out: by its label, by its field's name, or by the length it allows."""
    if line.values is not None or line.shape not in {Shape.TEXT, Shape.SCREENED_TEXT}:
        return False
    return label == LABEL or line.max > LONGEST_WORD or named_so(line.source.split(".", 1)[1])


def named_so(name: str) -> bool:
    """Whether a CRM field is free text by its name: `contact_notes`, `Comments__c`, `internalRemarks`."""
    parts = [part.lower() for part in _PARTS.findall(name)]
    return not NAMES.isdisjoint(parts) or name.lower().rstrip("_0123456789").endswith(_ENDS)


def unscreened(line: FieldMap, label: str | None) -> bool:
    """Whether a line would let prose out as it was written."""
    return line.shape is not Shape.SCREENED_TEXT and free_text(line, label)


__all__ = ["LABEL", "LONGEST_WORD", "NAMES", "free_text", "named_so", "unscreened"]
