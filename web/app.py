"""One application for all that comes in by HTTP: webhooks, the open dialer API, figures and health."""

import time
from collections.abc import Callable, Sequence

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from mapping.reasons import Reason
from web import dialer_api, health, intake
from web.guard import Guard
from web.ports import Desk, Translate
from web.problems import Flaw, ProblemError, Problems
from web.reading import Reader
from web.wording import title

REASONS_URL = "/docs/reasons.md"

_OF_STATUS = {404: Reason.NOT_FOUND, 405: Reason.METHOD_NOT_ALLOWED, 413: Reason.TOO_LARGE}


def create(
    desk: Desk,
    *,
    translate: Translate = title,
    clock: Callable[[], float] = time.time,
    reader: Reader | None = None,
    reasons_url: str = REASONS_URL,
) -> FastAPI:
    """The application over a desk. No page of documentation is served, and every refusal is a problem detail."""
    app = FastAPI(title="Écluse", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False)
    problems = Problems(translate, reasons_url)
    reader = reader or Reader()
    app.include_router(intake.routes(desk, reader, clock))
    app.include_router(dialer_api.routes(desk, reader))
    app.include_router(health.routes(desk))
    _refuse_politely(app, problems)
    app.add_middleware(Guard, problems=problems)
    return app


def _refuse_politely(app: FastAPI, problems: Problems) -> None:
    async def refused(request: Request, problem: Exception) -> Response:
        assert isinstance(problem, ProblemError)  # noqa: S101 - registered for this type only
        return problems.response(request, problem)

    async def framework(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - registered for this type only
        reason = _OF_STATUS.get(error.status_code, Reason.WRONG_SHAPE)
        return problems.response(request, ProblemError(reason, headers=error.headers))

    async def parameters(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this type only
        return problems.response(request, ProblemError(Reason.WRONG_SHAPE, flaws=_flaws(error.errors())))

    app.add_exception_handler(ProblemError, refused)
    app.add_exception_handler(HTTPException, framework)
    app.add_exception_handler(RequestValidationError, parameters)


def _flaws(errors: Sequence[dict[str, object]]) -> list[Flaw]:
    """Name and code of each wrong parameter: the framework's errors quote the input, ours must not."""
    return [Flaw(str(tuple(error["loc"])[-1]), str(error["type"])) for error in errors]  # type: ignore[arg-type]
