"""The door of the pages: sign-in by the provider, or in development by a number; out again, quickly if need be."""

from typing import Annotated

from fastapi import Path, Query, Request, Response
from starlette.concurrency import run_in_threadpool

from recommender.clock import SystemClock
from recommender.errors import ForbiddenError, NotFoundError, NotSignedInError
from recommender.identifiers import CitizenId
from serving.pages.forms import Submitted, read_fields
from serving.pages.openid import BACK
from serving.pages.rendering import outside
from serving.pages.routing import go, pages
from serving.pages.sessions import Door, local
from serving.pages.visitors import LANGUAGE, language_of, languages
from serving.runtime import Herald, RunningHerald
from serving.settings import is_loopback

router = pages()

Back = Annotated[str, Query(max_length=300, description="where they wanted to go")]
YEAR_S = 31_536_000


@router.get("/inbox/sign-in")
def sign_in(request: Request, herald: RunningHerald, back: Back = "/inbox", again: bool = False) -> Response:
    """The page with the button; in development also a field for a register number."""
    door = herald.sessions.new_door(back, again=again)
    spoken = languages(herald)
    here = _may_here(request, herald)
    answer = outside(
        "sign_in",
        language_of(request, spoken),
        door=door,
        here=here,
        provider=herald.openid is not None,
        spoken=spoken,
        development=here,
    )
    herald.sessions.open_door(answer, door)
    return answer


@router.get("/inbox/sign-in/start")
def start(request: Request, herald: RunningHerald) -> Response:
    """On to the provider."""
    door = herald.sessions.door(request)
    if door is None or herald.openid is None:
        return go("/inbox/sign-in")
    return go(herald.openid.address(door))


@router.get(BACK)
def come_back(request: Request, herald: RunningHerald) -> Response:
    """Back from the provider."""
    door = herald.sessions.door(request)
    if door is None or herald.openid is None:
        raise NotSignedInError("this sign-in was not begun here", mend="sign in again")
    vouched = herald.openid.vouched(door, dict(request.query_params))
    return _enter(herald, door, vouched.register_number, vouched.signed_in_s)


@router.post("/inbox/sign-in/here")
async def sign_in_here(request: Request, herald: RunningHerald) -> Response:
    """By a register number, without proof: in development, on this machine alone."""
    if not _may_here(request, herald):
        raise ForbiddenError("sign in at the provider", mend="press the button")
    door = herald.sessions.door(request)
    if door is None:
        raise NotSignedInError("the page was open for too long", mend="sign in again")
    fields = await read_fields(request, door.csrf)
    number = fields.one("number")
    if not number or len(number) > 64:
        raise NotFoundError("no citizen of that number is known here", mend="give another number")
    return await run_in_threadpool(_enter, herald, door, number, SystemClock().now().timestamp())


@router.post("/inbox/sign-out")
def sign_out(herald: RunningHerald, _fields: Submitted) -> Response:
    """The browser forgets who was here."""
    return _gone(herald, "/inbox/sign-in")


@router.post("/inbox/leave")
def leave(herald: RunningHerald, _fields: Submitted) -> Response:
    """At once to a harmless page; what these pages left in the browser is cleared."""
    answer = _gone(herald, herald.sessions.settings.leave_to)
    answer.headers["Clear-Site-Data"] = '"cache", "cookies", "storage"'
    return answer


@router.get("/inbox/language/{language}")
def choose_language(
    herald: RunningHerald,
    language: Annotated[str, Path(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)],
    back: Back = "/inbox",
) -> Response:
    """The pages speak it from now on, in this browser."""
    signed_out = back.startswith("/inbox/sign-in")
    answer = go("/inbox/sign-in" if signed_out else local(back))
    secure = herald.sessions.secure
    answer.set_cookie(LANGUAGE, language, max_age=YEAR_S, path="/", secure=secure, httponly=True, samesite="lax")
    return answer


def _enter(herald: Herald, door: Door, number: str, signed_in_s: float) -> Response:
    citizen_id = herald.identify(number)
    herald.check_not_erased(CitizenId(citizen_id))
    answer = go(door.back)
    herald.sessions.end(answer)
    herald.sessions.keep(answer, herald.sessions.begin(citizen_id, signed_in_s))
    return answer


def _gone(herald: Herald, to: str) -> Response:
    answer = go(to)
    herald.sessions.end(answer)
    return answer


def _may_here(request: Request, herald: Herald) -> bool:
    """Whether a number alone may sign in: development, and whoever asks is on this machine."""
    peer = request.client.host if request.client else ""
    return herald.settings.development and is_loopback(herald.settings.host) and is_loopback(peer)
