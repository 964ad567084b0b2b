"""What callers send: pydantic models at the edge, strict about types, so that what was meant is what is stored."""

import re
from datetime import datetime
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema, model_validator

_ISO = re.compile(r"^\d{4}-\d\d-\d\d([Tt ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d))?$", re.ASCII)


def _text(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("must be text")
    return value


def _instant(value: object) -> str:
    text = str(_text(value))
    if not _ISO.match(text):
        raise ValueError("must be an ISO 8601 date, or a date and time with an offset such as Z or +02:00")
    datetime.fromisoformat(text)
    return text


def clean(value: str) -> str:
    """The text as it came. Raises ValueError for control characters."""
    if any(ord(c) < 32 or ord(c) == 127 or 0xD800 <= ord(c) <= 0xDFFF for c in value):
        raise ValueError("must not hold control characters or halves of characters")
    return value


Instant = Annotated[
    str,
    BeforeValidator(_instant),
    WithJsonSchema(
        {
            "anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}],
            "description": "ISO 8601 with an offset; a bare date is read in the data's time zone",
        }
    ),
]
FactName = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$", description="the sender's id of the fact")
]
PortalCitizen = Annotated[
    str,
    Field(
        pattern=r"^[A-Za-z0-9_-]{1,64}$", description="the citizen, as this portal knows them: from resolve, or `me`"
    ),
]
Label = Annotated[str, AfterValidator(clean), Field(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f\x7f]+$")]
RegisterNumber = Annotated[
    str,
    AfterValidator(clean),
    Field(
        min_length=1,
        max_length=64,
        pattern=r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$",
        description="the register's number of the citizen; only a sender with the scope facts:write, or resolve",
    ),
]
Text = Annotated[str, AfterValidator(clean), Field(max_length=256)]
Value = Annotated[
    bool | float | Text | None,
    Field(description="number, true or false, category, ISO 8601 date; null: told to be unknown"),
]


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("must be a time zone's IANA name such as Asia/Shanghai")
    return name


ClockTime = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description="hours and minutes, HH:MM")]
Zone = Annotated[
    str,
    AfterValidator(_zone),
    Field(max_length=64, description="IANA name of the citizen's time zone"),
    WithJsonSchema({"type": "string", "enum": ["Asia/Shanghai", "Europe/Tallinn", "UTC"]}),
]


class Body(BaseModel):
    """Base of every body: unknown fields are refused, so that a misspelt one is not lost in silence."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class OfCitizen(Body):
    """A body that names its citizen in exactly one way."""

    citizen_id: PortalCitizen | None = None
    register_number: RegisterNumber | None = None

    @model_validator(mode="after")
    def _one_name(self) -> "OfCitizen":
        if (self.citizen_id is None) == (self.register_number is None):
            raise ValueError("name the citizen by exactly one of citizen_id and register_number")
        return self


def example_in(**example: Any) -> ConfigDict:
    """A body's example in the documentation."""
    return ConfigDict(json_schema_extra={"examples": [example]})


def _example_of_citizen(**example: Any) -> ConfigDict:
    one_name: list[Any] = [{"required": ["citizen_id"]}, {"required": ["register_number"]}]
    return ConfigDict(json_schema_extra={"examples": [example], "oneOf": one_name})


class LifeEventIn(OfCitizen):
    """A life event that happened, a correction of one, or with `withdrawn` the taking back of one."""

    model_config = _example_of_citizen(
        id="civil-2031-000417", register_number="38001010014", type="child_born", happened_at="2031-03-02"
    )

    id: FactName
    type: Label
    happened_at: Instant
    corrects: FactName | None = Field(None, description="id of the fact that this one replaces or takes back")
    withdrawn: bool = Field(False, description="true: the fact named by `corrects` did not happen")

    @model_validator(mode="after")
    def _withdraws_something(self) -> "LifeEventIn":
        if self.withdrawn and self.corrects is None:
            raise ValueError("a withdrawal names in `corrects` the fact that it takes back")
        return self


