"""The words of our notes, for those who read them in Tryton."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from connectors.tryton.settings import Settings

PHRASES: Mapping[str, Mapping[str, str]] = {
    "fr": {
        "call": "Appel",
        "when": "Le {date} à {time} ({zone})",
        "duration": "durée {minutes} min {seconds:02d} s",
        "attempt": "tentative n° {number}",
        "campaign": "campagne {name}",
        "by": "Par {author}",
        "validated": "Validé par {author}",
        "comment": "Commentaire",
        "action": "Prochaine action",
        "status": "État demandé : {after} (était : {before})",
        "appointment": "Rendez-vous",
        "until": "jusqu’au {date} à {time}",
        "place": "Lieu : {place}",
    },
    "en": {
        "call": "Call",
        "when": "On {date} at {time} ({zone})",
        "duration": "lasted {minutes} min {seconds:02d} s",
        "attempt": "attempt {number}",
        "campaign": "campaign {name}",
        "by": "By {author}",
        "validated": "Validated by {author}",
        "comment": "Comment",
        "action": "Next action",
        "status": "State asked for: {after} (was: {before})",
        "appointment": "Appointment",
        "until": "until {date}, {time}",
        "place": "Place: {place}",
    },
}
RESULTS: Mapping[str, Mapping[str, str]] = {
    "fr": {
        "no_answer": "pas de réponse",
        "busy": "occupé",
        "voicemail": "répondeur",
        "invalid_number": "numéro invalide",
        "wrong_person": "mauvais interlocuteur",
        "dropped": "appel interrompu",
        "callback": "à rappeler",
        "qualified": "qualifié",
        "appointment_proposed": "rendez-vous proposé",
        "refused_pitch": "refuse l’argumentaire",
        "opposed": "ne veut plus être appelé",
        "not_interested_now": "pas intéressé pour l’instant",
    },
    "en": {
        "no_answer": "no answer",
        "busy": "busy",
        "voicemail": "voicemail",
        "invalid_number": "invalid number",
        "wrong_person": "wrong person",
        "dropped": "call dropped",
        "callback": "to be called back",
        "qualified": "qualified",
        "appointment_proposed": "appointment proposed",
        "refused_pitch": "would not hear the pitch",
        "opposed": "does not want to be called again",
        "not_interested_now": "not interested for now",
    },
}
DATES = {"fr": "%d/%m/%Y", "en": "%Y-%m-%d"}


def say(settings: Settings, phrase: str, **values: Any) -> str:
    return PHRASES[settings.language][phrase].format(**values)


def result(settings: Settings, disposition: str, label: str) -> str:
    """The result of a call in the reader's words, and the dialer's own beside it."""
    said = RESULTS[settings.language].get(disposition, disposition)
    return f"{said} ({label})" if label and label.casefold() != said.casefold() else said


def when(settings: Settings, text: Any, phrase: str = "when") -> str:
    """An instant as its writer wrote it, offset included; empty where it is none."""
    at = instant(text)
    if at is None:
        return ""
    zone = at.strftime("%z")
    shown = {
        "date": at.strftime(DATES[settings.language]),
        "time": at.strftime("%H:%M"),
        "zone": f"{zone[:3]}:{zone[3:5]}",
    }
    return say(settings, phrase, **shown)


def instant(text: Any) -> datetime | None:
    """RFC 3339 with an offset, or nothing."""
    try:
        at = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return at if at.tzinfo else None


def joined(*parts: str) -> str:
    return ", ".join(part for part in parts if part)


def lines(*parts: str) -> str:
    return "\n".join(part for part in parts if part)
