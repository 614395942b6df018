"""One conversation with Tryton: log in, call, and tell an answer from the error that comes with HTTP 200."""

import base64
from datetime import date, datetime
from typing import Any

from connectors.answers import json_of
from connectors.faults import Malformed, Misconfigured
from connectors.port import Answer, Session
from connectors.tryton.settings import Settings

SIGNED_IN = "tryton.session"
CONTEXT = "tryton.context"


class DeclinedError(Exception):
    """Tryton understood, and said no. `kind` is the name of its exception; what it says of it stays behind."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__(kind)


async def call(session: Session[Settings], method: str, *params: Any, context: dict[str, Any] | None = None) -> Any:
    """Call a method of Tryton's, logged in. Raises DeclinedError beside the faults of the seam."""
    if SIGNED_IN not in session.memory:
        await _log_in(session)
    arguments = [*params, {**session.memory[CONTEXT], **(context or {})}]
    answer = await _post(session, method, arguments, session.memory[SIGNED_IN])
    if answer.status == 401:  # sessions end after minutes without a call
        await _log_in(session)
        answer = await _post(session, method, arguments, session.memory[SIGNED_IN])
    if answer.status == 401:
        raise Misconfigured("session_refused")
    return _result(answer)


async def read(session: Session[Settings], method: str, *params: Any, context: dict[str, Any] | None = None) -> Any:
    """Call a method that only reads: what is declined there is a right that we lack, or a field that is not."""
    try:
        return await call(session, method, *params, context=context)
    except DeclinedError as declined:
        raise _read_fault(declined, method) from None


def _read_fault(declined: DeclinedError, method: str) -> Exception:
    model = method.removeprefix("model.").rpartition(".")[0]
    if declined.kind == "UserError":
        return Misconfigured("not_allowed", fields=(model,))
    return Malformed("crm_failed", fields=(model,))


async def _log_in(session: Session[Settings]) -> None:
    settings = session.settings
    session.memory.pop(SIGNED_IN, None)
    arguments = [settings.user, {"password": settings.password.get_secret_value()}]
    answer = await _post(session, "common.db.login", arguments, "")
    if answer.status == 401:
        raise Misconfigured("login_refused", fields=("user", "password"))
    try:
        result = _result(answer)
    except DeclinedError:  # it asks for more than a password
        raise Misconfigured("login_refused", fields=("user",)) from None
    if not isinstance(result, list) or len(result) < 2 or not isinstance(result[0], int):
        raise Malformed("wrong_shape", fields=("login",))
    named = f"{settings.user}:{result[0]}:{result[1]}".encode()
    token = f"Session {base64.b64encode(named).decode()}"
    session.memory[CONTEXT] = await _context(session, token)
    session.memory[SIGNED_IN] = token


async def _context(session: Session[Settings], token: str) -> dict[str, Any]:
    """The company and employee in whose name the user acts: rules and defaults of Tryton depend on them."""
    answer = await _post(session, "model.res.user.get_preferences", [True, {}], token)
    try:
        preferences = _result(answer) if answer.status != 401 else {}
    except DeclinedError:
        preferences = {}
    if not isinstance(preferences, dict):
        raise Malformed("wrong_shape", fields=("preferences",))
    context = {name: preferences[name] for name in ("company", "employee") if preferences.get(name)}
    return {**context, "company": session.settings.company} if session.settings.company else context


async def _post(session: Session[Settings], method: str, params: list[Any], token: str) -> Answer:
    body = {"id": 0, "method": method, "params": params}
    headers = {"Authorization": token} if token else {}
    return await session.http.request("POST", f"/{session.settings.database}/rpc/", json=body, headers=headers)


def _result(answer: Answer) -> Any:
    data = json_of(answer)
    if not isinstance(data, dict) or ("result" not in data and "error" not in data):
        raise Malformed("wrong_shape", fields=("result",))
    if "error" in data:
        error = data["error"]
        kind = error[0] if isinstance(error, list) and error else ""
        raise DeclinedError(kind if kind in _KINDS else "")
    return data["result"]


#: The names under which Tryton reports; of anything else (a crash) the first word is a text with values in it.
_KINDS = frozenset({"UserError", "UserWarning", "ConcurrencyException", "LoginException"})


def moment(value: datetime | date) -> dict[str, Any]:
    """A date or an instant as Tryton writes it."""
    written: dict[str, Any] = {"year": value.year, "month": value.month, "day": value.day}
    if isinstance(value, datetime):
        clock = {"hour": value.hour, "minute": value.minute, "second": value.second, "microsecond": value.microsecond}
        return {"__class__": "datetime", **written, **clock}
    return {"__class__": "date", **written}


def binary(content: bytes) -> dict[str, str]:
    return {"__class__": "bytes", "base64": base64.b64encode(content).decode()}
