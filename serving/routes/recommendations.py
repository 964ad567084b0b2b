"""GET recommendations: the pipeline runs, its receipt is committed, then the answer is sent."""

import json
from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field, model_validator

from recommender.decision import Mode
from recommender.identifiers import CitizenId
from recommender.rules_only import Picked
from serving.access.auth import MayGiveFeedback, MayRecommend
from serving.access.citizens import linked_citizen
from serving.bodies.recommendations import RecommendationsOut
from serving.bodies.requests import AnswerIn, Label
from serving.bodies.shown import ranking
from serving.routes.documented import CitizenInPath, Language, problems
from serving.runtime import Herald, RunningHerald

router = APIRouter(prefix="/v1", tags=["recommendations"], responses=problems(404, 413, 422, 503))


class Asked(BaseModel):
    """What a portal asks for."""

    model_config = ConfigDict(frozen=True)

    k: int = Field(5, ge=1, le=100, description="at most so many")
    language: Language = None
    mode: Mode = Field(Mode.PERSONAL, description="rules_only: no stored profile is read, no model asked")
    life_event: list[Label] = Field(
        [], max_length=20, description="with rules_only: a life event that the citizen picks, with its date after `@`"
    )
    told: list[Label] = Field(
        [], max_length=50, description="with rules_only: what the citizen says for this answer, as attribute=value"
    )

    @model_validator(mode="after")
    def _picked_in_its_mode(self) -> "Asked":
        if self.mode is Mode.PERSONAL and (self.life_event or self.told):
            raise ValueError("life events are picked with mode=rules_only")
        return self


@router.get("/citizens/{citizen_id}/recommendations", response_model=RecommendationsOut)
def recommendations(
    citizen_id: CitizenInPath, herald: RunningHerald, caller: MayRecommend, asked: Annotated[Asked, Query()]
) -> Response:
    """The public services that this citizen most needs now and may have, and why.

    With `mode=rules_only` the citizen picks life events (`child_born`, `moved@2031-03-01`) and says what they like
    about themselves (`tenure=rent`); rules alone answer, and nothing of it is kept but the receipt.
    The answer is written without response validation, which would cost more than the model does.
    """
    citizen = linked_citizen(herald.database, caller, citizen_id)
    picked = None
    if asked.mode is Mode.RULES_ONLY:
        picked = herald.picking.picked(asked.life_event, asked.told, herald.clock.now())
    return _answered(herald, citizen, asked.language, asked.k, picked)


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


def _answered(
    herald: Herald, citizen: CitizenId, language: str | None, k: int, picked: Picked | None = None
) -> Response:
    made = herald.decider.for_request(citizen, picked)
    decision = made.decision
    edition = herald.editions.get(decision.versions.catalogue)
    body = {
        "decision_id": made.on_record,
        "as_of": decision.request.at.isoformat(),
        "mode": decision.request.mode.value,
        "model_version": decision.versions.model,
        "catalogue_version": decision.versions.catalogue,
        "recommendations": ranking(decision, edition, herald.wording, language=language, k=k, leaving_out=made.wrong),
        "question": herald.asking.question(decision, made.knowledge, edition, language),
    }
    return Response(json.dumps(body), media_type="application/json", headers={"Cache-Control": "no-store"})
