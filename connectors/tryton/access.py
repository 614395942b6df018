"""What our user may do in Tryton, against the least that the connector needs."""

from collections.abc import Sequence

from connectors.faults import Misconfigured
from connectors.port import Finding, Session
from connectors.tryton.cursor import FIELD
from connectors.tryton.rows import OPPORTUNITY, PARTY
from connectors.tryton.rpc import DeclinedError, call
from connectors.tryton.settings import Settings
from connectors.tryton.values import definition_of, paths

#: Notes and attachments are written by whoever may write the record that they hang on: Tryton has no finer right.
NEEDED = {
    PARTY: ("read", "write"),
    OPPORTUNITY: ("read", "write"),
    "party.contact_mechanism": ("read",),
    "party.address": ("read",),
    "ir.note": ("read", "create"),
    "ir.attachment": ("read", "create"),
}
#: Rights whose holder could do harm that we never do.
TOO_MUCH = {PARTY: ("create", "delete"), OPPORTUNITY: ("create", "delete")}


async def access(session: Session[Settings]) -> Sequence[Finding]:
    """Log in, and compare rights and fields; `more_than_needed` is no failure, but worth taking away."""
    try:
        rights = await call(session, "model.ir.model.access.get_access", list(NEEDED))
    except Misconfigured as fault:
        return [Finding(ok=False, code=fault.code, fields=fault.fields)]
    except DeclinedError:
        return [Finding(ok=False, code="module_missing", fields=tuple(NEEDED))]
    found = [Finding(ok=True, code="signed_in")]
    for model, needed in NEEDED.items():
        lacking = tuple(f"{model}:{right}" for right in needed if not rights.get(model, {}).get(right))
        found.append(Finding(not lacking, "right_missing" if lacking else "rights_held", lacking or (model,)))
    spare = tuple(f"{m}:{right}" for m, rs in TOO_MUCH.items() for right in rs if rights.get(m, {}).get(right))
    if spare:
        found.append(Finding(ok=True, code="more_than_needed", fields=spare))
    for model in (PARTY, OPPORTUNITY):
        held = await definition_of(session, model, FIELD)
        found.append(Finding(bool(held), "field_held" if held else "version_too_old", (f"{model}.{FIELD}",)))
    found += await _account_field(session)
    return found


async def _account_field(session: Session[Settings]) -> list[Finding]:
    name = session.settings.account_field
    if not name:
        return []
    held = await paths(session, PARTY, (name,))
    return [Finding(bool(held), "field_held" if held else "field_missing", (f"{PARTY}.{name}",))]
