"""Every sentence that a reading may say, for those who translate them."""

from collections.abc import Iterator

from mapping import document, label_checks, people_checks, refusals, rights_checks, sharing, word_checks
from mapping.codes import CODES


def messages() -> Iterator[tuple[str, str]]:
    """Message ids, each with where it is said: sentences and remedies, notes, and words that fill them."""
    for code, rule in CODES.items():
        yield rule.message, code
        yield rule.remedy, code
    for module in (document, label_checks, rights_checks, sharing):
        for note in module.NOTES:
            yield note, module.__name__
    for spoken in (document, people_checks, refusals, sharing, word_checks):
        for term in spoken.TERMS:
            yield term, spoken.__name__


__all__ = ["messages"]