class AttributesIn(OfCitizen):
    """Attributes of a citizen as of a time; those not named stay. A citizen not known before becomes known."""

    model_config = _example_of_citizen(
        id="tax-2031-77",
        register_number="38001010014",
        as_of="2031-03-31",
        values={"income": 1240.5, "district": "north"},
    )

    id: FactName
    as_of: Instant
    values: dict[Label, Value] = Field(min_length=1, max_length=500)
    corrects: FactName | None = Field(None, description="id of the attributes that these replace")


class ResolveIn(Body):
    """The register number for which a portal wants its own identifier of the citizen."""

    model_config = example_in(register_number="38001010014")

    register_number: RegisterNumber


class FeedbackIn(Body):
    """What a citizen said about a notification, or what became of it."""

    model_config = example_in(kind="not_now", service_id="birth_allowance")

    kind: Literal["impression", "never", "not_now", "already_have", "wrong", "outcome", "taken_back"] = Field(
        description="taken_back: never, not_now or already_have is taken back; wrong is settled by the register"
    )
    service_id: Label | None = Field(None, description="one public service of the notification; none: all of them")
    outcome: Literal["started", "submitted", "granted", "refused", "ended"] | None = Field(
        None, description="what became of it; exactly when kind is outcome"
    )

    attribute: Label | None = Field(
        None, description="with kind wrong: the attribute that is wrong; none: the fact behind the notification"
    )

    reason: Annotated[
        str, AfterValidator(clean), Field(max_length=400, description="with outcome refused: why, for the citizen")
    ] = ""

    @model_validator(mode="after")
    def _outcome_when_due(self) -> "FeedbackIn":
        if self.reason and self.outcome != "refused":
            raise ValueError("`reason` is given only when the outcome is refused")
        if self.attribute is not None and self.kind != "wrong":
            raise ValueError("`attribute` is given only when kind is wrong")
        if (self.kind == "outcome") != (self.outcome is not None):
            raise ValueError("`outcome` is given exactly when kind is outcome")
        return self


class SettlementIn(Body):
    """What a register found when it looked again."""

    model_config = example_in(outcome="corrected", note="The child is another person's.")

    outcome: Literal["upheld", "corrected"] = Field(
        description="upheld: the record stands; corrected: it was wrong, and stays unused until its correction comes"
    )
    note: Annotated[str, AfterValidator(clean), Field(max_length=400)] = Field(
        "", description="for the citizen to read"
    )


class GroundIn(Body):
    """The citizen objects to being told unasked, or takes the objection back."""

    model_config = example_in(objected=True)

    objected: bool = Field(description="true: nothing is pushed any more, queued notifications included")
    authority: Label | None = Field(None, description="id of one authority; none: whoever it is")


class AnswerIn(Body):
    """What the citizen answered to a question; null takes the answer back."""

    model_config = example_in(attribute="tenure", value="rent")

    attribute: Label
    value: Value


LanguageTag = Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)]


class PreferencesIn(Body):
    """When and how the citizen wants to be told; what is left out goes back to the default."""

    model_config = example_in(quiet_from="20:30", quiet_to="09:00", zone="Asia/Shanghai")

    quiet_from: ClockTime | None = None
    quiet_to: ClockTime | None = Field(None, description="equal to quiet_from: no quiet hours")
    zone: Zone | None = None
    channels: list[Literal["webpush", "email", "sms", "letter", "counter"]] | None = Field(
        None, max_length=5, description="how to be told besides the inbox, in order of preference; []: the inbox alone"
    )
    language: LanguageTag | None = Field(None, description="in which messages are written where there is a text")
    profiling: Literal["allowed", "refused"] | None = Field(
        None, description="refused: no stored profile chooses what is shown, and nothing is pushed"
    )


class StopIn(Body):
    """What is to be stopped, and why."""

    model_config = example_in(reach="service", name="birth_allowance", because="the income limit was entered wrongly")

    reach: Literal["everything", "channel", "authority", "service"]
    name: Label | None = Field(None, description="id of the service or authority, the channel's name; none: everything")
    because: Label = Field(description="why, for the record; no citizen reads it")
    by: Label | None = Field(None, description="who; none: the client")
