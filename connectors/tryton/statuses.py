"""A lead's status: the state of its opportunity, moved by the buttons that a seller has, and by nothing else.

Amount, party and employee are not named here, and no method is called that writes fields.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from connectors.port import Delivered, Order, Outcome, Refused, Session
from connectors.tryton.rows import OPPORTUNITY
from connectors.tryton.rpc import call
from connectors.tryton.settings import Settings, State
from connectors.tryton.values import Path, plain, stamp_of
from connectors.tryton.words import lines, say
from connectors.tryton.writing import author_of, leave_note, marked, sink, target_of, validator_of


class Button(NamedTuple):
    """A method of the opportunity, and the states from which Tryton shows it."""

    method: str
    sources: frozenset[str]


#: The button that leads to each state.
BUTTONS = {
    State.LEAD: Button("lead", frozenset({"opportunity", "lost", "cancelled"})),
    State.OPPORTUNITY: Button("opportunity", frozenset({"lead"})),
    State.CONVERTED: Button("convert", frozenset({"opportunity"})),
    State.LOST: Button("lost", frozenset({"lead", "opportunity"})),
    State.CANCELLED: Button("cancel", frozenset({"lead", "opportunity"})),
}
OPEN = ("lead", "opportunity")
#: What a button may change.
CHANGES = {"state": "selection", "end_date": "date", "converted_by": "many2one"}
FIELDS = [*CHANGES, "last_modified_at", "_timestamp"]
MOST_CANDIDATES = 200


async def _set_status(session: Session[Settings], order: Order) -> Outcome:
    wanted = str(order.body.get("status") or "")
    if wanted not in set(session.settings.may_set):
        return Refused("status_not_allowed", ("status",))
    candidates = await _candidates(session, order.record)
    if not candidates:
        return Refused("no_opportunity")
    places = {f"{OPPORTUNITY},{one['id']}": one for one in candidates}
    trace = await marked(session, order, list(places))
    before = places[str(trace["resource"])] if trace else _shown(candidates)
    there = before["state"] == wanted
    if trace and not there and stamp_of(before["last_modified_at"]) > stamp_of(trace["create_date"]):
        return Refused("overtaken", ("state",))  # somebody has moved it since we first tried
    if not there and before["state"] not in BUTTONS[State(wanted)].sources:
        return Refused("transition_not_possible", ("state",))
    # The note goes first: it says which opportunity was meant, should the answer to the next call be lost.
    key = str(trace["id"]) if trace else await leave_note(session, order, _place(before), _text(session, order, before))
    if there:  # by an earlier attempt, whose echo is still to come, or by somebody else
        return Delivered(key, {f"opportunity/{before['id']}.state": wanted} if trace else {})
    after = await _moved(session, before, wanted)
    if after.get("state") != wanted:
        return Refused("transition_not_possible", ("state",))
    return Delivered(key, _changes(after, before))


async def _candidates(session: Session[Settings], record: str) -> list[dict[str, Any]]:
    """The opportunity itself, or all of a party, the latest change first."""
    model, key = target_of(record) or ("", 0)
    clause = [["id", "=", key]] if model == OPPORTUNITY else [["party", "=", key]]
    order = [["last_modified_at", "DESC"], ["id", "DESC"]]
    found = await call(session, f"model.{OPPORTUNITY}.search_read", clause, 0, MOST_CANDIDATES, order, FIELDS)
    return [dict(one) for one in found]


def _shown(candidates: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The one that the party's prospects were shown: an open one before a closed one, then the latest."""
    return next((one for one in candidates if one["state"] in OPEN), candidates[0])


async def _moved(session: Session[Settings], before: Mapping[str, Any], wanted: str) -> dict[str, Any]:
    """Press the button, if nobody has changed the opportunity since we read it, and look at what became of it."""
    guard = {"_timestamp": {_place(before): before["_timestamp"]}}
    button = BUTTONS[State(wanted)].method
    await call(session, f"model.{OPPORTUNITY}.{button}", [before["id"]], context=guard)
    [after] = await _candidates(session, f"opportunity/{before['id']}") or [{}]
    return after


def _place(opportunity: Mapping[str, Any]) -> str:
    return f"{OPPORTUNITY},{opportunity['id']}"


def _text(session: Session[Settings], order: Order, before: Mapping[str, Any]) -> str:
    asked = say(session.settings, "status", before=before["state"], after=order.body["status"])
    validated = validator_of(order.body)
    return lines(
        asked,
        say(session.settings, "by", author=author_of(order.body)),
        say(session.settings, "validated", author=validated) if validated else "",
    )


def _changes(after: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """What the button changed, by the names under which intake will see it come back."""
    names = [name for name in CHANGES if after.get(name) != before.get(name)]
    return {f"opportunity/{after['id']}.{name}": plain(after[name], Path((name,), CHANGES[name])) for name in names}


set_status = sink(_set_status)
