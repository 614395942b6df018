"""For whoever keeps the service running: alive, ready, and the figures."""

from fastapi import APIRouter
from starlette.responses import JSONResponse, PlainTextResponse, Response

from web.ports import Desk

_EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"


def routes(desk: Desk) -> APIRouter:
    router = APIRouter()

    async def livez() -> Response:
        """The loop turns. Nothing that another system does may make this fail: a restart would not mend it."""
        return PlainTextResponse("ok\n")

    async def readyz() -> Response:
        checks = await desk.readiness()
        ready = all(check.ok for check in checks)
        return JSONResponse({"ready": ready, "checks": [check._asdict() for check in checks]}, 200 if ready else 503)

    async def metrics() -> Response:
        return Response(desk.metrics_text(), media_type=_EXPOSITION)

    router.add_api_route("/livez", livez, methods=["GET"])
    router.add_api_route("/readyz", readyz, methods=["GET"])
    router.add_api_route("/metrics", metrics, methods=["GET"])
    return router
