"""The inbox page: what is suggested now, the question, where things stand; and each notification as it comes."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Query, Request, Response
from fastapi.responses import StreamingResponse

from recommender.applications import Report
from recommender.errors import InvalidFactError, RequestError
from recommender.facts import UseChange
from recommender.identifiers import NotificationId, ServiceId
from recommender.instants import to_us
from serving.answering.applying import Said
from serving.bodies.requests import AnswerIn, FeedbackIn
from serving.delivery.stream import events, last_seen
from serving.pages.forms import Submitted
from serving.pages.rendering import page, render
from serving.pages.routing import go, pages
from serving.pages.sessions import INBOX
from serving.pages.suggestions import Told, cards_of, suggestions
from serving.pages.visitors import SignedIn, Visitor

router = pages()

DONE = frozenset({"said", "undone", "answered", "reported", "happened"})
"""What the page may be told to confirm, by its address."""
STAGES = ("started", "submitted", "granted", "refused", "nothing_done")


@router.get("/inbox")
def now(visitor: SignedIn, done: str = "", what: str = "") -> Response:
    """What is suggested now."""
    shown = suggestions(visitor)
    applications = visitor.herald.applying.shown(visitor.citizen, visitor.language)
    events_of = visitor.herald.in_force.edition.catalogue.events if visitor.herald.settings.development else {}
    return page(
        visitor,
        "now",
        shown=shown,
        applications=applications,
        done=done if done in DONE else "",
        what=what if what in SAYINGS else "",
        may_happen=[each for each in _HAPPENINGS if each in events_of],
    )


SAYINGS = frozenset({"not_now", "already_have", "never", "wrong"})
_HAPPENINGS = ("child_born", "job_lost", "moved_residence", "retired", "relative_died")


@router.get("/inbox/stream")
def stream(
    request: Request, visitor: SignedIn, after: Annotated[int, Query(ge=0, le=2**53, description="last seen")] = 0
) -> Response:
    """Each notification as it comes, as the page shows it; resumes after the last one that the browser saw."""
    herald, citizen = visitor.herald, visitor.citizen
    herald.hub.admit(citizen, herald.settings.streams_each)
    seen = max(after, last_seen(request.headers.get("last-event-id")))

    def read(since: int, limit: int) -> list[dict[str, Any]]:
        # the session and who may read are asked anew each time: both may have ended while the stream was open
        herald.sessions.read(request)
        notes = herald.inbox.read(visitor.citizen, visitor.language, since, limit)
        return [_piece(visitor, note) for note in notes]

    lines = events(herald.hub, citizen, read, after=seen, heartbeat_s=herald.settings.stream_heartbeat_s)
    return StreamingResponse(_until_refused(lines), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})


async def _until_refused(lines: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The stream ends where a page would be refused; the browser then asks again, and is told."""
    try:
        async for line in lines:
            yield line
    except RequestError:
        return


@router.post("/inbox/feedback")
def say(visitor: SignedIn, fields: Submitted) -> Response:
    """Not now, already have it, never, that is wrong; or that said is taken back."""
    kind = fields.one("kind")
    body = FeedbackIn.model_validate({"kind": kind, **fields.given("service_id", "attribute")})
    if kind not in SAYINGS and kind != "taken_back":
        raise InvalidFactError("nothing of that kind can be said here", mend="use the page's buttons")
    visitor.herald.inbox.feedback(NotificationId(fields.one("notification_id")), body, visitor.caller)
    return go("/inbox?done=undone" if kind == "taken_back" else f"/inbox?done=said&what={kind}")


@router.post("/inbox/answer")
def answer(visitor: SignedIn, fields: Submitted) -> Response:
    """The answer to the question, or that a former one is taken back; the page shows at once what follows."""
    attribute = fields.one("attribute")
    given = fields.one("value")
    value: object = None if fields.one("taken_back") else typed(fields.one("type"), given)
    body = AnswerIn.model_validate({"attribute": attribute, "value": value})
    visitor.herald.asking.answer(visitor.citizen, body, visitor.herald.catalogue)
    return go("/inbox/record?done=undone" if fields.one("taken_back") else "/inbox?done=answered#question")


@router.post("/inbox/outcome")
def report(visitor: SignedIn, fields: Submitted) -> Response:
    """What became of it, by the citizen's own word."""
    stage = fields.one("stage")
    if stage not in STAGES:
        raise InvalidFactError("an application has no such stage", mend="choose one of those shown")
    herald = visitor.herald
    said = Report(None if stage == "nothing_done" else UseChange(stage), to_us(herald.clock.now()), "", proxy=True)
    herald.applying.report(visitor.citizen, ServiceId(fields.one("service_id")), Said(said, INBOX))
    return go("/inbox?done=reported#stands")


def typed(kind: str, given: str) -> object:
    """A field's text as a value of the question's kind. Raises InvalidFactError for a number that is none."""
    if kind == "boolean":
        return {"true": True, "false": False}.get(given, given)
    if kind == "number":
        try:
            return float(given)
        except ValueError as error:
            raise InvalidFactError("this is no number", mend="write digits") from error
    return given


def _piece(visitor: Visitor, note: dict[str, Any]) -> dict[str, Any]:
    """A notification as the open page puts it on top, and what a screen reader says."""
    html = render(
        "piece.html.j2",
        visitor.language,
        told=Told(note, cards_of(visitor, note, None, {})),
        visitor=visitor,
        csrf=visitor.session.csrf,
        zone=visitor.herald.wording.zone,
    )
    return {"sequence": note["sequence"], "html": html, "words": note["because"]["words"]}
