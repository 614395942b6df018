"""What all writes share: which record of Tryton's is meant, our mark on what we wrote, and what a "no" means.

There is no way here to any other model than notes, attachments and the state buttons of opportunities.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from connectors.faults import Malformed
from connectors.port import Busy, Delivered, Order, Outcome, Push, Refused, Session
from connectors.tryton.rows import MODELS
from connectors.tryton.rpc import DeclinedError, call
from connectors.tryton.settings import Settings
from mapping.words import Object

Write = Callable[[Session[Settings], Order], Awaitable[Outcome]]


def sink(write: Write) -> Push:
    """Carry orders out one by one, and turn what Tryton declines into an outcome."""

    async def push(session: Session[Settings], orders: Sequence[Order]) -> Sequence[Outcome]:
        return [await _outcome(session, order, write) for order in orders]

    return push


async def _outcome(session: Session[Settings], order: Order, write: Write) -> Outcome:
    if target_of(order.record) is None:
        return Refused("no_such_record")
    try:
        return await write(session, order)
    except DeclinedError as declined:
        if declined.kind == "ConcurrencyException":
            return Busy("changed_meanwhile")
        if declined.kind == "UserWarning":
            return Refused("confirmation_asked")
        if declined.kind != "UserError":
            raise Malformed("crm_failed", fields=(order.kind.value,)) from None
    return Refused("refused_by_crm" if await _is_there(session, order.record) else "no_such_record")


def target_of(record: str) -> tuple[str, int] | None:
    """Model and id behind `object/id`."""
    kind, _, key = record.partition("/")
    if kind not in set(Object) or not key.isascii() or not key.isdigit() or len(key) > 18:
        return None
    return MODELS[Object(kind)], int(key)


def reference(record: str) -> str:
    """A record as notes and attachments name it: `party.party,42`."""
    target = target_of(record)
    return f"{target[0]},{target[1]}" if target else ""


async def _is_there(session: Session[Settings], record: str) -> bool:
    model, key = target_of(record) or ("", 0)
    clause, everything = [["id", "=", key]], {"active_test": False}
    try:
        found = await call(session, f"model.{model}.search_count", clause, 0, None, context=everything)
    except DeclinedError:
        return False
    return bool(found)


def mark_of(order: Order) -> str:
    """The last line of each note of ours. Only the last: whoever writes a comment cannot put it there."""
    return f"[ecluse:{order.once}]"


async def marked(session: Session[Settings], order: Order, places: Sequence[str]) -> dict[str, Any] | None:
    """The note that this order has left on one of these records, if it has."""
    mark = mark_of(order)
    clause = [["resource", "in", list(places)], ["message", "like", f"%{mark}"]]
    fields = ["message", "resource", "create_date"]
    for found in await call(session, "model.ir.note.search_read", clause, 0, None, None, fields):
        if str(found.get("message")).rstrip().rpartition("\n")[2] == mark:
            return dict(found)
    return None


async def note(session: Session[Settings], order: Order, place: str, text: str) -> str:
    """Leave a note on a record, unless the one with our mark is there already; its id."""
    found = await marked(session, order, [place])
    return str(found["id"]) if found else await leave_note(session, order, place, text)


async def leave_note(session: Session[Settings], order: Order, place: str, text: str) -> str:
    """Leave a note on a record where `marked` has found none."""
    message = f"{text}\n\n{mark_of(order)}".replace("\x00", "")
    [made] = await call(session, "model.ir.note.create", [{"resource": place, "message": message}])
    return str(made)


async def noted(session: Session[Settings], order: Order, text: str) -> Delivered:
    return Delivered(await note(session, order, reference(order.record), text))


def author_of(body: Any) -> str:
    """Who did it, by the id that the dialer knows and, where there is one, the CRM's own."""
    return named(body.get("author"))


def validator_of(body: Any) -> str:
    """Who validated it, in the same way; empty where it needed nobody."""
    return named(body["validated_by"]) if body.get("validated_by") else ""


def named(person: Any) -> str:
    """A person of a write: `id`, and `crm_user` beside it."""
    held = person or {}
    known, there = str(held.get("id") or ""), str(held.get("crm_user") or "")
    return f"{known} ({there})" if there and there != known else known or there or "?"
