"""JobPhoning's outgoing webhook, read with patience: one client, and the whole history of their calls.

JSON in the form field `data`, or as the raw body. No vendor document says in which form hours and
durations come, so the usual French and ISO forms are read. What cannot be read is passed on as it
came, for the core to strip and to say so: better than a webhook refused and never sent again.
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import Any
from urllib.parse import parse_qsl

from connectors import strict_json
from connectors.faults import Malformed
from connectors.port import Happening
from mapping.words import EventType

_RECORD = re.compile(r"(contact|account|opportunity)/[!-~]{1,128}", re.ASCII)
_FRENCH = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})[ T,à]+(\d{1,2})[:hH](\d{2})(?::(\d{2}))?", re.ASCII)
_CLOCK = re.compile(r"(?:(\d{1,3}):)?(\d{1,3}):(\d{2})", re.ASCII)
_SPOKEN = re.compile(
    r"(?:PT)?(?:(\d+)\s*h(?:eures?)?)?\s*(?:(\d+)\s*m(?:in|n|inutes?)?)?\s*(?:(\d+)\s*(?:s|sec|secondes?)?)?",
    re.ASCII | re.IGNORECASE,
)
#: Seconds since 1970 before this are no hour of a call.
_EPOCH_FLOOR = 946_684_800
#: Years of a call: outside of them, zones run out of calendar.
_YEARS = range(1970, 2200)


def read(body: bytes, content_type: str, zone: tzinfo) -> list[Happening]:
    """One happening for each call of the history. Raises Malformed."""
    told = strict_json.parse(_payload(body, content_type))
    client, history = (told.get("Client"), told.get("HistoriqueAppel")) if isinstance(told, dict) else (None, None)
    if isinstance(history, dict):
        history = [history]
    if not isinstance(client, dict) or not isinstance(history, list) or not history:
        raise Malformed("wrong_shape", fields=("/Client missing", "/HistoriqueAppel missing"))
    if not all(isinstance(call, dict) for call in history):
        raise Malformed("wrong_shape", fields=("/HistoriqueAppel list_of_objects",))
    return [_happening(client, call, zone) for call in history]


def _payload(body: bytes, content_type: str) -> bytes:
    """The JSON: the body itself where it begins like JSON, else the field `data` of a form."""
    if body.lstrip()[:1] in {b"{", b"["}:
        return body
    if content_type.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
        return body
    try:
        fields = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=50)
    except (UnicodeDecodeError, ValueError):
        raise Malformed("not_utf8") from None
    found = [value for name, value in fields if name == "data"]
    if len(found) != 1:
        raise Malformed("wrong_shape", fields=("data missing",))
    return found[0].encode()


def _happening(client: Mapping[str, Any], call: Mapping[str, Any], zone: tzinfo) -> Happening:
    login = _text(_inner(call.get("Teleoperateur"), "Login"))
    said = call.get("DateAppel")
    moment = instant(said, zone)
    identity = _text(client.get("ID"))
    # The whole history comes again with each call, without ids: these tell a call from the others.
    known_by = [identity or _phone(client), moment.astimezone(UTC).isoformat() if moment else _text(said), login]
    if moment is None:
        known_by += [_text(call.get(part)) for part in ("Etat", "Duree", "Commentaire")]
    name = hashlib.sha256("\x1f".join(known_by).encode()).hexdigest()[:40]
    result = {
        "id": name,
        "disposition": _text(call.get("Etat")),
        "started_at": moment.isoformat() if moment else _text(said),
        "duration": seconds(call.get("Duree")),
        "comment": _text(call.get("Commentaire")),
    }
    return Happening(
        id=name,
        type=EventType.CALL_ENDED.value,
        time=moment.isoformat() if moment else "",
        data={
            "prospect": _prospect(client, identity),
            "agent": {"id": login},
            "call": {key: value for key, value in result.items() if value not in {None, ""}},
        },
    )


def _prospect(client: Mapping[str, Any], identity: str) -> dict[str, str]:
    """Our id where it is ours that came back; else theirs, and the number by which the core may find the record."""
    if _RECORD.fullmatch(identity):
        return {"id": identity}
    return {key: value for key, value in (("vendor_id", identity), ("phone", _phone(client))) if value}


def _phone(client: Mapping[str, Any]) -> str:
    return _text(client.get("TelephoneFixe")) or _text(client.get("TelephonePortable"))


def instant(said: object, zone: tzinfo) -> datetime | None:
    """ISO 8601 with or without offset, `20/11/2026 10:11(:12)`, `20/11/2026 à 10h11`, or seconds since 1970.

    An hour without offset is of `zone`; in the hour that autumn repeats, the first of the two.
    """
    text = _text(said).strip()
    if re.fullmatch(r"\d{10}|\d{13}", text, re.ASCII):
        moment = int(text[:10])
        return datetime.fromtimestamp(moment, UTC) if moment >= _EPOCH_FLOOR else None
    french = _FRENCH.fullmatch(text)
    try:
        if french:
            day, month, year, hour, minute, second = (int(part or 0) for part in french.groups())
            return datetime(year, month, day, hour, minute, second, tzinfo=zone) if year in _YEARS else None
        found = datetime.fromisoformat(text) if re.match(r"\d{4}-?\d\d-?\d\d[ T]\d\d", text, re.ASCII) else None
    except ValueError:
        return None
    if found is None or found.year not in _YEARS:
        return None
    return found.replace(tzinfo=zone) if found.tzinfo is None else found


def seconds(said: object) -> int | None:
    """`125`, `2:05`, `00:02:05`, `2 min 5 s`, `2m05`, `PT2M5S`; None where it is none of these."""
    text = _text(said).strip()
    if re.fullmatch(r"\d{1,6}(\.0+)?", text, re.ASCII):
        return int(text.partition(".")[0])
    found = _CLOCK.fullmatch(text) or (_SPOKEN.fullmatch(text) if text else None)
    if found is None or not any(found.groups()):
        return None
    hours, minutes, rest = (int(part[:6]) if part else 0 for part in found.groups())
    total = hours * 3_600 + minutes * 60 + rest
    return total if total <= 86_400 else None


def _inner(value: object, key: str) -> object:
    return value.get(key) if isinstance(value, dict) else None


def _text(value: object) -> str:
    """Text, or a number as text; anything else is nothing."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""
