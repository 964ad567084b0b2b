"""The inbox, as a list and as a stream, and what citizens say about a notification."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query, Response
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from recommender.identifiers import NotificationId
from serving.access.auth import MayGiveFeedback, MayRecommend
from serving.access.citizens import linked_citizen
from serving.bodies.requests import FeedbackIn
from serving.bodies.responses import NotificationsOut
from serving.delivery.stream import events, last_seen
from serving.routes.documented import CitizenInPath, Language, problems
from serving.runtime import RunningHerald

router = APIRouter(prefix="/v1", tags=["notifications"], responses=problems(404, 422, 503))

NO_STORE = {"Cache-Control": "no-store"}


@router.get("/citizens/{citizen_id}/notifications", response_model=NotificationsOut)
def list_notifications(
    citizen_id: CitizenInPath,
    herald: RunningHerald,
    caller: MayRecommend,
    response: Response,
    language: Language = None,
    after: Annotated[int, Query(ge=0, le=2**53, description="sequence number of the last one seen")] = 0,
) -> dict[str, Any]:
    """Up to 100 notifications of the inbox, oldest first."""
    citizen = linked_citizen(herald.database, caller, citizen_id)
    response.headers.update(NO_STORE)
    return {"notifications": herald.inbox.read(citizen, language, after, 100)}


@router.get(
    "/citizens/{citizen_id}/notifications/stream",
    response_class=StreamingResponse,
    responses={
        200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}, "description": "Never ends."},
        **problems(429),
    },
)
async def stream_notifications(
    citizen_id: CitizenInPath,
    herald: RunningHerald,
    caller: MayRecommend,
    language: Language = None,
    last_event_id: Annotated[str | None, Header(description="sequence number of the last one seen")] = None,
) -> StreamingResponse:
    """Server-sent events `notification`, id = sequence, data = as in the list; what came after Last-Event-ID first."""
    citizen = await run_in_threadpool(linked_citizen, herald.database, caller, citizen_id)
    herald.hub.admit(citizen, herald.settings.streams_each)
    lines = events(
        herald.hub,
        citizen,
        # who may read is asked anew each time: a mandate may have ended, or safe mode begun, while the stream was open
        lambda after, limit: herald.inbox.read(
            linked_citizen(herald.database, caller, citizen_id), language, after, limit
        ),
        after=last_seen(last_event_id),
        heartbeat_s=herald.settings.stream_heartbeat_s,
    )
    headers = {**NO_STORE, "X-Accel-Buffering": "no"}
    return StreamingResponse(lines, media_type="text/event-stream", headers=headers)


@router.post("/notifications/{notification_id}/feedback", status_code=204, responses=problems(404, 413, 422, 503))
def give_feedback(
    notification_id: Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")],
    body: FeedbackIn,
    herald: RunningHerald,
    caller: MayGiveFeedback,
) -> None:
    """Say that it was seen, refused (never, not now), already had, wrong, or what came of it."""
    herald.inbox.feedback(NotificationId(notification_id), body, caller)
