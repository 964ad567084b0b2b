"""GET citizens/{id}/why and citizens/{id}/readings: what Herald owes the person whom it decides on."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from recommender.identifiers import ServiceId
from serving.access.auth import MayRecommend
from serving.access.citizens import linked_citizen
from serving.access.readings import shown
from serving.bodies.answers import ReadingsOut, WhyOut
from serving.bodies.requests import Instant
from serving.bodies.values import instant_of
from serving.routes.documented import CitizenInPath, Language, problems
from serving.routes.notifications import NO_STORE
from serving.runtime import RunningHerald

router = APIRouter(prefix="/v1/citizens", tags=["answers"], responses=problems(404, 422, 503))


@router.get("/{citizen_id}/why", response_model=WhyOut)
def why(  # noqa: PLR0913  # FastAPI's way to declare what a route takes
    citizen_id: CitizenInPath,
    herald: RunningHerald,
    caller: MayRecommend,
    response: Response,
    service_id: Annotated[str, Query(pattern=r"^[a-z0-9][a-z0-9_]*$", max_length=200)],
    at: Annotated[Instant | None, Query(description="as it was then; none: now")] = None,
    language: Language = None,
) -> dict[str, Any]:
    """Whether the citizen was told of a public service: when, why and by which channel, or why not; never a score."""
    citizen = linked_citizen(herald.database, caller, citizen_id)
    response.headers.update(NO_STORE)
    asked = None if at is None else instant_of(at, herald.wording.zone)
    return herald.answering.why(citizen, ServiceId(service_id), asked, language)


@router.get("/{citizen_id}/readings", response_model=ReadingsOut)
def readings(
    citizen_id: CitizenInPath,
    herald: RunningHerald,
    caller: MayRecommend,
    response: Response,
    language: Language = None,
) -> dict[str, Any]:
    """Who opened this citizen's record, when and for what purpose, latest first."""
    citizen = linked_citizen(herald.database, caller, citizen_id)
    response.headers.update(NO_STORE)
    spoken = herald.in_force.edition.words.language(language)
    return {"readings": shown(herald.database, citizen, spoken)}
