"""A counter's own worklist, and letters that came back."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import ConfigDict, Field

from recommender.identifiers import NotificationId
from serving.access.auth import MayServeAtCounter
from serving.access.citizens import no_citizen_token
from serving.bodies.messages import WorklistOut
from serving.bodies.requests import Body
from serving.routes.documented import problems
from serving.routes.notifications import NO_STORE
from serving.runtime import RunningHerald

router = APIRouter(prefix="/v1/counter", tags=["counter"], responses=problems(404, 409, 413, 422, 429, 503))


class OutcomeIn(Body):
    """What came of telling somebody in person."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"outcome": "reached"}]})

    outcome: Literal["reached", "not_reached", "refused"] = Field(
        description="refused: the person does not want to be told by a counter, and is not again"
    )


class ReturnedIn(Body):
    """A letter that came back."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"code": "7K4QX-M2B9T"}]})

    code: str = Field(min_length=1, max_length=40, description="the code on it, typed or scanned")


@router.get("/worklist", response_model=WorklistOut)
def read_worklist(
    herald: RunningHerald,
    caller: MayServeAtCounter,
    response: Response,
    limit: Annotated[int, Query(ge=1, le=100, description="most people shown")] = 20,
) -> dict[str, Any]:
    """Whom no electronic channel reaches, of this desk's authorities and districts, and what to tell them."""
    no_citizen_token(caller)
    response.headers.update(NO_STORE)
    return {"items": herald.worklist.shown(caller, limit)}


@router.post("/worklist/{item_id}/outcome", status_code=204)
def report_outcome(
    item_id: Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")],
    body: OutcomeIn,
    herald: RunningHerald,
    caller: MayServeAtCounter,
) -> None:
    """Say whether the person was reached; it leaves the worklist."""
    no_citizen_token(caller)
    herald.worklist.outcome(caller, NotificationId(item_id), body.outcome)


@router.post("/returned-letters", status_code=204)
def report_returned_letter(body: ReturnedIn, herald: RunningHerald, caller: MayServeAtCounter) -> None:
    """A letter came back: the address is not used again until the citizen gives it, or a register tells of another."""
    no_citizen_token(caller)
    herald.worklist.returned(caller, body.code)
