"""The words that people write into a spreadsheet of rights, in French and in English, capitals and accents apart."""

from collections.abc import Mapping
from enum import StrEnum

from mapping.words import Object


class Answer(StrEnum):
    """What a cell says of a pair."""

    YES = "yes"
    MASKED = "masked"
    NO = "no"


_YES = (
    "oui", "o", "yes", "y", "x", "1", "1_0", "1_00", "vrai", "true", "ok", "voit", "lire", "lecture", "read", "visible",
    "✓", "✔", "☑", "✅",
)  # fmt: skip
_MASKED = ("masque", "masquee", "masques", "masked", "mask", "partiel", "partielle", "partial", "en_partie")
_NO = ("non", "n", "no", "0", "0_0", "0_00", "faux", "false", "interdit", "aucun", "none", "✗", "✘", "❌", "☐")
_NOTHING = ("", "-", "–", "—")

ANSWERS: Mapping[str, Answer] = {
    **dict.fromkeys(_YES, Answer.YES),
    **dict.fromkeys(_MASKED, Answer.MASKED),
    **dict.fromkeys((*_NO, *_NOTHING), Answer.NO),
}
#: What is offered to who wrote another word.
OFFERED = ("oui", "non", "masqué", "yes", "no", "masked")

OBJECTS: Mapping[str, str] = {
    **{item.value: item.value for item in Object},
    **dict.fromkeys(("contacts", "prospect", "prospects"), "contact"),
    **dict.fromkeys(("compte", "comptes", "societe", "entreprise"), "account"),
    **dict.fromkeys(("opportunite", "opportunites", "affaire", "affaires"), "opportunity"),
}

_HEADS = {
    "profile": ("profil", "profile", "profils", "profiles"),
    "object": ("objet", "object"),
    "item": ("champ", "field", "donnee", "libelle", "label", "etiquette", "objet_champ", "object_field"),
    "answer": ("droit", "right", "acces", "access", "reponse", "answer", "voit", "sees"),
    "ignored": ("commentaire", "commentaires", "comment", "comments", "remarque", "remarques", "motif", "reason"),
}
#: The word over a column -> what the column is.
HEADS: Mapping[str, str] = {word: head for head, words in _HEADS.items() for word in words}
