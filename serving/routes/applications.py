"""Where a citizen's applications stand, what portals report of them, and how often a push was a false alarm."""

from typing import Any

from fastapi import APIRouter, Response

from recommender.applications import Report
from recommender.facts import UseChange
from recommender.identifiers import ServiceId
from recommender.instants import to_us
from serving.access.auth import MayGiveFeedback, MayOperate, MayRecommend
from serving.access.citizens import linked_citizen
from serving.answering.applying import Said
from serving.bodies.applications import ApplicationIn, ApplicationsOut, FalseAlarmsOut
from serving.bodies.values import instant_of
from serving.routes.documented import CitizenInPath, Language, problems
from serving.routes.notifications import NO_STORE
from serving.runtime import RunningHerald

router = APIRouter(prefix="/v1", tags=["applications"], responses=problems(404, 413, 422, 503))


@router.get("/citizens/{citizen_id}/applications", response_model=ApplicationsOut)
def list_applications(
    citizen_id: CitizenInPath,
    herald: RunningHerald,
    caller: MayRecommend,
    response: Response,
    language: Language = None,
) -> dict[str, Any]:
    """Where the citizen's applications stand, by what portals reported or the citizen answered."""
    citizen = linked_citizen(herald.database, caller, citizen_id)
    response.headers.update(NO_STORE)
    return herald.applying.shown(citizen, language)


@router.post("/citizens/{citizen_id}/applications", response_model=ApplicationsOut)
def report_application(
    citizen_id: CitizenInPath,
    body: ApplicationIn,
    herald: RunningHerald,
    caller: MayGiveFeedback,
    response: Response,
    language: Language = None,
) -> dict[str, Any]:
    """Report what became of an application, whether the citizen was told of the service or not."""
    citizen = linked_citizen(herald.database, caller, citizen_id)
    response.headers.update(NO_STORE)
    now = herald.clock.now()
    at = now if body.happened_at is None else instant_of(body.happened_at, herald.wording.zone)
    stage = None if body.stage == "nothing_done" else UseChange(body.stage)
    report = Report(stage, to_us(at), body.reason, proxy=body.answered)
    herald.applying.report(citizen, ServiceId(body.service_id), Said(report, caller.portal))
    return herald.applying.shown(citizen, language)


@router.get("/false-alarms", response_model=FalseAlarmsOut)
def false_alarms(herald: RunningHerald, _caller: MayOperate, response: Response) -> dict[str, Any]:
    """Refusals after a push, by the version of the conditions that it was decided by; numbers under 10 are hidden."""
    response.headers.update(NO_STORE)
    return {"false_alarms": herald.applying.false_alarms()}
