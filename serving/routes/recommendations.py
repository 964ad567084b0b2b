"""GET recommendations: the pipeline runs, its receipt is committed, then the answer is sent."""

import json
from typing import Annotated

from fastapi import APIRouter, Query, Response

from serving.access import linked_citizen
from serving.auth import MayRecommend
from serving.responses import RecommendationsOut
from serving.routes.documented import CitizenInPath, Language, problems
from serving.runtime import RunningHerald
from serving.shown import ranking

router = APIRouter(prefix="/v1", tags=["recommendations"], responses=problems(404, 422, 503))


@router.get("/citizens/{citizen_id}/recommendations", response_model=RecommendationsOut)
def recommendations(
    citizen_id: CitizenInPath,
    herald: RunningHerald,
    caller: MayRecommend,
    k: Annotated[int, Query(ge=1, le=100, description="at most so many")] = 5,
    language: Language = None,
) -> Response:
    """The public services that this citizen most needs now and may have, and why.

    The answer is written without response validation, which would cost more than the model does.
    """
    citizen = linked_citizen(herald.database, caller, citizen_id)
    decision, on_record = herald.decider.for_request(citizen)
    edition = herald.editions.get(decision.versions.catalogue)
    body = {
        "decision_id": on_record,
        "as_of": decision.request.at.isoformat(),
        "model_version": decision.versions.model,
        "catalogue_version": decision.versions.catalogue,
        "recommendations": ranking(decision, edition, herald.wording, language=language, k=k),
    }
    return Response(json.dumps(body), media_type="application/json", headers={"Cache-Control": "no-store"})
