"""What a citizen says is wrong: listed for the citizen, settled by the register that keeps the record."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Response

from serving.access.auth import MayRecommend, MaySendFacts
from serving.access.citizens import linked_citizen, no_citizen_token
from serving.bodies.answers import DisputesOut, SettledOut
from serving.bodies.requests import SettlementIn
from serving.routes.documented import CitizenInPath, problems
from serving.routes.notifications import NO_STORE
from serving.runtime import RunningHerald

router = APIRouter(prefix="/v1", tags=["answers"], responses=problems(404, 409, 413, 422, 503))


@router.get("/citizens/{citizen_id}/disputes", response_model=DisputesOut)
def list_disputes(
    citizen_id: CitizenInPath, herald: RunningHerald, caller: MayRecommend, response: Response
) -> dict[str, Any]:
    """What this citizen called wrong, and whether its register has looked again."""
    citizen = linked_citizen(herald.database, caller, citizen_id)
    response.headers.update(NO_STORE)
    return {"disputes": herald.disputing.shown(citizen)}


@router.put("/disputes/{dispute_id}", response_model=SettledOut)
def settle_dispute(
    dispute_id: Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$", description="the dispute's id, as asked")],
    body: SettlementIn,
    herald: RunningHerald,
    caller: MaySendFacts,
) -> dict[str, Any]:
    """The register's word: the record is upheld, or it was wrong and is corrected by a fact of its own.

    Only the register that keeps the record settles it: the client named as the descriptor names the register, or the
    one that sent the fact.
    """
    no_citizen_token(caller)
    settled = herald.disputing.settle(dispute_id, body.outcome, body.note, caller.portal)
    return {"dispute_id": settled.dispute_id, "state": settled.state}
