"""Titles of the refusals at the door, in French and in English.

A dialer's developer reads them once, in a log: short, and about the request, never about a value.
"""

import re

from mapping.reasons import Reason

DEFAULT_LANGUAGE = "fr"

_TAG = re.compile(r"([A-Za-z]{2})(?:-[A-Za-z0-9-]{1,32})?(?:\s*;\s*q=([01](?:\.[0-9]{0,3})?))?")

_TITLES: dict[Reason, tuple[str, str]] = {
    Reason.BAD_SIGNATURE: ("Signature absente ou fausse", "Signature missing or wrong"),
    Reason.STALE_TIMESTAMP: (
        "Horodatage à plus de cinq minutes de notre heure",
        "Timestamp more than five minutes off",
    ),
    Reason.UNAUTHORISED: ("Jeton d’accès attendu", "Bearer token expected"),
    Reason.TOO_LARGE: ("Requête trop volumineuse", "Request too large"),
    Reason.TOO_DEEP: ("JSON imbriqué sur plus de 32 niveaux", "JSON nested more than 32 levels deep"),
    Reason.TOO_MANY_VALUES: ("JSON de plus de 5 000 valeurs", "JSON with more than 5,000 values"),
    Reason.TOO_SLOW: ("Corps de requête trop lent à arriver", "Request body too slow to arrive"),
    Reason.NOT_UTF8: ("Le corps n’est pas de l’UTF-8", "The body is not UTF-8"),
    Reason.NOT_JSON: ("Le corps n’est pas du JSON", "The body is not JSON"),
    Reason.DUPLICATE_KEY: ("Deux fois la même clé dans un objet JSON", "The same key twice in one JSON object"),
    Reason.KEY_TOO_LONG: ("Clé JSON de plus de 256 caractères", "JSON key longer than 256 characters"),
    Reason.STRING_TOO_LONG: ("Texte de plus de 64 Kio", "Text longer than 64 KiB"),
    Reason.LONE_SURROGATE: ("Texte contenant une moitié de caractère", "Text with half a character in it"),
    Reason.NOT_A_NUMBER: ("NaN et Infinity ne sont pas des nombres JSON", "NaN and Infinity are no JSON numbers"),
    Reason.NUMBER_TOO_LARGE: ("Nombre trop grand", "Number too large"),
    Reason.ENCODED_BODY: ("Corps compressé refusé", "Compressed body refused"),
    Reason.WRONG_CONTENT_TYPE: ("Content-Type inattendu", "Unexpected Content-Type"),
    Reason.WRONG_SHAPE: ("La requête n’a pas la forme attendue", "The request has not the expected shape"),
    Reason.UNKNOWN_TENANT: ("L’événement nomme un autre client", "The event names another tenant"),
    Reason.UNKNOWN_PROFILE: ("Profil inconnu de ce lien", "Profile unknown to this link"),
    Reason.UNKNOWN_CAMPAIGN: ("Campagne inconnue de ce lien", "Campaign unknown to this link"),
    Reason.NOT_FOUND: ("Rien à cette adresse", "Nothing at this address"),
    Reason.METHOD_NOT_ALLOWED: ("Méthode refusée à cette adresse", "Method not allowed at this address"),
    Reason.SHEDDING: ("Momentanément fermé : recommencez plus tard", "Closed for the moment: try again later"),
    Reason.INTERNAL_ERROR: ("Erreur de notre côté : recommencez plus tard", "Our mistake: try again later"),
}

#: The reasons that a door can give.
AT_THE_DOOR = tuple(_TITLES)


def title(reason: Reason, language: str) -> str:
    french, english = _TITLES[reason]
    return english if language == "en" else french


def language_of(accept: str) -> str:
    """`fr` or `en`, whichever an Accept-Language header likes better; French where it does not care."""
    liked = {"fr": 0.0, "en": 0.0}
    for part in accept.split(",")[:16]:
        tag = _TAG.fullmatch(part.strip())
        if tag and (name := tag[1].lower()) in liked:
            liked[name] = max(liked[name], float(tag[2] or 1))
    return "en" if liked["en"] > liked["fr"] else DEFAULT_LANGUAGE
