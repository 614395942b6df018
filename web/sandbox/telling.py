"""What the sandbox dialer says to Écluse over the open dialer API: signed events, people, and what it fetches."""

import asyncio
import hashlib
import itertools
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx2
import orjson

from connectors import signatures
from connectors.dialer_events import MAX_EVENTS

TRIES = 6


class NotTakenError(Exception):
    """Écluse did not take a delivery: the status, and the code it gave."""

    def __init__(self, status: int, code: str) -> None:
        self.status = status
        self.code = code
        super().__init__(f"{status} {code}")


@dataclass(frozen=True)
class Ecluse:
    """Where Écluse listens for one link, and the keys of it."""

    url: str
    link: str
    secret: str = field(repr=False)
    token: str = field(repr=False, default="")

    def address(self, path: str) -> str:
        return f"{self.url.rstrip('/')}/dialer/v1/{self.link}/{path}"


async def send_events(
    client: httpx2.AsyncClient, ecluse: Ecluse, events: Sequence[Mapping[str, Any]]
) -> dict[str, int]:
    """Deliver events in their order, batch after batch; how many were new, and how many were known."""
    told = {"accepted": 0, "duplicates": 0}
    for at in range(0, len(events), MAX_EVENTS):
        answer = await _deliver(client, ecluse, orjson.dumps(events[at : at + MAX_EVENTS]))
        told = {name: count + answer[name] for name, count in told.items()}
    return told


async def send_people(client: httpx2.AsyncClient, ecluse: Ecluse, people: Sequence[Mapping[str, Any]]) -> None:
    answer = await client.put(ecluse.address("people"), json={"people": list(people)}, headers=_bearer(ecluse))
    _checked(answer)


async def fetch(client: httpx2.AsyncClient, ecluse: Ecluse, prospect: str, profile: str) -> dict[str, Any] | None:
    """What a profile sees of a prospect, or None where it may not."""
    answer = await client.get(
        ecluse.address(f"prospects/{prospect}"), params={"profile": profile}, headers=_bearer(ecluse)
    )
    if answer.status_code == 404:
        return None
    fields: dict[str, Any] = _checked(answer)["fields"]
    return fields


async def _deliver(client: httpx2.AsyncClient, ecluse: Ecluse, body: bytes) -> dict[str, int]:
    """One batch, again where Écluse asks for patience: the same id each time, so that it counts once."""
    key = signatures.secret(ecluse.secret)
    name = "msg_" + hashlib.sha256(body).hexdigest()[:32]
    for attempt in itertools.count(1):
        headers = signatures.headers([key], name, int(time.time()), body)
        answer = await client.post(
            ecluse.address("events"), content=body, headers={"Content-Type": "application/json", **headers}
        )
        if answer.status_code not in {429, 503} or attempt == TRIES:
            told: dict[str, int] = _checked(answer)
            return told
        await asyncio.sleep(min(float(answer.headers.get("retry-after", "1")), 10.0))
    raise AssertionError  # count() does not end


def _checked(answer: httpx2.Response) -> Any:
    told = orjson.loads(answer.content) if answer.content else {}
    if answer.status_code >= 300:
        code = told.get("code", "") if isinstance(told, dict) else ""
        raise NotTakenError(answer.status_code, str(code))
    return told


def _bearer(ecluse: Ecluse) -> dict[str, str]:
    return {"Authorization": f"Bearer {ecluse.token}"}
