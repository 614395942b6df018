"""A validated appointment: a calendar file attached to the record, and a note that says who validated it.

Nothing of the opportunity itself is touched: its dates are the forecast's, and not ours to move.
"""

from datetime import UTC, datetime

from connectors.calendar import NotAnAppointmentError, calendar_file, handle
from connectors.port import Delivered, Order, Outcome, Refused, Session
from connectors.tryton.rpc import binary, call
from connectors.tryton.settings import Settings
from connectors.tryton.words import joined, lines, say, when
from connectors.tryton.writing import author_of, note, reference, sink, validator_of


async def _book_appointment(session: Session[Settings], order: Order) -> Outcome:
    settings, body, on = session.settings, order.body, reference(order.record)
    start, end = when(settings, body.get("start")), when(settings, body.get("end"), "until")
    try:
        key = await _attach(session, order, on)
    except NotAnAppointmentError as error:
        return Refused("invalid_value", (error.field,))
    validated = validator_of(body)
    title = say(settings, "appointment")
    text = lines(
        f"{title} – {body['subject']}" if body.get("subject") else title,
        joined(start, end),
        say(settings, "place", place=body["place"]) if body.get("place") else "",
        str(body.get("note") or ""),
        say(settings, "by", author=author_of(body)),
        say(settings, "validated", author=validated) if validated else "",
    )
    await note(session, order, on, text)
    return Delivered(key)


async def _attach(session: Session[Settings], order: Order, on: str) -> str:
    """Attach the calendar file, unless the one with our key is there already; its id.

    Files of the same appointment under other keys are earlier words on it, which this one replaces.
    """
    settings = session.settings
    family = f"rdv-{handle(str(order.body.get('id') or order.record))}"
    name = f"{family}-{handle(order.once)}.ics"
    clause = [["resource", "=", on], ["name", "like", f"{family}-%"]]
    found = await call(session, "model.ir.attachment.search_read", clause, 0, None, None, ["name"])
    for attachment in found:
        if attachment.get("name") == name:
            return str(attachment["id"])
    content = calendar_file(
        order.body,
        about=order.record,
        time_zone=settings.time_zone,
        organizer=settings.organizer,
        sequence=len(found),
        stamp=datetime.now(UTC),
    )
    values = {"resource": on, "name": name, "type": "data", "data": binary(content)}
    [made] = await call(session, "model.ir.attachment.create", [values])
    return str(made)


book_appointment = sink(_book_appointment)
