"""POST citizens/resolve, and the citizen's legal ground."""

from fastapi import APIRouter

from serving.access.auth import MayGiveFeedback, MayRecommend
from serving.access.citizens import linked_citizen, no_citizen_token
from serving.bodies.requests import GroundIn, PreferencesIn, ResolveIn
from serving.bodies.responses import GroundOut, PreferencesOut, ResolvedOut
from serving.database import citizens
from serving.routes.documented import CitizenInPath, problems
from serving.runtime import RunningHerald

router = APIRouter(prefix="/v1/citizens", tags=["citizens"], responses=problems(404, 413, 422, 503))


@router.post("/resolve")
def resolve(body: ResolveIn, herald: RunningHerald, caller: MayRecommend) -> ResolvedOut:
    """Exchange a register number for an identifier that is valid for this portal only; the link is recorded."""
    no_citizen_token(caller)
    citizen_id = herald.identify(body.register_number)
    herald.check_known(citizen_id)
    with herald.database.write() as conn:
        identifier = citizens.link(conn, caller.portal, citizen_id, herald.clock.now())
    return ResolvedOut(citizen_id=identifier)


@router.get("/{citizen_id}/legal-ground")
def read_ground(citizen_id: CitizenInPath, herald: RunningHerald, caller: MayRecommend) -> GroundOut:
    """On what ground the citizen may be told unasked, and whether they object."""
    citizen = linked_citizen(herald.database, caller, citizen_id)
    return herald.grounds.shown(citizen)


@router.put("/{citizen_id}/legal-ground")
def change_ground(
    citizen_id: CitizenInPath, body: GroundIn, herald: RunningHerald, caller: MayGiveFeedback
) -> GroundOut:
    """Object to being told unasked, or take the objection back. Acts on queued notifications too."""
    citizen = linked_citizen(herald.database, caller, citizen_id)
    herald.check_authority(body.authority)
    herald.grounds.change(citizen, objected=body.objected, authority=body.authority)
    return herald.grounds.shown(citizen)


@router.get("/{citizen_id}/preferences")
def read_preferences(citizen_id: CitizenInPath, herald: RunningHerald, caller: MayRecommend) -> PreferencesOut:
    """When the citizen is not to be disturbed."""
    return herald.preferences.shown(linked_citizen(herald.database, caller, citizen_id))


@router.put("/{citizen_id}/preferences")
def change_preferences(
    citizen_id: CitizenInPath, body: PreferencesIn, herald: RunningHerald, caller: MayGiveFeedback
) -> PreferencesOut:
    """Say when the citizen is not to be disturbed. Acts on queued notifications too."""
    citizen = linked_citizen(herald.database, caller, citizen_id)
    herald.preferences.change(citizen, body)
    return herald.preferences.shown(citizen)
