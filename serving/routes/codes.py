"""GET codes/{code}: whether a message is genuine."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from serving.access.auth import SignedIn
from serving.bodies.messages import CodeOut
from serving.routes.documented import Language, problems
from serving.routes.notifications import NO_STORE
from serving.runtime import RunningHerald

router = APIRouter(prefix="/v1", tags=["messages"], responses=problems(422, 429, 503))


@router.get("/codes/{code}", response_model=CodeOut)
def confirm_code(
    code: Annotated[str, Path(min_length=1, max_length=40, description="as read out or typed, e.g. 7K4QX-M2B9T")],
    herald: RunningHerald,
    caller: SignedIn,
    response: Response,
    language: Language = None,
) -> Mapping[str, Any]:
    """Whether a message with this code is genuine, when it was decided on and which authorities it names; never whose.

    For the scopes recommend and counter. Who asks for too many wrong codes is answered 429.
    """
    response.headers.update(NO_STORE)
    return herald.confirming.confirm(code, language, caller)
