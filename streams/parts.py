"""One event, one kind of write: what a dialer bundles is split before it enters the log.

A call that ends with an appointment is a result and a proposal; each is decided, held and counted
on its own. The parts' ids are derived, so that the same call told twice gives the same parts.
"""

from typing import Any

from mapping.policy import Policy
from mapping.words import EventType

_BUNDLED = (
    ("status", EventType.STATUS_PROPOSED, "status"),
    ("next_action", EventType.ACTION_PLANNED, "action"),
    ("appointment", EventType.APPOINTMENT_PROPOSED, "appointment"),
)
_SHARED = ("prospect", "campaign", "agent")


def parts(event: dict[str, Any], policy: Policy | None = None) -> list[dict[str, Any]]:
    """The events one phoning event is made of, itself first; given a policy, also the status its result proposes."""
    data = event.get("data")
    if event.get("type") != EventType.CALL_ENDED or type(data) is not dict:
        return [event]
    bundled = [(block, kind, suffix) for block, kind, suffix in _BUNDLED if data.get(block) is not None]
    proposed = None if "status" in data else _proposed(data, policy)
    if not bundled and proposed is None:
        return [event]
    rest = {name: value for name, value in data.items() if name not in {block for block, _, _ in bundled}}
    events = [{**event, "data": rest}]
    for block, kind, suffix in bundled:
        events.append(_part(event, data, kind, suffix, {block: data[block]}))
    if proposed is not None:
        events.append(_part(event, data, EventType.STATUS_PROPOSED, "status", {"status": {"value": proposed}}))
    return events


def _part(event: dict[str, Any], data: dict[str, Any], kind: EventType, suffix: str, block: dict[str, Any]) -> Any:
    shared = {name: data[name] for name in _SHARED if name in data}
    return {**event, "id": f"{event.get('id')}/{suffix}", "type": kind.value, "data": {**shared, **block}}


def _proposed(data: dict[str, Any], policy: Policy | None) -> str | None:
    call = data.get("call")
    disposition = call.get("disposition") if type(call) is dict else None
    if policy is None or type(disposition) is not str:
        return None
    # As the decision reads it: a dialer's "nrp" is the link's "NRP".
    said = disposition.casefold()
    return next((rule.propose_status for name, rule in policy.dispositions.items() if name.casefold() == said), None)
