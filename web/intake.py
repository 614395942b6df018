"""Events in: a vendor's webhook at a secret address, and signed events of the open dialer API.

202 means on disk. Everything else is a refusal with a code, counted, with nothing taken in.
"""

import time
from collections.abc import Awaitable, Callable

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from connectors import dialer_events, signatures
from connectors.faults import Malformed
from mapping.reasons import Reason
from web import keys
from web.bodies import refusal
from web.ports import Desk, Receipt, Shedding
from web.problems import ProblemError
from web.reading import HOOK_BYTES, Reader, headers, is_json

# A delivery for an unknown link is judged by a key that nobody holds: same answer, same time.
_NOBODYS_KEY = (bytes(32),)

#: What is counted where a delivery brought nothing new.
DUPLICATE = "duplicate"


def routes(desk: Desk, reader: Reader, clock: Callable[[], float]) -> APIRouter:
    """The two doors that take events. `clock` gives Unix seconds."""
    router = APIRouter()
    intake = _Intake(desk, reader, clock)
    router.add_api_route("/hooks/{link}/{secret}", intake.hook, methods=["POST"], status_code=202)
    router.add_api_route("/dialer/v1/{link}/events", intake.events, methods=["POST"], status_code=202)
    return router


class _Intake:
    def __init__(self, desk: Desk, reader: Reader, clock: Callable[[], float]) -> None:
        self._desk = desk
        self._reader = reader
        self._clock = clock

    async def hook(self, request: Request, link: str, secret: str) -> Response:
        return await self._counted(self._hook(request, link, secret))

    async def events(self, request: Request, link: str) -> Response:
        return await self._counted(self._events(request, link))

    async def _hook(self, request: Request, link: str, secret: str) -> Receipt:
        door = keys.hook_door(self._desk, link, secret)
        body = await self._reader.body(request, HOOK_BYTES)
        if door.read is None:
            raise ProblemError(Reason.NOT_FOUND)
        return await self._desk.receive(door, door.read(body, headers(request)))

    async def _events(self, request: Request, link: str) -> Receipt:
        body = await self._reader.body(request, HOOK_BYTES)
        door = self._desk.door(link)
        verdict = signatures.verify(
            (door.signing if door else ()) or _NOBODYS_KEY, headers(request), body, self._clock()
        )
        if isinstance(verdict, signatures.Forged):
            raise ProblemError(Reason(verdict.why))
        if door is None or not door.signing:
            raise ProblemError(Reason.BAD_SIGNATURE)
        if not is_json(request):
            raise ProblemError(Reason.WRONG_CONTENT_TYPE)
        return await self._desk.receive(door, dialer_events.read(body, door.tenant))

    async def _counted(self, handling: Awaitable[Receipt]) -> Response:
        started = time.perf_counter()
        result: str = Reason.INTERNAL_ERROR
        try:
            receipt = await handling
            result = Reason.ACCEPTED if receipt.accepted or not receipt.duplicates else DUPLICATE
        except ProblemError as problem:
            result = problem.reason
            raise
        except Malformed as fault:
            refused = refusal(fault)
            result = refused.reason
            raise refused from None
        except Shedding as shedding:
            result = Reason.SHEDDING
            raise ProblemError(Reason.SHEDDING, headers={"Retry-After": str(shedding.retry_after)}) from None
        finally:
            self._desk.count_intake(str(result), time.perf_counter() - started)
        return JSONResponse({"accepted": receipt.accepted, "duplicates": receipt.duplicates}, 202)
