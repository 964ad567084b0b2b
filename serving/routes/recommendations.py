"""GET recommendations: the pipeline runs, its receipt is committed, then the answer is sent."""

import json
from typing import Annotated

from fastapi import APIRouter, Query, Response

from recommender.identifiers import CitizenId
from serving.access import linked_citizen
from serving.auth import MayGiveFeedback, MayRecommend
from serving.recommendation_responses import RecommendationsOut
from serving.requests import AnswerIn
from serving.routes.documented import CitizenInPath, Language, problems
from serving.runtime import Herald, RunningHerald
from serving.shown import ranking

router = APIRouter(prefix="/v1", tags=["recommendations"], responses=problems(404, 413, 422, 503))


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
    return _answered(herald, citizen, language, k)


@router.post("/citizens/{citizen_id}/answers", response_model=RecommendationsOut)
def answer(
    citizen_id: CitizenInPath,
    body: AnswerIn,
    herald: RunningHerald,
    caller: MayGiveFeedback,
    k: Annotated[int, Query(ge=1, le=100, description="at most so many")] = 5,
    language: Language = None,
) -> Response:
    """Take the citizen's answer to a question, and say at once what follows from it."""
    citizen = linked_citizen(herald.database, caller, citizen_id)
    herald.asking.answer(citizen, body, herald.catalogue)
    return _answered(herald, citizen, language, k)


def _answered(herald: Herald, citizen: CitizenId, language: str | None, k: int) -> Response:
    made = herald.decider.for_request(citizen)
    decision = made.decision
    edition = herald.editions.get(decision.versions.catalogue)
    body = {
        "decision_id": made.on_record,
        "as_of": decision.request.at.isoformat(),
        "model_version": decision.versions.model,
        "catalogue_version": decision.versions.catalogue,
        "recommendations": ranking(decision, edition, herald.wording, language=language, k=k),
        "question": herald.asking.question(decision, made.knowledge, edition, language),
    }
    return Response(json.dumps(body), media_type="application/json", headers={"Cache-Control": "no-store"})
