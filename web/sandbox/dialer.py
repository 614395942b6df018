"""A small dialer over HTTP, to try links on: it receives prospects, "calls" them, and tells Écluse what came of it.

    python -m web.sandbox.dialer --port 8092 --ecluse http://127.0.0.1:8080 --link nord

`POST /prospects` and `/recalls` are the receiving half of the open dialer API; `POST /day` plays a
day of calls, `POST /replay` tells given calls, `GET /seen` and `GET /prospects/{id}?profile=` show
what a telemarketer's screen would show.
"""

import argparse
import os
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import httpx2
import orjson
import uvicorn
from pydantic import BaseModel, Field, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors import signatures
from connectors.dialer_events import Appointment, Instant, NextAction, Status, Told, Word
from web.sandbox.floor import Event, Floor
from web.sandbox.telling import Ecluse, NotTakenError, fetch, send_events

_VIEW_KEYS = ("fields", "views")


M = TypeVar("M", bound=BaseModel)


class Day(BaseModel):
    """What a day of calls may be asked to be."""

    seed: int = 1
    calls: Annotated[int, Field(ge=0, le=100_000)] = 100
    begins: Instant | None = None


class Given(Told):
    """A call that was made elsewhere, to be told as it was; what else stands in it goes along."""

    prospect: Word
    disposition: Word
    started_at: Instant
    appointment: Appointment | None = None
    next_action: NextAction | None = None
    status: Status | None = None


class Replay(BaseModel):
    """Given calls, and whether the managers answer afterwards."""

    calls: list[Given] = []
    decide: bool = False
    seed: int = 1


