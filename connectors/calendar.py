"""A validated appointment as an iCalendar file (RFC 5545), for CRMs that have no calendar of their own."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vCalAddress

DEFAULT_DURATION = timedelta(hours=1)
PRODUCT = "-//Ecluse//Appointments//FR"


class NotAnAppointmentError(ValueError):
    """A field without which there is no appointment; `field` is its name."""

    def __init__(self, field: str) -> None:
        self.field = field
        super().__init__(field)


def handle(appointment_id: str) -> str:
    """Twelve characters that stand for an appointment in file names."""
    return hashlib.sha256(appointment_id.encode()).hexdigest()[:12]


def calendar_file(
    body: Mapping[str, Any], *, about: str, time_zone: str, organizer: str, sequence: int, stamp: datetime
) -> bytes:
    """The file of one appointment: the same identity each time, a higher `sequence` for each later word on it.

    `about` is the record. Raises NotAnAppointmentError.
    """
    zone = ZoneInfo(time_zone)
    start = _instant(body, "start").astimezone(zone)
    end = _instant(body, "end").astimezone(zone) if body.get("end") else start + DEFAULT_DURATION
    if end <= start:
        raise NotAnAppointmentError("end")
    event = Event()
    event.add("uid", f"{handle(str(body.get('id') or about))}@ecluse")
    event.add("dtstamp", stamp.astimezone(UTC))
    event.add("dtstart", start)
    event.add("dtend", end)
    event.add("sequence", sequence)
    event.add("status", "CONFIRMED")
    event.add("summary", str(body.get("subject") or about))
    for name, value in (("location", body.get("place")), ("description", body.get("note"))):
        if value:
            event.add(name, str(value))
    event["organizer"] = vCalAddress(f"mailto:{organizer}" if organizer else "invalid:nomail")
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "REQUEST")
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _instant(body: Mapping[str, Any], field: str) -> datetime:
    try:
        at = datetime.fromisoformat(body[field])
    except (KeyError, TypeError, ValueError):
        raise NotAnAppointmentError(field) from None
    if at.tzinfo is None:
        raise NotAnAppointmentError(field)
    return at
