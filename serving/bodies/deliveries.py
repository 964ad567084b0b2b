"""What an operator is answered about deliveries."""

from typing import Any

from pydantic import BaseModel, Field

from serving.bodies.responses import example

_COUNT: dict[str, Any] = {"channel": "email", "state": "delivered", "number": 1204, "doubts": 2}
_POISON: dict[str, Any] = {
    "outbox_id": 4711,
    "channel": "webhook",
    "target": "city-portal",
    "state": "technical_failure",
    "attempts": 12,
    "reason": "503",
    "changed_at": "2031-03-05T09:12:44+00:00",
}


class DeliveryCountOut(BaseModel):
    """Deliveries by one channel in one state."""

    model_config = example(_COUNT)

    channel: str
    state: str
    number: int
    doubts: int = Field(description="sendings that may have arrived or not; each went out again under the same id")


class PoisonOut(BaseModel):
    """One delivery that ended without reaching anybody."""

    model_config = example(_POISON)

    outbox_id: int
    channel: str
    target: str = Field(description="the portal of a webhook; empty otherwise")
    state: str
    attempts: int
    reason: str
    changed_at: str


class DeliveriesOut(BaseModel):
    """All deliveries by channel and state."""

    model_config = example({"deliveries": [_COUNT]})

    deliveries: list[DeliveryCountOut]


class PoisonListOut(BaseModel):
    """Deliveries that ended without reaching anybody, oldest first, at most 100."""

    model_config = example({"poison": [_POISON]})

    poison: list[PoisonOut]
