"""POST life-events and attributes: a fact is in the event log before the answer, and decided on after it."""

from fastapi import APIRouter

from recommender.identifiers import CitizenId, FactId
from serving.access.auth import MaySendFacts
from serving.access.citizens import named_citizen, no_citizen_token
from serving.access.tokens import Caller
from serving.bodies.requests import AttributesIn, LifeEventIn, OfCitizen
from serving.bodies.responses import FactOut, FactStateOut
from serving.routes.documented import FactInPath, problems
from serving.runtime import Herald, RunningHerald

router = APIRouter(prefix="/v1", tags=["facts"], responses=problems(404, 409, 413, 422, 503))


@router.post("/life-events", status_code=202)
def send_life_event(body: LifeEventIn, herald: RunningHerald, caller: MaySendFacts) -> FactOut:
    """Tell that a life event happened. The same id with the same body gets the first answer again."""
    return herald.intake.life_event(body, _citizen(herald, caller, body), caller.portal)


@router.post("/attributes", status_code=202)
def send_attributes(body: AttributesIn, herald: RunningHerald, caller: MaySendFacts) -> FactOut:
    """Tell attributes of a citizen as of a time; makes a citizen known who was not."""
    return herald.intake.attributes(body, _citizen(herald, caller, body), caller.portal)


@router.get("/life-events/{fact_id}")
def read_life_event(fact_id: FactInPath, herald: RunningHerald, caller: MaySendFacts) -> FactStateOut:
    """What became of a life event that this sender sent: accepted, parked, or decided on."""
    return herald.intake.state(FactId(fact_id), caller.portal)


def _citizen(herald: Herald, caller: Caller, body: OfCitizen) -> CitizenId:
    no_citizen_token(caller)
    if body.register_number is not None:
        return herald.identify(body.register_number)
    return named_citizen(herald.database, caller, body.citizen_id or "")
