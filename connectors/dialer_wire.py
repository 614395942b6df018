"""What we say to a platform that implements the receiving half of the open dialer API.

Signed batches to `{base}/prospects` and `{base}/recalls` (docs/open-dialer-api.md). The platform
answers for each item, or with an empty 2xx for all of them.
"""

import hashlib
import time
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any, Self

import orjson
from pydantic import Field, SecretStr, model_validator

from connectors import signatures
from connectors.answers import json_of
from connectors.faults import Fault, Malformed
from connectors.http import HttpSettings, checked_address
from connectors.inlet import Inlet, SigningSecret
from connectors.port import Busy, Delivered, Finding, Order, Outcome, Refused, Session

BATCH = 100
_CODE_CHARS = 64


class Payload(StrEnum):
    """How much of a prospect crosses the wire unasked."""

    FULL = "full"
    #: Only ids: the platform fetches each profile's view when somebody opens the prospect.
    THIN = "thin"


class WireSettings(HttpSettings):
    """A connection to a platform that speaks the open dialer API."""

    base_url: Annotated[
        str, Field(description="Where the platform receives prospects; empty: it fetches them from us", max_length=500)
    ] = ""
    payload: Annotated[Payload, Field(description="`full`, or `thin`: only ids, and the platform fetches")] = (
        Payload.FULL
    )
    send_secrets: Annotated[
        tuple[SigningSecret, ...],
        Field(description="whsec_… secrets with which we sign what we send; first the newest"),
    ] = ()
    inlet: Annotated[Inlet, Field(description="The keys by which the platform may come in")] = Inlet()

    @model_validator(mode="after")
    def _address_is_safe(self) -> Self:
        if not self.base_url:
            return self
        if not self.send_secrets:
            raise ValueError("send_secrets: what is sent to base_url must be signed")
        try:
            checked_address(self.base_url, allow_http=self.allow_http)
        except Fault as fault:
            raise ValueError(fault.code) from None
        return self


def signing_keys(secrets: Sequence[SecretStr]) -> list[bytes]:
    return [signatures.secret(one.get_secret_value()) for one in secrets]


async def push_prospects(session: Session[Any], orders: Sequence[Order]) -> list[Outcome]:
    thin = session.settings.payload is Payload.THIN
    items = [_thin(order) if thin else {**order.body, **_thin(order)} for order in orders]
    return await _push(session, "prospects", orders, items)


async def push_recalls(session: Session[Any], orders: Sequence[Order]) -> list[Outcome]:
    items = [
        {
            "id": order.record,
            "once": order.once,
            "campaign": order.body.get("campaign", ""),
            "reason": order.body.get("reason", ""),
        }
        for order in orders
    ]
    return await _push(session, "recalls", orders, items)


async def access(session: Session[Any]) -> list[Finding]:
    """Whether the platform answers at its address and believes our signature."""
    if not session.settings.base_url:
        return [Finding(ok=True, code="platform_fetches")]
    findings = []
    for path in ("prospects", "recalls"):
        try:
            await _post(session, path, {path: []})
        except Fault as fault:
            findings.append(Finding(ok=False, code=fault.code, fields=(path,)))
        else:
            findings.append(Finding(ok=True, code="reachable", fields=(path,)))
    return findings


def _thin(order: Order) -> dict[str, Any]:
    """What a platform needs to fetch the rest. `dial` is false where nobody may be rung yet."""
    return {
        "id": order.record,
        "once": order.once,
        "campaign": order.body.get("campaign", ""),
        "dial": order.body.get("dial", True),
    }


async def _push(
    session: Session[Any], path: str, orders: Sequence[Order], items: Sequence[Mapping[str, Any]]
) -> list[Outcome]:
    if not session.settings.base_url:
        # The platform fetches: what was decided is in the feed as soon as this is acknowledged.
        return [Delivered() for _ in orders]
    told = await _post(session, path, {path: items})
    if told is None:
        return [Delivered() for _ in orders]
    results = told.get("results") if isinstance(told, dict) else None
    if not isinstance(results, list):
        raise Malformed("no_results", fields=("results",))
    by_once = {one.get("once"): one for one in results if isinstance(one, dict) and isinstance(one.get("once"), str)}
    return [_outcome(by_once.get(order.once)) for order in orders]


async def _post(session: Session[Any], path: str, message: Mapping[str, Any]) -> Any:
    body = orjson.dumps(message)
    once = "".join(str(item.get("once", "")) for item in message[path])
    name = "msg_" + hashlib.sha256(f"{path}:{once}".encode()).hexdigest()[:32]
    # A signature says when: the one place where this connector needs the hour.
    signed = signatures.headers(signing_keys(session.settings.send_secrets), name, int(time.time()), body)
    answer = await session.http.request(
        "POST", f"/{path}", content=body, headers={"Content-Type": "application/json", **signed}
    )
    return json_of(answer) if answer.content else None


def _outcome(result: Mapping[str, Any] | None) -> Outcome:
    if result is None:
        raise Malformed("result_missing", fields=("results",))
    status, code = result.get("status"), _word(result.get("code"))
    if status == "accepted":
        key = result.get("key")
        return Delivered(key[:200] if isinstance(key, str) else "")
    if status == "refused":
        named = result.get("fields")
        fields = tuple(_word(one) for one in named[:50]) if isinstance(named, list) else ()
        return Refused(code or "platform_refused", fields)
    if status == "busy":
        wait = result.get("retry_after")
        return Busy(
            code or "platform_busy", float(wait) if isinstance(wait, int | float) and 0 <= wait <= 86_400 else 0.0
        )
    raise Malformed("unknown_status", fields=("results", "status"))


def _word(text: object) -> str:
    """A code of the platform's, if it is one: a sentence could quote a value."""
    fits = isinstance(text, str) and text.isascii() and text.replace("_", "").isalnum() and len(text) <= _CODE_CHARS
    return str(text) if fits else ""
