"""The open dialer API, the part that a platform fetches: prospects, recalls; and the people it sends."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import JSONResponse, Response

from connectors.faults import Malformed
from mapping.reasons import Reason
from web import keys
from web.bodies import people, refusal
from web.ports import Change, Desk, Feed
from web.problems import Flaw, ProblemError
from web.reading import API_BYTES, Reader, is_json

MAX_PAGE = 500

Cursor = Annotated[str, Query(max_length=400, pattern=r"^[A-Za-z0-9._~-]*$")]
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE)]
Name = Annotated[str, Query(min_length=1, max_length=200)]


def routes(desk: Desk, reader: Reader) -> APIRouter:
    """Everything under /dialer/v1/{link} that a bearer token opens."""
    router = APIRouter(prefix="/dialer/v1/{link}")
    api = _DialerApi(desk, reader)
    router.add_api_route("/prospects", api.prospects, methods=["GET"])
    router.add_api_route("/prospects/{object}/{key}", api.prospect, methods=["GET"])
    router.add_api_route("/recalls", api.recalls, methods=["GET"])
    router.add_api_route("/recalls/{recall}/acknowledgement", api.acknowledge, methods=["POST"], status_code=204)
    router.add_api_route("/people", api.put_people, methods=["PUT"], status_code=204)
    return router


class _DialerApi:
    def __init__(self, desk: Desk, reader: Reader) -> None:
        self._desk = desk
        self._reader = reader

    async def prospects(self, request: Request, link: str, after: Cursor = "", limit: Limit = 100) -> Response:
        door = keys.token_door(self._desk, link, request)
        return _page("prospects", await self._desk.feed(door, after, limit))

    async def recalls(self, request: Request, link: str, after: Cursor = "", limit: Limit = 100) -> Response:
        door = keys.token_door(self._desk, link, request)
        return _page("recalls", await self._desk.recalls(door, after, limit))

    async def prospect(
        self,
        request: Request,
        link: str,
        object: str,  # noqa: A002 - the word of the address
        key: str,
        profile: Name,
        person: Name | None = None,
    ) -> Response:
        door = keys.token_door(self._desk, link, request)
        if profile not in door.profiles:
            raise ProblemError(Reason.UNKNOWN_PROFILE, flaws=[Flaw("profile", Reason.UNKNOWN_PROFILE)])
        fields = await self._desk.prospect_view(door, f"{object}/{key}", profile, person)
        if fields is None:
            raise ProblemError(Reason.NOT_FOUND)
        return JSONResponse({"id": f"{object}/{key}", "profile": profile, "fields": dict(fields)})

    async def acknowledge(self, request: Request, link: str, recall: str) -> Response:
        door = keys.token_door(self._desk, link, request)
        if not await self._desk.acknowledge_recall(door, recall):
            raise ProblemError(Reason.NOT_FOUND)
        return Response(status_code=204)

    async def put_people(self, request: Request, link: str) -> Response:
        door = keys.token_door(self._desk, link, request)
        body = await self._reader.body(request, API_BYTES)
        if not is_json(request):
            raise ProblemError(Reason.WRONG_CONTENT_TYPE)
        try:
            rows = people(body, door)
        except Malformed as fault:
            raise refusal(fault) from None
        await self._desk.save_people(door, rows)
        return Response(status_code=204)


def _page(name: str, feed: Feed | None) -> Response:
    if feed is None:
        raise ProblemError(Reason.WRONG_SHAPE, flaws=[Flaw("after", "unknown_cursor")])
    return JSONResponse({name: [_thin(one) for one in feed.changes], "next": feed.next, "more": feed.more})


def _thin(change: Change) -> dict[str, str]:
    return {**change._asdict(), "at": change.at.isoformat()}
