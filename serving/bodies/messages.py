"""What callers get of messages and the channels that carry them."""

from pydantic import BaseModel, Field

from serving.bodies.responses import example


class CodeOut(BaseModel):
    """What a message's code proves."""

    model_config = example(
        {"genuine": True, "told_at": "2031-03-05T09:12:44.120331+00:00", "authorities": ["Family Office"]}
    )

    genuine: bool = Field(description="true: a message with this code was made here")
    told_at: str | None = Field(description="when it was decided to tell")
    authorities: list[str] = Field(description="the authorities whose services it names")


class ReachOut(BaseModel):
    """One way that reaches the citizen; the address itself is not shown."""

    model_config = example({"channel": "email", "given": True, "shared": False})

    channel: str
    given: bool = Field(description="true: the citizen gave the address; false: a register told of it")
    shared: bool = Field(description="true: somebody else has it too, so nothing sensitive is said there")


class ChannelsOut(BaseModel):
    """By which channels a citizen is told."""

    model_config = example({"channels": [{"channel": "email", "given": True, "shared": False}], "objected": ["sms"]})

    channels: list[ReachOut]
    objected: list[str] = Field(description="channels by which the citizen does not want to be told")


class SubscribedOut(BaseModel):
    """A browser's subscription, to be ended by this id."""

    model_config = example({"subscription_id": "0c8d5f7f6c1a4f0e9b7a2d3c4e5f6a7b"})

    subscription_id: str


class PushKeyOut(BaseModel):
    """The server's public key for push messages."""

    model_config = example({"key": "BNcRdreALRFXTkOOUHK1EtK2wtaz5Ry4YfYCA_0QTpQ"})

    key: str = Field(description="base64url; empty: no push messages are sent")


class UnderstoodOut(BaseModel):
    """What a reply was taken for."""

    model_config = example({"understood": "stop"})

    understood: str | None = Field(description="stop, not_me, yes; none: not understood, and not kept")


class WorklistItemOut(BaseModel):
    """One person to be told in person."""

    model_config = example(
        {
            "item_id": "n_4f1c",
            "citizen_id": "p7Jc0aY2dXk",
            "address": "Anna Ahn|12 Linden Street|Harbour Town",
            "language": "en",
            "text": "To be told in person: …",
            "code": "7K4QX-M2B9T",
            "deadline": None,
            "added_at": "2031-03-05T09:12:44.120331+00:00",
        }
    )

    item_id: str
    citizen_id: str | None = Field(description="as this portal knows them; none: it never resolved them")
    address: str | None = Field(description="postal address, lines split by |; none: not known, or protected")
    language: str
    text: str = Field(description="what to say")
    code: str
    deadline: str | None
    added_at: str


class WorklistOut(BaseModel):
    """A desk's worklist, who waits longest first."""

    model_config = example({"items": []})

    items: list[WorklistItemOut]
