"""GET decisions: the receipt, for auditors, with a purpose that is logged."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response

from recommender.identifiers import DecisionId
from serving.access.auth import MayAudit
from serving.bodies.responses import ReceiptOut
from serving.routes.documented import problems
from serving.runtime import RunningHerald

router = APIRouter(prefix="/v1", tags=["audit"], responses=problems(404, 410, 422, 503))


@router.get("/decisions/{decision_id}", response_model=ReceiptOut)
def read_decision(
    decision_id: Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")],
    herald: RunningHerald,
    caller: MayAudit,
    purpose: Annotated[
        str,
        Query(
            min_length=8,
            max_length=200,
            pattern=r"^[^\x00-\x1f\x7f]+$",
            description="why it is read; kept and shown to the citizen",
        ),
    ],
    response: Response,
) -> dict[str, Any]:
    """What was known, which rules and versions, every candidate's status and score, why pushed or withheld."""
    response.headers["Cache-Control"] = "no-store"
    return herald.auditing.receipt(DecisionId(decision_id), caller, purpose)
