"""GET deliveries and the poison list, for operators: nothing about any citizen."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query

from recommender.errors import NotFoundError
from recommender.instants import from_us
from serving.access.auth import MayOperate
from serving.bodies.deliveries import DeliveriesOut, PoisonListOut
from serving.database import deliveries
from serving.routes.documented import problems
from serving.runtime import RunningHerald

router = APIRouter(prefix="/v1/deliveries", tags=["operations"], responses=problems(404, 422, 503))

LARGEST = 2**31 - 1


@router.get("", response_model=DeliveriesOut)
def count_deliveries(herald: RunningHerald, _caller: MayOperate) -> dict[str, Any]:
    """How many deliveries are in which state, by channel."""
    with herald.database.read() as conn:
        found = deliveries.counts(conn)
    return {
        "deliveries": [{"channel": c.channel, "state": c.state, "number": c.number, "doubts": c.doubts} for c in found]
    }


@router.get("/poison", response_model=PoisonListOut)
def list_poison(
    herald: RunningHerald,
    _caller: MayOperate,
    after: Annotated[int, Query(ge=0, le=LARGEST, description="outbox_id of the last one seen")] = 0,
) -> dict[str, Any]:
    """Deliveries that ended without reaching anybody, with why."""
    with herald.database.read() as conn:
        found = deliveries.poison(conn, after, 100)
    return {
        "poison": [
            {
                "outbox_id": each.outbox_id,
                "channel": each.channel,
                "target": each.target,
                "state": each.state,
                "attempts": each.attempts,
                "reason": each.reason,
                "changed_at": from_us(each.changed_us).isoformat(),
            }
            for each in found
        ]
    }


@router.post("/{outbox_id}/retry", status_code=204)
def retry_delivery(
    outbox_id: Annotated[int, Path(ge=1, le=LARGEST, description="from the poison list")],
    herald: RunningHerald,
    _caller: MayOperate,
) -> None:
    """Try one of the poison list anew, from its first attempt."""
    with herald.database.write() as conn:
        channel = deliveries.again(conn, outbox_id, herald.clock.now())
    if channel is None:
        raise NotFoundError("no such delivery is on the poison list", mend="see GET /v1/deliveries/poison")
    herald.wake_channels([channel])
