"""What free text is screened for."""

from enum import StrEnum


class Kind(StrEnum):
    """Why a sentence stays home."""

    #: Amounts, percentages, margins, discounts, in figures and in words.
    PRICE = "price"
    #: What identifies somebody or tells of their private life, beyond what a call needs.
    PERSONAL = "personal"
    INSULT = "insult"
    HEALTH = "health"
