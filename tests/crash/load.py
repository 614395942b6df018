"""What goes on while the service dies: people edit contacts in the CRM, and telemarketers' calls come in, signed."""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx2
import orjson

from connectors import signatures
from tests.crash.ground import SIGNING
from tests.crash.history import Effect
from tests.crash.systems import KeepingCrm, called, planned

AGAIN_SECONDS = 0.01
PATIENCE_SECONDS = 3.0


@dataclass
class Office:
    """Edits contacts, each time to the next revision."""

    crm: KeepingCrm
    chance: random.Random
    pause_seconds: float
    #: How many contacts are changed at once, as an import of the CRM's would.
    at_once: int = 1
    revisions: dict[str, int] = field(default_factory=dict)

    def hire(self, contacts: int) -> None:
        self.revisions = {str(number): 0 for number in range(contacts)}
        rows = [{"id": key, "phone": f"+3319900{int(key):04}", "name": "Ana", "revision": 0} for key in self.revisions]
        self.crm.load("contact", rows)

    async def work(self, until: asyncio.Event) -> None:
        while not until.is_set():
            for key in self.chance.sample(sorted(self.revisions), self.at_once):
                self.revisions[key] += 1
                self.crm.edit("contact", key, {"revision": self.revisions[key]})
            await asyncio.sleep(self.chance.random() * self.pause_seconds * 2)

    def wanted(self) -> dict[str, int]:
        return {f"contact/{key}": revision for key, revision in self.revisions.items()}


@dataclass
class Caller:
    """A telephone that tells what happened, in its order, and repeats what was not acknowledged, as dialers do."""

    link: str
    records: Sequence[str]
    chance: random.Random
    pause_seconds: float
    acknowledged: list[Effect]
    #: Ports of the services that it may tell, each as good as the others.
    doors: Sequence[int]
    repeated: int = 0
    numbers: dict[str, int] = field(default_factory=dict)

    async def work(self, until: asyncio.Event) -> None:
        """Until told to stop; what was begun is told to its end."""
        async with httpx2.AsyncClient(timeout=PATIENCE_SECONDS, trust_env=False) as client:
            while not until.is_set():
                told = [self._call() for _ in range(self.chance.randint(1, 5))]
                await self._tell(client, [event for event, _ in told])
                self.acknowledged += [effect for _, effects in told for effect in effects]
                await asyncio.sleep(self.chance.random() * self.pause_seconds * 2)

    async def _tell(self, client: httpx2.AsyncClient, events: list[dict[str, Any]]) -> None:
        body = orjson.dumps(events)
        name = f"msg_{events[0]['id']}"
        while not await self._posted(client, name, body):
            self.repeated += 1
            await asyncio.sleep(AGAIN_SECONDS)

    async def _posted(self, client: httpx2.AsyncClient, name: str, body: bytes) -> bool:
        signed = signatures.headers([SIGNING], name, int(time.time()), body)
        if not self.doors:
            return False
        url = f"http://127.0.0.1:{self.chance.choice(self.doors)}/dialer/v1/{self.link}/events"
        try:
            answer = await client.post(url, content=body, headers={"Content-Type": "application/json", **signed})
        except httpx2.TransportError:
            return False
        assert answer.status_code in {202, 503}, answer.status_code
        return answer.status_code == 202

    def _call(self) -> tuple[dict[str, Any], list[Effect]]:
        record = self.chance.choice(self.records)
        number = self.numbers[record] = self.numbers.get(record, 0) + 1
        at = "2026-11-22T10:00:00+01:00"
        call = {"id": f"{record}-{number}", "disposition": "NRP", "started_at": at, "comment": str(number)}
        data: dict[str, Any] = {"prospect": {"id": record}, "agent": {"id": "tp-1"}, "call": call}
        effects = [called(record, number)]
        if self.chance.random() < 0.25:
            data["next_action"] = {"kind": "rappel", "at": "2026-11-23T10:00:00+01:00", "note": str(number)}
            effects.append(planned(record, number))
        name = f"{record.replace('/', '-')}-{number}"
        return {"id": name, "type": "phoning.call.ended", "time": at, "data": data}, effects
