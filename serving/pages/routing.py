"""Routes of pages: what goes wrong is told on a page, and every answer is protected and keeps its visitor signed in."""

from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import ValidationError
from starlette.responses import RedirectResponse

from recommender.errors import HeraldError, NotSignedInError, StaleSignInError
from serving.pages.rendering import outside, protect
from serving.pages.sessions import local
from serving.pages.texts import texts_in
from serving.pages.visitors import language_of, languages
from serving.problems import status_of
from serving.runtime import Herald

SEE_OTHER = 303
KNOWN = {403, 404, 410, 422, 429, 503}
"""Statuses that the pages have words of their own for."""

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class PageRoute(APIRoute):
    """A route that answers people, not programs."""

    def get_route_handler(self) -> Handler:
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            herald: Herald = request.app.state.herald
            try:
                answer = await handle(request)
            except NotSignedInError as error:
                answer = _to_the_door(request, again=isinstance(error, StaleSignInError))
            except HeraldError as error:
                answer = _told(request, herald, status_of(error))
            except (RequestValidationError, ValidationError):
                answer = _told(request, herald, 422)
            _keep(request, herald, answer)
            return answer

        return handled


def pages() -> APIRouter:
    """A router of pages. They are no part of the API's document; a test lists them by name."""
    return APIRouter(route_class=PageRoute, include_in_schema=False)


def go(to: str) -> Response:
    """After a form: the browser asks for a page, so that going back or loading again sends nothing twice."""
    return RedirectResponse(to, SEE_OTHER)


def _to_the_door(request: Request, *, again: bool) -> Response:
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    back = local(wanted if request.method == "GET" else "/inbox/settings" if again else "/inbox")
    return go(f"/inbox/sign-in?back={quote(back, safe='')}{'&again=1' if again else ''}")


def _told(request: Request, herald: Herald, status: int) -> Response:
    spoken = languages(herald)
    language = language_of(request, spoken)
    texts = texts_in(language)
    words = texts(f"problem.s{status}") if status in KNOWN else texts("problem.other")
    return outside("problem", language, status=status, words=words, spoken=spoken)


def _keep(request: Request, herald: Herald, answer: Response) -> None:
    session = getattr(request.state, "session", None)
    if session is not None and "set-cookie" not in answer.headers:
        herald.sessions.keep(answer, session)
    protect(answer, herald.sessions.settings.leave_to, secure=herald.sessions.secure)
