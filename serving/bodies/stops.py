"""What callers get who ask what is stopped."""

from typing import Literal

from pydantic import BaseModel, Field

from serving.bodies.responses import example

_WORD = {"by": "Anna Ahn", "account": "console", "because": "a wrong limit", "at": "2031-03-05T09:12:44.120331Z"}
_STOP = {"reach": "service", "name": "birth_allowance", "stopped": _WORD, "lifted": None}


class WordOut(BaseModel):
    """Who said something, by which account, why and when."""

    model_config = example(_WORD)

    by: str
    account: str
    because: str
    at: str


class StopOut(BaseModel):
    """Something that is stopped, or was."""

    model_config = example(_STOP)

    reach: Literal["everything", "channel", "authority", "service"]
    name: str = Field(description="empty: everything is stopped")
    stopped: WordOut
    lifted: WordOut | None = Field(None, description="none: it stands")


class StopsOut(BaseModel):
    """What is stopped, oldest first."""

    model_config = example({"stops": [_STOP]})

    stops: list[StopOut]
