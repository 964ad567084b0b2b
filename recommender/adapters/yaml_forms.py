"""The forms of a catalogue's YAML files: what may stand where, checked by pydantic. docs/catalogue.md explains each."""

from datetime import date
from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

from recommender.catalogue import Usage
from recommender.instants import check_period
from recommender.service_terms import ChannelKind, Residence, Sensitivity, Step

Text = Annotated[str, Field(min_length=1)]
Words = Annotated[dict[Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$")], Text], Field(min_length=1)]
Period = Annotated[str, AfterValidator(check_period)]
Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_]*$")]


def month_and_day(text: object) -> tuple[int, int]:
    """(month, day) of `MM-DD`. Raises ValueError when no year has that day."""
    try:
        day = date.fromisoformat(f"2024-{text}")  # a leap year, so that 02-29 is a day
    except ValueError as error:
        raise ValueError(f"{text!r} is not a day of the year such as '09-01' (in quotes)") from error
    return day.month, day.day


def day_of_year(day: tuple[int, int]) -> str:
    """`MM-DD` of what `month_and_day` gave."""
    return "{:02}-{:02}".format(*day)


YearDay = Annotated[
    tuple[int, int], BeforeValidator(month_and_day), PlainSerializer(day_of_year, return_type=str, when_used="json")
]


class Form(BaseModel):
    """A part of a file: no field that is not named here."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class AnswerForm(Form):
    within: Period
    event: Identifier | None = None
    date: Identifier | None = None
    after: Period | None = None
    words: Words | None = None

    @model_validator(mode="after")
    def _one_fact(self) -> "AnswerForm":
        if (self.event is None) == (self.date is None):
            raise ValueError("an answer names either `event` or `date`")
        if self.after is not None and self.date is None:
            raise ValueError("`after` goes with `date`")
        return self


class Span(Form):
    """Days from the first to the last, both included; one left out is open."""

    first: date | None = Field(None, alias="from")
    last: date | None = Field(None, alias="to")

    @model_validator(mode="after")
    def _in_order(self) -> "Span":
        if self.first is not None and self.last is not None and self.last < self.first:
            raise ValueError(f"ends on {self.last}, before it begins on {self.first}")
        return self


OPEN = Span.model_validate({})


class SourceForm(Form):
    act: Text
    article: str = ""
    link: str = ""


class CriterionForm(Form):
    id: Identifier
    rule: Text
    met: Words
    unmet: Words
    unknown: Words
    source: SourceForm | Text
    in_force: Span = OPEN


class EvidenceForm(Form):
    id: Identifier
    name: Words
    held_by: Identifier | None = None


class ChannelForm(Form):
    kind: ChannelKind
    address: Words | Text
    can: Annotated[list[Step], Field(min_length=1)]
    hours: Words | None = None


class SeasonForm(Form):
    first: YearDay = Field(alias="from")
    last: YearDay = Field(alias="to")


class JurisdictionForm(Form):
    by: Residence = Residence.REGISTERED
    regions: Annotated[list[Text], Field(min_length=1)]


class ServiceForm(Form):
    """One file: one public service."""

    id: Identifier
    name: Words
    description: Words
    authority: Words | Identifier
    need: Identifier
    answers: list[AnswerForm] = Field(default_factory=list)
    usage: Usage
    criteria: list[CriterionForm]
    may_be_anticipated: bool = False
    may_ask: bool = False
    per_household: bool = False
    deadline: Period | None = None
    renewal: Period | None = None
    processing_time: Period | None = None
    apply_url: str = ""
    evidence: list[EvidenceForm] = Field(default_factory=list)
    channels: list[ChannelForm] = Field(default_factory=list)
    cost: Words | None = None
    output: Words | None = None
    valid: Span = OPEN
    season: SeasonForm | None = None
    jurisdiction: JurisdictionForm | None = None
    sensitivity: Sensitivity = Sensitivity.ORDINARY
    excludes: list[Identifier] = Field(default_factory=list)


class AuthorityForm(Form):
    name: Words
    page: str = ""
    phone: str = ""


class BundleForm(Form):
    name: Words
    event: Identifier
    services: Annotated[list[Identifier], Field(min_length=1)]


class QuestionForm(Form):
    words: Words
    choices: dict[str, Words] = Field(default_factory=dict)
    name: Words | None = None


class DatedValueForm(Span):
    """One value of a parameter, and the days on which it is law. `where`: other values by region."""

    value: float | bool | str
    where: dict[Text, float | bool | str] = Field(default_factory=dict)


class ParameterForm(Form):
    """What the law sets by date and region; `by` is the attribute that names the region."""

    words: Words
    source: SourceForm | Text
    unit: str = ""
    by: Identifier | None = None
    values: Annotated[list[DatedValueForm], Field(min_length=1)]

    @model_validator(mode="after")
    def _regions_by_something(self) -> "ParameterForm":
        if self.by is None and any(value.where for value in self.values):
            raise ValueError("`where` needs `by`, the attribute that names the region")
        spans = sorted((v.first or date.min, v.last or date.max) for v in self.values)
        if any(ends >= begins for (_, ends), (begins, _) in pairwise(spans)):
            raise ValueError("two values hold on the same day")
        return self


class SharedForm(Form):
    """`_catalogue.yaml`: what the services of the folder share. Every part may be left out.

    residence : which attribute names the region of each kind of residence.
    """

    title: Words | None = None
    languages: list[Text] = Field(default_factory=list)
    authorities: dict[Identifier, AuthorityForm] = Field(default_factory=dict)
    life_events: dict[Identifier, Words] = Field(default_factory=dict)
    regions: dict[Text, Words] = Field(default_factory=dict)
    residence: dict[Residence, Identifier] = Field(default_factory=dict)
    bundles: dict[Identifier, BundleForm] = Field(default_factory=dict)
    questions: dict[Identifier, QuestionForm] = Field(default_factory=dict)
    pauses: dict[Identifier, Period] = Field(default_factory=dict)
    parameters: dict[Identifier, ParameterForm] = Field(default_factory=dict)
