"""The CRM and the dialer of a crash test: they outlive the service, honour its keys, and keep a list of effects."""

import asyncio
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.crash.ground import SEND, TIMEOUT_SECONDS
from tests.crash.history import Effect
from web.sandbox.crm_state import Crm
from web.sandbox.dialer import Dialer

#: A call and what is planned in it are two effects of one record, in this order.
OF_A_CALL = 2


def called(record: str, number: int) -> Effect:
    return Effect(record, OF_A_CALL * number)


def planned(record: str, number: int) -> Effect:
    return Effect(record, OF_A_CALL * number + 1)


@dataclass
class KeepingCrm(Crm):
    """The sandbox CRM, which applies each key once; and a list of what it applied."""

    effects: list[Effect] = field(default_factory=list)

    def apply(self, kind: str, item: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        known = item["once"] in self.written[kind]
        code, wrote = super().apply(kind, item)
        if not code and not known:
            calls = kind == "calls"
            number = int(item["comment"] if calls else item["note"])
            self.effects.append((called if calls else planned)(item["record"], number))
        return code, wrote


@dataclass
class ForgetfulCrm(KeepingCrm):
    """A CRM that takes every key for a new one: what the checks must catch."""

    def apply(self, kind: str, item: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        return super().apply(kind, {**item, "once": f"{item['once']}-{len(self.effects)}"})


@dataclass
class KeepingDialer(Dialer):
    """The sandbox dialer; a message that comes again changes nothing, and what changed something is listed."""

    keys: tuple[bytes, ...] = field(default=(SEND,), repr=False)
    effects: list[Effect] = field(default_factory=list)

    def take(self, item: Mapping[str, Any]) -> dict[str, Any]:
        if self.deliveries[str(item["once"])]:
            self.deliveries[str(item["once"])] += 1
        else:
            self.effects.append(Effect(item["id"], _revision(item)))
            super().take(item)
        return {"id": item["id"], "once": item["once"], "status": "accepted", "key": f"p-{item['id']}"}

    def held(self) -> dict[str, int]:
        return {record: _revision(item) for record, item in self.prospects.items()}

    @property
    def repeated(self) -> int:
        return sum(self.deliveries.values()) - len(self.deliveries)


def _revision(item: Mapping[str, Any]) -> int:
    return int(item["views"]["teleoperator"]["revision"])


class Mishap(StrEnum):
    """What a network and a system do to a request."""

    REFUSED_FOR_NOW = "refused for now"
    TOO_MANY = "too many"
    CUT_BEFORE = "cut before the effect"
    ANSWER_LOST = "cut after the effect"
    ANSWER_LATE = "answered too late"


#: Of a thousand requests.
ROUGH = {
    Mishap.REFUSED_FOR_NOW: 20,
    Mishap.TOO_MANY: 10,
    Mishap.CUT_BEFORE: 20,
    Mishap.ANSWER_LOST: 40,
    Mishap.ANSWER_LATE: 10,
}
#: Mishaps after which nobody can be in doubt.
PLAIN = {Mishap.TOO_MANY: 20}
CALM: Mapping[Mishap, int] = {}
LATENCY_SECONDS = 0.004
#: Who reads and failed so often in a row is let through. A poller waits ten times as long after each failure: one in
#: so many thousands of reads, a life that is long would meet the fifth, and nothing would be seen for minutes.
ENOUGH = 2


@dataclass
class Weather:
    """Stands before an application: every request takes a while, and to some a mishap happens."""

    app: ASGIApp
    chance: random.Random
    mishaps: Mapping[Mishap, int] = field(default_factory=dict)
    requests: int = 0
    happened: int = 0
    #: How many reads in a row went wrong.
    _unread: int = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.requests += 1
        mishap = self._draw()
        if scope.get("method") == "GET":
            mishap = None if self._unread >= ENOUGH else mishap
            self._unread = self._unread + 1 if mishap is not None else 0
        self.happened += mishap is not None
        await asyncio.sleep(self.chance.random() * LATENCY_SECONDS)
        match mishap:
            case Mishap.REFUSED_FOR_NOW:
                await _answer(send, 503, [])
            case Mishap.TOO_MANY:
                await _answer(send, 429, [(b"retry-after", b"1")])
            case Mishap.CUT_BEFORE:
                await _cut(send)
            case Mishap.ANSWER_LOST:
                await self.app(scope, receive, _nowhere)
                await _cut(send)
            case _:
                await self.app(scope, receive, _Held(send, self._wait(mishap)))

    def _wait(self, mishap: Mishap | None) -> float:
        return TIMEOUT_SECONDS * 1.5 if mishap is not None else self.chance.random() * LATENCY_SECONDS

    def _draw(self) -> Mishap | None:
        drawn = self.chance.randrange(1000)
        for mishap, weight in self.mishaps.items():
            if drawn < weight:
                return mishap
            drawn -= weight
        return None


class _Held:
    """An answer on its way: the effect is there, and nobody knows yet."""

    def __init__(self, send: Send, seconds: float) -> None:
        self._send = send
        self._seconds = seconds

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            await asyncio.sleep(self._seconds)
        await self._send(message)


async def _nowhere(_: Message) -> None:
    """Where a lost answer goes."""


async def _cut(send: Send) -> None:
    """Begin an answer and break off: the server closes the connection in the middle of it."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1000")]})


async def _answer(send: Send, status: int, headers: list[tuple[bytes, bytes]]) -> None:
    body = orjson.dumps({})
    named = [*headers, (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": named})
    await send({"type": "http.response.body", "body": body})
