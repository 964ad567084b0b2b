"""What callers send and get about applications."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field, model_validator

from serving.bodies.requests import Body, Instant, Label, clean, example_in
from serving.bodies.responses import SERVICE, ServiceOut, example

Stage = Literal["started", "submitted", "granted", "refused", "ended"]

_APPLICATION: dict[str, Any] = {
    "service": SERVICE,
    "stage": "refused",
    "words": "It was refused.",
    "since": "2031-04-02T00:00:00+00:00",
    "reason": "The family lives in another district.",
    "proxy": False,
    "path": [{"stage": "refused", "at": "2031-04-02T00:00:00+00:00", "reason": "The family lives elsewhere."}],
}
_ALARM: dict[str, Any] = {
    "service_id": "birth_allowance",
    "catalogue_version": "9f2c",
    "criteria": "4be1",
    "decided": 412,
    "refused": 17,
}

Reason = Annotated[
    str, AfterValidator(clean), Field(max_length=400, description="why it was refused, for the citizen to read")
]


class ApplicationIn(Body):
    """What became of an application; reports may come late, twice and in any order."""

    model_config = example_in(service_id="birth_allowance", stage="granted", happened_at="2031-04-02")

    service_id: Label
    stage: Literal["started", "submitted", "granted", "refused", "ended", "nothing_done"]
    happened_at: Instant | None = Field(None, description="when; none: now")
    reason: Reason = ""
    answered: bool = Field(
        False,
        description="true: the citizen's own answer to the question, a proxy for a report that never came",
    )

    @model_validator(mode="after")
    def _fits(self) -> "ApplicationIn":
        if self.reason and self.stage != "refused":
            raise ValueError("`reason` is given only for a refusal")
        if self.stage == "nothing_done" and not self.answered:
            raise ValueError("only a citizen's answer says that nothing was done")
        return self


class StepOut(BaseModel):
    """One step of an application."""

    model_config = example(_APPLICATION["path"][0])

    stage: Stage
    at: str
    reason: str


class ApplicationOut(BaseModel):
    """Where an application stands."""

    model_config = example(_APPLICATION)

    service: ServiceOut
    stage: Literal["started", "submitted", "granted", "refused", "ended", "nothing_done"]
    words: str
    since: str | None
    reason: str
    proxy: bool = Field(description="true: by the citizen's own answer alone; no portal has reported anything")
    path: list[StepOut]


class FollowUpOut(BaseModel):
    """A service told a while ago of which nothing was heard; the answer is posted with `answered`."""

    model_config = example({"service": SERVICE, "words": "What became of it?"})

    service: ServiceOut
    words: str


class ApplicationsOut(BaseModel):
    """A citizen's applications."""

    model_config = example({"applications": [_APPLICATION], "question": None})

    applications: list[ApplicationOut]
    question: FollowUpOut | None = Field(description="at most one; a service is asked about until it is answered, once")


class FalseAlarmOut(BaseModel):
    """How pushes by one version of one service's conditions fared."""

    model_config = example(_ALARM)

    service_id: str
    catalogue_version: str
    criteria: str = Field(description="digest of the conditions that were law when it was told")
    decided: int | None = Field(description="pushes followed by a grant or a refusal; none: fewer than 10")
    refused: int | None = Field(description="of these, refused; none: hidden, because it or the rest is fewer than 10")


class FalseAlarmsOut(BaseModel):
    """Refusals after a push, by the version of the rules."""

    model_config = example({"false_alarms": [_ALARM]})

    false_alarms: list[FalseAlarmOut]
