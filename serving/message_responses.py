"""What callers get of messages and the channels that carry them."""

from pydantic import BaseModel, Field

from serving.responses import example


class CodeOut(BaseModel):
    """What a message's code proves."""

    model_config = example(
        {"genuine": True, "told_at": "2031-03-05T09:12:44.120331+00:00", "authorities": ["Family Office"]}
    )

    genuine: bool = Field(description="true: a message with this code was made here")
    told_at: str | None = Field(description="when it was decided to tell")
    authorities: list[str] = Field(description="the authorities whose services it names")
