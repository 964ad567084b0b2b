"""What a portal is answered about recommendations: the services, why each, and the one question worth asking."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from serving.bodies.responses import SERVICE, ServiceOut, example


class RecommendationOut(ServiceOut):
    """One public service, in its place."""

    model_config = example(
        {
            **SERVICE,
            "rank": 1,
            "status": "eligible",
            "triggered": True,
            "score": 0.83,
            "because": ["A child was born on 2 March 2031.", "You have lived here for six months."],
            "missing": [],
        }
    )

    rank: int = Field(description="1 is most needed")
    status: Literal["eligible", "unknown"] = Field(description="unknown: what is missing decides")
    triggered: bool = Field(description="true: a recorded fact calls for it; false: a forecast")
    score: float | None = Field(None, description="calibrated probability of the need within the horizon")
    because: list[str] = Field(description="recorded facts and rules met, never a forecast")
    missing: list[str] = Field(description="attributes without which eligibility cannot be told")


_QUESTION: dict[str, Any] = {
    "attribute": "tenure",
    "kind": "category",
    "words": "What kind of home do you live in?",
    "language": "en",
    "language_fallback": False,
    "choices": [{"value": "rent", "words": "A rented home"}],
    "value": 0.41,
    "services": ["rent_support"],
}


class ChoiceOut(BaseModel):
    """One answer that may be given."""

    model_config = example({"value": "rent", "words": "A rented home"})

    value: str
    words: str


class QuestionOut(BaseModel):
    """The one question that would settle most. Asked, never required; the answer is marked as told by the citizen."""

    model_config = example(_QUESTION)

    attribute: str
    kind: Literal["number", "boolean", "category", "time"] = Field(description="kind of the answer's value")
    words: str
    language: str
    language_fallback: bool = Field(description="true: the words are not in the language asked for")
    choices: list[ChoiceOut] = Field(description="empty: any value of the kind")
    value: float = Field(description="expected need that an answer would settle")
    services: list[str] = Field(description="services whose status it would settle, most needed first")


class RecommendationsOut(BaseModel):
    """A decision made for this request; its receipt was committed before this answer."""

    model_config = example(
        {
            "decision_id": "d_01",
            "as_of": "2031-03-05T09:12:44.120331Z",
            "mode": "personal",
            "model_version": "3",
            "catalogue_version": "9f2c",
            "recommendations": [],
            "question": _QUESTION,
        }
    )

    decision_id: str
    as_of: str
    mode: Literal["personal", "rules_only"] = Field(description="rules_only: no stored profile, no model")
    model_version: str
    catalogue_version: str
    recommendations: list[RecommendationOut]
    question: QuestionOut | None = Field(None, description="none: no answer would settle anything shown")
