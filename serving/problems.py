"""RFC 9457 problem bodies: the one place where an error becomes an HTTP status."""

import json
import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from recommender.errors import (
    ConflictError,
    ErasedError,
    ForbiddenError,
    HeraldError,
    InvalidFactError,
    ModelError,
    NoChampionError,
    NotFoundError,
    NotSignedInError,
    RequestError,
    SchemaMismatchError,
    SetupError,
    StaleSignInError,
    TableError,
    TooManyError,
    WorkspaceError,
)

log = logging.getLogger("herald.http")

MEDIA_TYPE = "application/problem+json"
UNREADABLE_BODY = "There was an error parsing the body"
"""FastAPI's detail for JSON that Python cannot hold: nested too deep, or an integer of thousands of digits."""

STATUS: Mapping[type[HeraldError], int] = {
    NotSignedInError: 401,
    ForbiddenError: 403,
    ErasedError: 410,
    NotFoundError: 404,
    ConflictError: 409,
    InvalidFactError: 422,
    TooManyError: 429,
    RequestError: 400,
    NoChampionError: 503,
    SchemaMismatchError: 503,
    ModelError: 503,
    WorkspaceError: 503,
    SetupError: 500,
    TableError: 500,
    HeraldError: 500,
}
"""The nearest class of an error's family decides."""


def status_of(error: HeraldError) -> int:
    """The HTTP status of an error."""
    return next(STATUS[cls] for cls in type(error).__mro__ if cls in STATUS)


def slug_of(error: HeraldError) -> str:
    """`ConflictError` gives `conflict`, `NotSignedInError` gives `not-signed-in`."""
    name = type(error).__name__.removesuffix("Error")
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-")


def problem(
    status: int,
    detail: str,
    *,
    slug: str = "",
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, object] | None = None,
) -> Response:
    """A problem response. Nothing the caller sent is repeated in it, so no register number can come back."""
    body = {
        "type": f"urn:herald:problem:{slug}" if slug else "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **(more or {}),
    }
    kept = {"Cache-Control": "no-store", **(headers or {})}
    return Response(json.dumps(body), status, media_type=MEDIA_TYPE, headers=kept)


def of_error(error: HeraldError) -> Response:
    """The problem response of an error that Herald raised on purpose."""
    headers = {}
    status = status_of(error)
    if status == HTTPStatus.UNAUTHORIZED:
        stale = isinstance(error, StaleSignInError)  # RFC 9470: step up
        headers["WWW-Authenticate"] = 'Bearer error="insufficient_user_authentication"' if stale else "Bearer"
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = "5"
    if isinstance(error, TooManyError):
        headers["Retry-After"] = str(error.after_s)
    more = {"mend": error.mend} if error.mend else {}
    return problem(status, error.message, slug=slug_of(error), headers=headers, more=more)


def install(app: FastAPI) -> None:
    """Map every exception that leaves a route."""

    @app.exception_handler(HeraldError)
    async def raised_on_purpose(request: Request, error: HeraldError) -> Response:
        if status_of(error) >= HTTPStatus.INTERNAL_SERVER_ERROR:
            log.error("request_failed", extra={"route": _route(request), "reason": str(error)})
        return _refused(request, of_error(error), slug_of(error))

    @app.exception_handler(RequestValidationError)
    async def malformed(request: Request, error: RequestValidationError) -> Response:
        return _refused(request, of_malformed(error.errors()), "malformed")

    @app.exception_handler(HTTPException)
    async def raised_by_framework(request: Request, error: HTTPException) -> Response:
        if error.status_code == HTTPStatus.BAD_REQUEST and error.detail == UNREADABLE_BODY:
            words = "the body is nested too deep, or holds a number too large to read"
            return _refused(request, problem(422, words, slug="malformed"), "malformed")
        return _refused(request, problem(error.status_code, str(error.detail), headers=error.headers), "framework")

    @app.exception_handler(Exception)
    async def unforeseen(request: Request, error: Exception) -> Response:
        log.exception("request_crashed", extra={"route": _route(request)}, exc_info=error)
        return problem(500, "the server met something it did not foresee; the operator finds it in the log")


def of_malformed(errors: Sequence[Mapping[str, object]]) -> Response:
    """422 with a JSON pointer and a reason for each thing that is wrong, never with the value sent."""
    found = []
    for error in errors:
        where = error.get("loc")
        loc = where if isinstance(where, tuple | list) else ()
        found.append({"pointer": "/" + "/".join(str(part) for part in loc), "detail": str(error.get("msg", ""))})
    detail = "; ".join(f"{e['pointer']}: {e['detail']}" for e in found[:3]) or "the request is malformed"
    return problem(422, detail, slug="malformed", more={"errors": found})


def _refused(request: Request, answer: Response, slug: str) -> Response:
    """Log a refusal by its route's pattern: what the caller sent, and whom it names, stay out of the log."""
    if answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
        fields = {"route": _route(request) or "unmatched", "status": answer.status_code, "problem": slug}
        log.info("request_refused", extra=fields)
    return answer


def _route(request: Request) -> str:
    route = request.scope.get("route")
    return getattr(route, "path", "")
