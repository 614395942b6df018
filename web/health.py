"""For whoever keeps the service running: alive, ready, and the figures."""

from collections.abc import Sequence

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from web.ports import Check, Desk

_EXPOSITION = "text/plain; version=0.0.4; charset=utf-8"


def routes(desk: Desk) -> APIRouter:
    router = APIRouter()

    async def livez() -> Response:
        """Whether a restart would not help: never about another system, which no restart of ours would mend."""
        return _told(desk.liveness())

    async def readyz() -> Response:
        return _told(await desk.readiness())

    async def metrics() -> Response:
        return Response(desk.metrics_text(), media_type=_EXPOSITION)

    router.add_api_route("/livez", livez, methods=["GET"])
    router.add_api_route("/readyz", readyz, methods=["GET"])
    router.add_api_route("/metrics", metrics, methods=["GET"])
    return router


def _told(checks: Sequence[Check]) -> Response:
    fine = all(check.ok or check.note for check in checks)
    told = [{"name": check.name, "ok": check.ok} | ({"note": True} if check.note else {}) for check in checks]
    return JSONResponse({"ok": fine, "checks": told}, 200 if fine else 503)
