"""What is sent and answered about mandates and safe mode."""

from datetime import date
from typing import Any, Literal

from pydantic import BaseModel, Field, field_validator, model_validator

from recommender.instants import from_us
from serving.bodies.requests import Body, Label, RegisterNumber, Text
from serving.bodies.responses import example
from serving.database.mandates import Mandate

Kind = Literal["guardian", "carer", "counter"]
May = Literal["recommend", "feedback"]

_MANDATE: dict[str, Any] = {
    "mandate_id": "4f1c",
    "kind": "carer",
    "may": ["recommend"],
    "because": "Chosen by the person.",
    "issued_by": "me",
    "from": "2031-03-05T09:12:44+00:00",
    "until": "2031-12-31T00:00:00+00:00",
    "ended_at": None,
}


class CarerIn(Body):
    """A carer whom the citizen chooses."""

    model_config = example({"register_number": "38001010014", "may": ["recommend"], "until": "2031-12-31"})

    register_number: RegisterNumber = Field(description="the carer's")
    may: list[May] = Field(min_length=1, max_length=2, description="recommend: read; feedback: answer and object")
    until: str = Field(pattern=r"^\d{4}-\d\d-\d\d$", description="the first day on which it holds no more")
    because: Text = ""

    @field_validator("until")
    @classmethod
    def _is_a_day(cls, value: str) -> str:
        date.fromisoformat(value)
        return value


class MandateIn(CarerIn):
    """A mandate that a counter issues."""

    model_config = example(
        {
            "kind": "guardian",
            "register_number": "38001010014",
            "may": ["recommend", "feedback"],
            "until": "2031-12-31",
            "because": "Family Code, art. 27",
        }
    )

    kind: Kind
    register_number: RegisterNumber | None = Field(  # type: ignore[assignment]
        None, description="the holder's; none for a counter, which holds it itself"
    )
    because: Label = Field(description="the law or the paper that it rests on")

    @model_validator(mode="after")
    def _names_its_holder(self) -> "MandateIn":
        if (self.kind == "counter") != (self.register_number is None):
            raise ValueError("a counter's mandate names no holder, any other one does")
        return self


class MandateOut(BaseModel):
    """One mandate."""

    model_config = example(_MANDATE)

    mandate_id: str
    kind: Kind
    may: list[May]
    because: str
    issued_by: str
    starts: str = Field(serialization_alias="from")
    until: str
    ended_at: str | None = Field(None, description="when somebody ended it before its time")

    @classmethod
    def of(cls, mandate: Mandate) -> "MandateOut":
        ended = None if mandate.ended_us is None else from_us(mandate.ended_us).isoformat()
        return cls.model_validate(
            {
                "mandate_id": mandate.mandate_id,
                "kind": mandate.kind,
                "may": sorted(mandate.scopes),
                "because": mandate.because,
                "issued_by": mandate.issued_by,
                "starts": from_us(mandate.from_us).isoformat(),
                "until": from_us(mandate.until_us).isoformat(),
                "ended_at": ended,
            }
        )


class MandatesOut(BaseModel):
    """All mandates ever issued for the citizen, oldest first."""

    model_config = example({"mandates": [_MANDATE]})

    mandates: list[MandateOut]


class SafeModeIn(Body):
    """Safe mode on or off."""

    model_config = example({"on": True})

    on: bool


class SafeModeOut(BaseModel):
    """Whether safe mode is on."""

    model_config = example({"on": True})

    on: bool = Field(description="true: shown only just after signing in, to nobody else; every mandate rests")
