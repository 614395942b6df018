"""Around every request: headers that browsers and proxies heed, and the last catch for a mistake of ours."""

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mapping.reasons import Reason
from web.problems import ProblemError, Problems

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}

_log = structlog.get_logger("ecluse.web")


class Guard:
    """Plain ASGI: what wraps every answer must not cost what a framework's middleware costs."""

    def __init__(self, app: ASGIApp, *, problems: Problems) -> None:
        self._app = app
        self._problems = problems

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun = False

        async def guarded(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, receive, guarded)
        except Exception as error:  # noqa: BLE001 - its text may quote a value: only its kind may be known
            _log.error("request_failed", reason=Reason.INTERNAL_ERROR.value, code=type(error).__name__)
            if begun:
                raise ConnectionAbortedError from None
            answer = self._problems.response(Request(scope), ProblemError(Reason.INTERNAL_ERROR))
            await answer(scope, receive, guarded)
