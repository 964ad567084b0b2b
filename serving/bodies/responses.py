"""What callers get, with examples: the words of the API."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

SERVICE = {
    "service_id": "birth_allowance",
    "name": "Birth allowance",
    "description": "A monthly sum for the first year of a child.",
    "authority": "Family Office",
    "apply_url": "/services/birth_allowance",
    "language": "en",
    "language_fallback": False,
}
_BECAUSE = {
    "event_type": "child_born",
    "happened_at": "2031-03-02T00:00:00Z",
    "words": "A child was born on 2 March 2031.",
}
_NOTIFICATION = {
    "notification_id": "n_4f1c",
    "sequence": 7,
    "created_at": "2031-03-05T09:12:44.120331Z",
    "state": "delivered",
    "right_to_object": None,
    "kind": "told",
    "because": _BECAUSE,
    "services": [SERVICE],
}

_APPROVAL: dict[str, Any] = {
    "drafted_by": "Anna Ahn",
    "approved_by": "Bert Bo",
    "approved_at": "2031-06-20T08:30:00+00:00",
    "in_force_from": "2031-07-01T00:00:00+00:00",
    "from_descriptor": False,
    "note": "the income limit rises",
}


def example(example: dict[str, Any]) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [example]})


class Problem(BaseModel):
    """RFC 9457."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [
                {
                    "type": "urn:herald:problem:conflict",
                    "title": "Conflict",
                    "status": 409,
                    "detail": "the fact civil-2031-000417 came before with another body",
                    "mend": "send a correction under a new id",
                }
            ]
        },
    )

    type: str
    title: str
    status: int
    detail: str
    mend: str | None = Field(None, description="how to mend it")


class TokenOut(BaseModel):
    """RFC 6749."""

    model_config = example(
        {"access_token": "eyJ…", "token_type": "Bearer", "expires_in": 900, "scope": "recommend feedback"}
    )

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int = Field(description="seconds")
    scope: str
    issued_token_type: str | None = Field(None, description="RFC 8693; only after a token exchange")


class FactOut(BaseModel):
    """What became of a fact at the door."""

    model_config = example({"fact_id": "civil-2031-000417", "status": "accepted"})

    fact_id: str
    status: Literal["accepted", "parked", "erased"] = Field(
        description="parked: the citizen is not known yet; decided on later; erased: dropped, nothing is kept of them"
    )


class FactStateOut(BaseModel):
    """What became of a fact since."""

    model_config = example({"fact_id": "civil-2031-000417", "status": "decided", "decision_id": "0197f2"})

    fact_id: str
    status: Literal["accepted", "parked", "decided"]
    decision_id: str | None = Field(None, description="the decision that the fact led to")


class ResolvedOut(BaseModel):
    """The citizen as this portal, and no other, knows them."""

    model_config = example({"citizen_id": "p7Jc0aY2dXk"})

    citizen_id: str


class ServiceOut(BaseModel):
    """A public service in the caller's language; `language_fallback` marks that it is not the language asked for."""

    model_config = example(SERVICE)

    service_id: str
    name: str
    description: str
    authority: str
    apply_url: str
    language: str
    language_fallback: bool


class ServicesOut(BaseModel):
    """The catalogue."""

    model_config = example({"catalogue_version": "9f2c", "services": [SERVICE]})

    catalogue_version: str
    services: list[ServiceOut]


class BecauseOut(BaseModel):
    """The recorded fact behind a notification."""

    model_config = example(_BECAUSE)

    event_type: str | None = Field(None, description="the life event; none when a date was reached")
    happened_at: str
    words: str


class NotificationOut(BaseModel):
    """All public services of one cause, most needed first."""

    model_config = example(_NOTIFICATION)

    notification_id: str
    sequence: int = Field(description="place in this inbox; grows; the event id of the stream")
    created_at: str
    state: str
    right_to_object: str | None = Field(description="at the first contact: that one may object; to be shown separately")
    kind: Literal["told", "question", "correction"] = Field(
        description="question: whether the citizen may have the services is not known, one answer would settle it; "
        "correction: an earlier notification was wrong"
    )
    corrects: str | None = Field(None, description="id of the notification that a correction takes back")
    because: BecauseOut
    services: list[ServiceOut]


class NotificationsOut(BaseModel):
    """An inbox, oldest first."""

    model_config = example({"notifications": [_NOTIFICATION]})

    notifications: list[NotificationOut]


class GroundOut(BaseModel):
    """On what ground a citizen may be told unasked, and whether they object."""

    model_config = example(
        {
            "purpose": "inform",
            "kind": "law",
            "words": "Act on Proactive Services, s. 4",
            "objected": False,
            "version": 0,
            "objected_authorities": ["tax_office"],
        }
    )

    purpose: Literal["inform"]
    kind: str = Field(description="law, consent, research_replay, or none: nothing is pushed")
    words: str
    objected: bool
    version: int = Field(description="0: nothing was ever said by or for this citizen")
    objected_authorities: list[str] = Field(description="authorities by which the citizen does not want to be told")


class PreferencesOut(BaseModel):
    """When and how a citizen wants to be told; times by their own clock."""

    model_config = example(
        {
            "quiet_from": "21:00",
            "quiet_to": "08:00",
            "zone": "Asia/Shanghai",
            "channels": None,
            "language": None,
            "profiling": "allowed",
            "said": ["zone"],
        }
    )

    quiet_from: str
    quiet_to: str
    zone: str
    channels: list[str] | None = Field(None, description="how they want to be told besides the inbox; none: not said")
    language: str | None = Field(None, description="in which messages are written; none: not said")
    profiling: Literal["allowed", "refused"] = Field(
        description="refused: no stored profile chooses what is shown, and nothing is pushed"
    )
    said: list[str] = Field(description="those that the citizen said; the others are the default")


class ApprovalOut(BaseModel):
    """Who answers for the catalogue that a decision was made with."""

    model_config = example(_APPROVAL)

    drafted_by: str | None
    approved_by: str | None = Field(description="another person than drafted it")
    approved_at: str | None
    in_force_from: str
    from_descriptor: bool = Field(description="true: taken from the descriptor's folder, approved by nobody")
    note: str


class ReceiptOut(BaseModel):
    """The record of one decision, silences included."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "examples": [{"decision_id": "d_01", "approval": _APPROVAL, "receipt": {"trigger": "fact"}}]
        },
    )

    decision_id: str
    approval: ApprovalOut | None = Field(None, description="none: no publication of that version is on record")
    receipt: dict[str, Any]


class HealthOut(BaseModel):
    """The process answers."""

    model_config = example({"status": "ok"})

    status: Literal["ok"]


class ReadyOut(BaseModel):
    """Every part that an answer needs."""

    model_config = example({"status": "ready", "checks": {"champion": "version 3"}, "mode": "development"})

    status: Literal["ready"]
    mode: str
    checks: dict[str, str]
