"""What portals send and are answered about their webhooks."""

from pydantic import BaseModel, Field

from serving.bodies.requests import Body
from serving.bodies.responses import example
from serving.channels.webhook import LONGEST_URL

_URL = "https://portal.city.example/herald"


class WebhookIn(Body):
    """Where the portal wants to be called."""

    model_config = example({"url": _URL})

    url: str = Field(
        min_length=8, max_length=LONGEST_URL, description="a public https address; redirects are not followed"
    )


class WebhookOut(BaseModel):
    """Where the portal is called."""

    model_config = example({"url": _URL, "since": "2031-03-05T09:12:44+00:00", "ended": None})

    url: str
    since: str
    ended: str | None = Field(None, description="why it is called no more: it answered 410; a new PUT begins again")


class WebhookSecretOut(BaseModel):
    """Where the portal is called, and the secret to check signatures with."""

    model_config = example({"url": _URL, "secret": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"})

    url: str
    secret: str | None = Field(None, description="Standard Webhooks secret, shown this once; none: it stays the same")
