"""PUT, DELETE and GET stops: an operator pauses a service, an authority, a channel or everything, and lifts it."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from recommender.stops import Reach, Stop, Stopped, Word
from serving.access.auth import MayOperate
from serving.bodies.requests import StopIn
from serving.bodies.stops import StopOut, StopsOut
from serving.routes.documented import problems
from serving.runtime import RunningHerald

router = APIRouter(prefix="/v1", tags=["stops"], responses=problems(404, 413, 422, 503))

_Name = Annotated[str, Query(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$", description="id; none for everything")]
_Person = Annotated[str, Query(max_length=200, pattern=r"^[^\x00-\x1f\x7f]*$", description="who; default: the client")]
_Because = Annotated[str, Query(max_length=400, pattern=r"^[^\x00-\x1f\x7f]*$", description="why")]


@router.put("/stops", response_model=StopOut)
def put_stop(body: StopIn, herald: RunningHerald, caller: MayOperate) -> dict[str, Any]:
    """Stop it: nothing of it leaves any more, what is queued included. The same stop again changes nothing."""
    of = Stopped.of(body.reach, body.name or "")
    stop, _ = herald.stopping.stop(of, body.because, body.by or caller.portal, caller.portal)
    return _json(stop)


@router.delete("/stops", response_model=StopOut)
def lift_stop(
    herald: RunningHerald,
    caller: MayOperate,
    reach: Annotated[Reach, Query(description="how far the stop reaches")],
    name: _Name = "",
    by: _Person = "",
    because: _Because = "",
) -> dict[str, Any]:
    """Lift a stop: what waited goes now, unless its deadline has passed."""
    of = Stopped.of(reach, name)
    return _json(herald.stopping.resume(of, because, by or caller.portal, caller.portal))


@router.get("/stops", response_model=StopsOut)
def list_stops(
    herald: RunningHerald,
    _caller: MayOperate,
    lifted: Annotated[bool, Query(description="true: those that were lifted too")] = False,
) -> dict[str, Any]:
    """What is stopped, by whom, since when and why, oldest first."""
    return {"stops": [_json(stop) for stop in herald.stopping.listed(lifted=lifted)]}


def _json(stop: Stop) -> dict[str, Any]:
    return {
        "reach": stop.stopped.reach.value,
        "name": stop.stopped.name,
        "stopped": _word(stop.said),
        "lifted": None if stop.lifted is None else _word(stop.lifted),
    }


def _word(said: Word) -> dict[str, str]:
    return {"by": said.by, "account": said.account, "because": said.because, "at": said.at.isoformat()}
