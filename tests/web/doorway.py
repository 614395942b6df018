"""What the tests of the web share: a desk that keeps things in memory, and a caller that speaks plain ASGI."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from fastapi import FastAPI

from connectors import signatures
from connectors.port import Happening, PersonRow
from web import keys
from web.app import create
from web.ports import Change, Check, Door, Feed, Read, Receipt, Shedding

NOW = 1_795_170_672
SIGNING = {"nord": bytes(range(32)), "sud": bytes(range(32, 64))}
TOKEN = {"nord": "jeton-nord-0123456789abcdef", "sud": "jeton-sud-0123456789abcdef"}
HOOK = {"nord": "adresse-nord-0123456789abcdef", "sud": "adresse-sud-0123456789abcdef"}

PROFILES = frozenset({"teleoperator", "mission_lead"})
VIEWS: dict[tuple[str, str, str], dict[str, Any]] = {
    ("nord", "contact/42", "teleoperator"): {"phone": "+33199000042", "company": "Acme"},
    ("nord", "contact/42", "mission_lead"): {"phone": "+33199000042", "company": "Acme", "status": "a_appeler"},
    ("sud", "contact/77", "teleoperator"): {"phone": "+33199000077"},
}
AT = datetime(2026, 11, 20, 10, 11, 12, tzinfo=UTC)


def whsec(key: bytes) -> str:
    return "whsec_" + base64.b64encode(key).decode()


@dataclass
class MemoryDesk:
    """Two links, nord and sud. Refuses to take anything once `full`; raises what `broken` holds."""

    read: Read | None = None
    full: bool = False
    broken: Exception | None = None
    events: dict[tuple[str, str], Happening] = field(default_factory=dict)
    people: dict[tuple[str, str], PersonRow] = field(default_factory=dict)
    changes: dict[str, list[Change]] = field(default_factory=dict)
    acknowledged: set[tuple[str, str]] = field(default_factory=set)
    counted: list[str] = field(default_factory=list)
    life: list[Check] = field(default_factory=lambda: [Check("alive", ok=True)])
    checks: list[Check] = field(default_factory=lambda: [Check("database", ok=True)])

    def door(self, link: str) -> Door | None:
        if link not in SIGNING:
            return None
        return Door(
            link=link,
            tenant=f"{link}-tenant",
            profiles=PROFILES,
            campaigns=frozenset({"t4-industrie"}),
            hooks=(keys.digest(HOOK[link]),) if self.read else (),
            tokens=(keys.digest(TOKEN[link]),),
            signing=(SIGNING[link],),
            read=self.read,
        )

    async def receive(self, door: Door, happenings: Sequence[Happening]) -> Receipt:
        if self.full:
            raise Shedding(30)
        if self.broken:
            raise self.broken
        new = {(door.link, one.id): one for one in happenings if (door.link, one.id) not in self.events}
        self.events.update(new)
        return Receipt(len(new), len(happenings) - len(new))

    async def feed(self, door: Door, after: str, limit: int) -> Feed | None:
        return self._page(self.changes.get(door.link, []), after, limit)

    async def recalls(self, door: Door, after: str, limit: int) -> Feed | None:
        waiting = [
            one
            for one in self.changes.get(door.link, [])
            if one.change == "recall" and (door.link, one.id) not in self.acknowledged
        ]
        return self._page(waiting, after, limit)

    def _page(self, changes: Sequence[Change], after: str, limit: int) -> Feed | None:
        if after and not after.isdigit():
            return None
        rest = [one for one in changes if int(one.id) > int(after or 0)]
        page = rest[:limit]
        return Feed(page, page[-1].id if page else after, len(rest) > limit)

    async def prospect_view(
        self, door: Door, record: str, profile: str, person: str | None
    ) -> Mapping[str, Any] | None:
        return None if person == "tp-parti" else VIEWS.get((door.link, record, profile))

    async def acknowledge_recall(self, door: Door, recall: str) -> bool:
        known = any(one.id == recall and one.change == "recall" for one in self.changes.get(door.link, []))
        if known:
            self.acknowledged.add((door.link, recall))
        return known

    async def save_people(self, door: Door, people: Sequence[PersonRow]) -> None:
        self.people.update({(door.link, one.id): one for one in people})

    def liveness(self) -> Sequence[Check]:
        return self.life

    async def readiness(self) -> Sequence[Check]:
        return self.checks

    def metrics_text(self) -> bytes:
        return b"# HELP ecluse_events_received_total Events on disk.\n"

    def count_intake(self, result: str, seconds: float) -> None:
        self.counted.append(result)


class Reply(NamedTuple):
    """An answer as it was on the wire."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


async def ask(
    app: FastAPI,
    method: str,
    path: str,
    body: bytes | Sequence[bytes] = b"",
    headers: Mapping[str, str] | Sequence[tuple[str, str]] = (),
) -> Reply:
    """One request, straight into the application: nothing between the test and the door mends it."""
    target, _, query = path.partition("?")
    pairs = list(headers.items()) if isinstance(headers, Mapping) else list(headers)
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": target,
        "raw_path": target.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in pairs],
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 8_000),
    }
    parts = [body] if isinstance(body, bytes) else list(body)
    waiting = [
        {"type": "http.request", "body": part, "more_body": at < len(parts) - 1} for at, part in enumerate(parts)
    ]
    sent: list[Any] = []

    async def receive() -> Any:
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start = sent[0]
    return Reply(
        start["status"],
        {name.decode(): value.decode() for name, value in start["headers"]},
        b"".join(part.get("body", b"") for part in sent[1:]),
    )


def signed(body: bytes, link: str = "nord", *, message: str = "msg_1", at: int = NOW) -> dict[str, str]:
    return {
        "content-type": "application/json",
        **signatures.headers([SIGNING[link]], message, at, body),
    }


def bearer(link: str = "nord") -> dict[str, str]:
    return {"authorization": f"Bearer {TOKEN[link]}"}


def application(desk: MemoryDesk) -> FastAPI:
    return create(desk, clock=lambda: NOW)


def call_ended(name: str = "c-9", **changed: Any) -> dict[str, Any]:
    """A call as a dialer tells it."""
    return {
        "id": name,
        "type": "phoning.call.ended",
        "time": "2026-11-20T10:15:00+01:00",
        "data": {
            "prospect": {"id": "contact/42", "phone": "+33199000042"},
            "campaign": "t4-industrie",
            "agent": {"id": "tp-12"},
            "call": {"id": name, "disposition": "NRP", "started_at": "2026-11-20T10:13:00+01:00", "duration": 120},
        },
        **changed,
    }
