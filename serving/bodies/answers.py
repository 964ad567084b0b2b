"""What callers get who ask why, or who opened a record."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from serving.bodies.responses import SERVICE, ServiceOut, example

_DELIVERY = {
    "channel": "inbox",
    "state": "delivered",
    "at": "2031-03-05T09:12:44.120331+00:00",
    "words": "It was delivered.",
}
_TOLD: dict[str, Any] = {
    "notification_id": "4f1c0b",
    "decided_at": "2031-03-05T09:12:44.020331+00:00",
    "state": "delivered",
    "because": "Because this was recorded: a child was born, 2 March 2031.",
    "deliveries": [_DELIVERY],
}
_NOT_TOLD: dict[str, Any] = {
    "decision_id": "0197f2",
    "decided_at": "2031-03-05T09:12:44.020331+00:00",
    "reason": "not_eligible",
    "words": "By what is recorded about you, one of the conditions is not met.",
    "because": "Because this was recorded: a child was born, 2 March 2031.",
    "met": [],
    "unmet": ["You do not live here."],
    "unknown": [],
}
_WHY: dict[str, Any] = {
    "service": SERVICE,
    "as_of": "2031-03-07T00:00:00+00:00",
    "language": "en",
    "was_told": True,
    "told": [_TOLD],
    "not_told": None,
    "considered": True,
}
_DISPUTE: dict[str, Any] = {
    "dispute_id": "4f1c0b",
    "services": ["birth_allowance"],
    "about": "child_born",
    "kept_by": "civil",
    "state": "open",
    "asked": "sent",
    "raised_at": "2031-03-06T10:00:00+00:00",
    "settled_at": None,
    "note": "",
}
_OPENED = {
    "what": "receipt",
    "words": "The record of one decision was read.",
    "by": "ombudsman",
    "purpose": "complaint 31/77",
    "at": "2031-03-06T10:00:00+00:00",
    "decision_id": "0197f2",
}


class DeliveryOut(BaseModel):
    """What became of a notification by one channel."""

    model_config = example(_DELIVERY)

    channel: str
    state: str
    at: str = Field(description="when it came into this state")
    words: str


class ToldOut(BaseModel):
    """One notification that names the service."""

    model_config = example(_TOLD)

    notification_id: str
    decided_at: str
    state: str
    because: str = Field(description="the recorded fact behind it, in words")
    deliveries: list[DeliveryOut]
    corrected_at: str | None = Field(None, description="when it was taken back as wrong; none: it stands")


class NotToldOut(BaseModel):
    """Why the latest decision that could have told of the service did not."""

    model_config = example(_NOT_TOLD)

    decision_id: str
    decided_at: str
    reason: str
    words: str
    because: str
    met: list[str] = Field(description="conditions in their authority's words; what is sensitive is not named")
    unmet: list[str]
    unknown: list[str]


class WhyOut(BaseModel):
    """Told when, why and by which channel, or not told because; never a score."""

    model_config = example(_WHY)

    service: ServiceOut
    as_of: str
    language: str
    was_told: bool
    told: list[ToldOut]
    not_told: NotToldOut | None = Field(description="none: the latest decision told of it, or there was none")
    considered: bool = Field(description="false: no decision on record looked at this service by then")


class OpenedOut(BaseModel):
    """One opening of the citizen's record."""

    model_config = example(_OPENED)

    what: Literal["receipt", "why", "explanation", "export"]
    words: str
    by: str = Field(description="a portal, or `console` and the account of whoever ran a command")
    purpose: str
    at: str
    decision_id: str | None


class ReadingsOut(BaseModel):
    """Who opened the citizen's record and why, latest first."""

    model_config = example({"readings": [_OPENED]})

    readings: list[OpenedOut]


class DisputeOut(BaseModel):
    """One thing that a citizen called wrong."""

    model_config = example(_DISPUTE)

    dispute_id: str
    services: list[str]
    about: str = Field(description="the life event or attribute that is disputed; nothing is concluded from it")
    kept_by: str = Field(description="the register that keeps the record")
    state: Literal["open", "upheld", "corrected"]
    asked: Literal["waiting", "sent", "nowhere"] = Field(description="whether the register was asked to look again")
    raised_at: str
    settled_at: str | None
    note: str = Field(description="the register's words")


class DisputesOut(BaseModel):
    """What a citizen called wrong, oldest first."""

    model_config = example({"disputes": [_DISPUTE]})

    disputes: list[DisputeOut]


class SettledOut(BaseModel):
    """A dispute that its register settled."""

    model_config = example({"dispute_id": "4f1c0b", "state": "corrected"})

    dispute_id: str
    state: Literal["upheld", "corrected"]