@dataclass
class Dialer:
    """What the dialer holds, in memory: as long as its process lives."""

    ecluse: Ecluse | None = None
    #: Keys that Écluse signs with; empty: anyone may send (for a first try).
    keys: tuple[bytes, ...] = field(default=(), repr=False)
    floor: Floor = field(default_factory=Floor)
    client: httpx2.AsyncClient = field(default_factory=lambda: httpx2.AsyncClient(timeout=30, trust_env=False))
    clock: Callable[[], float] = time.time
    #: Prospect id -> what came, as it came.
    prospects: dict[str, dict[str, Any]] = field(default_factory=dict)
    #: Prospect id -> why it was taken back.
    recalled: dict[str, str] = field(default_factory=dict)
    #: How often each `once` came.
    deliveries: Counter[str] = field(default_factory=Counter)
    dispositions: Counter[str] = field(default_factory=Counter)

    def take(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """A prospect, new or again: by its id. A `once` that came before changes nothing: it may come late."""
        self.deliveries[str(item["once"])] += 1
        if self.deliveries[str(item["once"])] == 1:
            self.recalled.pop(item["id"], None)
            self.prospects[item["id"]] = dict(item)
        return {"id": item["id"], "once": item["once"], "status": "accepted", "key": f"p-{item['id']}"}

    def give_back(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Forget a prospect; forgetting one that is not there is fine."""
        self.deliveries[str(item["once"])] += 1
        self.prospects.pop(item["id"], None)
        self.recalled[item["id"]] = str(item.get("reason", ""))
        return {"id": item["id"], "once": item["once"], "status": "accepted"}

    def callable_now(self) -> list[Mapping[str, Any]]:
        """Prospects that may be rung: not those that were only loaded."""
        return [item for _, item in sorted(self.prospects.items()) if item.get("dial", True)]

    async def tell(self, events: list[Event]) -> dict[str, Any]:
        """Deliver what happened to Écluse; without one, only keep count."""
        self.dispositions.update(one["data"]["call"]["disposition"] for one in events if "call" in one["data"])
        told = await send_events(self.client, self.ecluse, events) if self.ecluse else {}
        return {"events": len(events), **told}

    async def shown(self, prospect: str, profile: str) -> dict[str, Any] | None:
        """What that profile's screen shows; a thin prospect is fetched, as the profile, when it is opened."""
        item = self.prospects.get(prospect)
        if item is None:
            return None
        if not any(key in item for key in _VIEW_KEYS):
            return await fetch(self.client, self.ecluse, prospect, profile) if self.ecluse else {}
        views = item.get("views")
        if views is None:
            return dict(item.get("fields") or {})
        return dict(views[profile]) if profile in views else None


def application(dialer: Dialer) -> Starlette:
    """The server over that dialer."""
    api = _Api(dialer)
    return Starlette(
        routes=[
            Route("/prospects", api.prospects, methods=["POST"]),
            Route("/recalls", api.recalls, methods=["POST"]),
            Route("/prospects/{id:path}", api.prospect, methods=["GET"]),
            Route("/seen", api.seen, methods=["GET"]),
            Route("/day", api.day, methods=["POST"]),
            Route("/replay", api.replay, methods=["POST"]),
        ]
    )


class _Api:
    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer

    async def prospects(self, request: Request) -> Response:
        return await self._received(request, "prospects", self._dialer.take)

    async def recalls(self, request: Request) -> Response:
        return await self._received(request, "recalls", self._dialer.give_back)

    async def _received(
        self, request: Request, name: str, take: Callable[[Mapping[str, Any]], dict[str, Any]]
    ) -> Response:
        body = await request.body()
        if self._dialer.keys:
            verdict = signatures.verify(self._dialer.keys, dict(request.headers), body, self._dialer.clock())
            if isinstance(verdict, signatures.Forged):
                return _json({"code": verdict.why}, 401)
        told = _told(body)
        items = told.get(name)
        if not isinstance(items, list) or not all(_named(item) for item in items):
            return _json({"code": "wrong_shape"}, 422)
        return _json({"results": [take(item) for item in items]})

    async def prospect(self, request: Request) -> Response:
        fields = await self._dialer.shown(request.path_params["id"], request.query_params.get("profile", ""))
        return _json({"id": request.path_params["id"], "fields": fields}) if fields is not None else _json({}, 404)

    async def seen(self, _request: Request) -> Response:
        dialer = self._dialer
        campaigns = Counter(str(item.get("campaign", "")) for item in dialer.prospects.values())
        return _json({
            "prospects": sorted(dialer.prospects),
            "callable": len(dialer.callable_now()),
            "campaigns": campaigns,
            "recalled": dialer.recalled,
            "dispositions": dialer.dispositions,
            "awaiting_manager": len(dialer.floor.proposed),
        })  # fmt: skip

    async def day(self, request: Request) -> Response:
        asked = _asked(Day, await request.body())
        if asked is None:
            return _json({"code": "wrong_shape"}, 422)
        begins = datetime.fromisoformat(asked.begins) if asked.begins else datetime.now(UTC)
        events = self._dialer.floor.day(
            self._dialer.callable_now(), asked.calls, begins.replace(microsecond=0), asked.seed
        )
        return await self._delivered(events)

    async def replay(self, request: Request) -> Response:
        asked = _asked(Replay, await request.body())
        if asked is None:
            return _json({"code": "wrong_shape"}, 422)
        floor = self._dialer.floor
        events = floor.replayed(call.model_dump(exclude_none=True) for call in asked.calls)
        if asked.decide:
            events += floor.decided(datetime.now(UTC), asked.seed)
        return await self._delivered(events)

    async def _delivered(self, events: list[Event]) -> Response:
        try:
            return _json(await self._dialer.tell(events))
        except NotTakenError as refused:
            return _json({"code": refused.code, "status": refused.status}, 502)
        except httpx2.TransportError:
            return _json({"code": "ecluse_unreachable"}, 502)


def _asked(model: type[M], body: bytes) -> M | None:
    try:
        return model.model_validate(_told(body))
    except ValidationError:
        return None


def _named(item: object) -> bool:
    return isinstance(item, dict) and isinstance(item.get("id"), str) and isinstance(item.get("once"), str)


def _told(body: bytes) -> dict[str, Any]:
    try:
        told = orjson.loads(body) if body else {}
    except orjson.JSONDecodeError:
        return {}
    return told if isinstance(told, dict) else {}


def _json(body: object, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")


def main() -> None:
    """Serve until stopped. Keys come from the environment, so that no process list shows them."""
    options = argparse.ArgumentParser(
        prog="python -m web.sandbox.dialer",
        description=(__doc__ or "").partition("\n")[0],
        epilog="Environment: SANDBOX_SIGNING_SECRET (whsec_…, we sign events), SANDBOX_TOKEN (we fetch), "
        "SANDBOX_ECLUSE_SECRET (whsec_…, Écluse signs what it sends us).",
    )
    options.add_argument("--host", default="127.0.0.1")
    options.add_argument("--port", type=int, default=8092)
    options.add_argument("--ecluse", help="address of Écluse; without it, nothing is told to anyone")
    options.add_argument("--link", default="nord")
    chosen = options.parse_args()
    ecluse = None
    if chosen.ecluse:
        secret, token = os.environ.get("SANDBOX_SIGNING_SECRET", ""), os.environ.get("SANDBOX_TOKEN", "")
        ecluse = Ecluse(chosen.ecluse, chosen.link, secret, token)
    theirs = os.environ.get("SANDBOX_ECLUSE_SECRET", "")
    dialer = Dialer(ecluse, keys=(signatures.secret(theirs),) if theirs else ())
    uvicorn.run(application(dialer), host=chosen.host, port=chosen.port, server_header=False, log_level="warning")


if __name__ == "__main__":
    main()
