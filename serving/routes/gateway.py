"""Calls of the SMS gateway, signed as Standard Webhooks say, and the key that browsers subscribe with."""

from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from serving.access.auth import SignedIn
from serving.bodies.messages import PushKeyOut, UnderstoodOut
from serving.channels.vapid import public_key
from serving.delivery.gateway import ReceiptIn, ReplyIn
from serving.routes.documented import problems
from serving.runtime import RunningHerald

router = APIRouter(prefix="/v1", tags=["messages"])

_PROBLEMS = {status: words for status, words in problems(404, 413, 422, 503).items() if status != 403}


def _takes(model: type[Any]) -> dict[str, Any]:
    """The body in the API's document: it is read raw here, because a signature is over bytes."""
    headers = [
        {"name": name, "in": "header", "required": False, "schema": {"type": "string"}, "description": words}
        for name, words in (
            ("webhook-id", "id of the call; heard once"),
            ("webhook-timestamp", "seconds since 1970; within five minutes"),
            ("webhook-signature", "v1,… as Standard Webhooks say"),
        )
    ]
    content = {"application/json": {"schema": model.model_json_schema()}}
    return {"parameters": headers, "requestBody": {"required": True, "content": content}}


@router.post("/sms/receipts", status_code=204, responses=_PROBLEMS, openapi_extra=_takes(ReceiptIn))
async def take_receipt(request: Request, herald: RunningHerald) -> Response:
    """The gateway tells what became of an SMS. Signed; a repeated call changes nothing."""
    body = await request.body()
    await run_in_threadpool(herald.gateway.receipt, body, request.headers)
    return Response(status_code=204)


@router.post("/sms/replies", response_model=UnderstoodOut, responses=_PROBLEMS, openapi_extra=_takes(ReplyIn))
async def take_reply(request: Request, herald: RunningHerald) -> dict[str, Any]:
    """The gateway passes on a reply: stop, not me, yes. Signed; anything else is not kept."""
    body = await request.body()
    return {"understood": await run_in_threadpool(herald.gateway.reply, body, request.headers)}


@router.get("/push-key", responses=problems(503))
def read_push_key(herald: RunningHerald, _caller: SignedIn) -> PushKeyOut:
    """What a browser subscribes with (applicationServerKey); empty: no push messages are sent."""
    return PushKeyOut(key=public_key(herald.building.settings.push_private_key.get_secret_value()))
