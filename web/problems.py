"""Refusals on the wire: RFC 9457 problem details, one type for each reason, without a value of the request."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mapping.reasons import Reason
from web.ports import Translate
from web.wording import language_of

STATUS: dict[Reason, int] = {
    Reason.BAD_SIGNATURE: 401,
    Reason.STALE_TIMESTAMP: 401,
    Reason.UNAUTHORISED: 401,
    Reason.TOO_LARGE: 413,
    Reason.TOO_DEEP: 400,
    Reason.TOO_MANY_VALUES: 400,
    Reason.TOO_SLOW: 408,
    Reason.NOT_UTF8: 400,
    Reason.NOT_JSON: 400,
    Reason.DUPLICATE_KEY: 400,
    Reason.KEY_TOO_LONG: 400,
    Reason.STRING_TOO_LONG: 400,
    Reason.LONE_SURROGATE: 400,
    Reason.NOT_A_NUMBER: 400,
    Reason.NUMBER_TOO_LARGE: 400,
    Reason.ENCODED_BODY: 415,
    Reason.WRONG_CONTENT_TYPE: 415,
    Reason.WRONG_SHAPE: 422,
    Reason.UNKNOWN_TENANT: 422,
    Reason.UNKNOWN_PROFILE: 422,
    Reason.UNKNOWN_CAMPAIGN: 422,
    Reason.NOT_FOUND: 404,
    Reason.METHOD_NOT_ALLOWED: 405,
    Reason.SHEDDING: 503,
    Reason.INTERNAL_ERROR: 500,
}


class Flaw(NamedTuple):
    """Where a request is wrong: a JSON Pointer into the body, or the name of a parameter; and how."""

    at: str
    code: str


class ProblemError(Exception):
    """A refusal on its way out. Carries a code and places, never what stood there."""

    def __init__(self, reason: Reason, *, flaws: Sequence[Flaw] = (), headers: Mapping[str, str] | None = None) -> None:
        self.reason = reason
        self.flaws = flaws
        self.headers = headers or {}
        super().__init__(reason.value)


class Problems:
    """Turns refusals into responses, in the reader's language."""

    def __init__(self, translate: Translate, reasons_url: str) -> None:
        self._translate = translate
        self._reasons_url = reasons_url

    def response(self, request: Request, problem: ProblemError) -> Response:
        language = language_of(request.headers.get("accept-language", ""))
        reason = problem.reason
        body: dict[str, object] = {
            "type": f"{self._reasons_url}#{reason.value}",
            "title": self._translate(reason, language),
            "status": STATUS[reason],
            "code": reason.value,
        }
        if problem.flaws:
            body["errors"] = [flaw._asdict() for flaw in problem.flaws]
        headers = {"Content-Language": language, "Vary": "Accept-Language", **problem.headers}
        return JSONResponse(body, STATUS[reason], headers, media_type="application/problem+json")
