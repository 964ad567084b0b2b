"""What callers send about channels and addresses."""

import re
from collections.abc import Collection
from enum import StrEnum
from typing import Annotated, Self
from urllib.parse import urlsplit

from fastapi import Path
from pydantic import ConfigDict, Field, model_validator

from recommender.errors import InvalidFactError
from serving.bodies.requests import Body, Text
from serving.settings import is_loopback


class ChannelName(StrEnum):
    """The channels a citizen may speak about."""

    EMAIL = "email"
    SMS = "sms"
    WEBPUSH = "webpush"
    LETTER = "letter"
    COUNTER = "counter"


ChannelInPath = Annotated[ChannelName, Path(description="the channel that is spoken of")]
SubscriptionInPath = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="as subscribing gave it")]

_SHAPES = {
    ChannelName.EMAIL: re.compile(r"^[^\s@<>(),;:\\\"\[\]]{1,64}@[^\s@<>(),;:\\\"\[\]]{1,190}$"),
    ChannelName.SMS: re.compile(r"^\+[1-9][0-9 ]{5,18}$"),
    ChannelName.LETTER: re.compile(r"^[^\x00-\x1f\x7f]{8,250}$"),
}
_BASE64 = r"^[A-Za-z0-9_-]+={0,2}$"


class ChannelIn(Body):
    """An address for a channel, an objection to it, or both."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"address": "anna@mail.example", "sole": True}]})

    address: Text | None = Field(None, description="e-mail address; +number; name and postal address, lines split by |")
    sole: bool = Field(False, description="true: nobody else reads there; said by the citizen")
    objected: bool | None = Field(None, description="true: the citizen is not told by this channel any more")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.address is None and self.objected is None:
            raise ValueError("give an address, or say whether the citizen objects")
        return self

    def address_for(self, channel: ChannelName) -> str:
        """The address, of the shape that the channel takes. Raises InvalidFactError."""
        shape, address = _SHAPES.get(channel), (self.address or "").strip()
        if shape is None:
            raise InvalidFactError(f"{channel.value} takes no address", mend="see /v1/citizens/{id}/push-subscriptions")
        if not shape.match(address):
            raise InvalidFactError(f"this is no address for {channel.value}", mend="see the description of `address`")
        return address


class KeysIn(Body):
    """A browser's public key and secret, as PushSubscription.toJSON() gives them."""

    p256dh: str = Field(pattern=_BASE64, min_length=86, max_length=90)
    auth: str = Field(pattern=_BASE64, min_length=22, max_length=26)


class SubscriptionIn(Body):
    """A browser's subscription, as PushSubscription.toJSON() gives it without its expiration time."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "endpoint": "https://push.example/send/Zk3",
                    "keys": {"p256dh": "B" * 87, "auth": "A" * 22},
                }
            ]
        }
    )

    endpoint: str = Field(max_length=1000, pattern=r"^https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?/[\x21-\x7e]*$")
    keys: KeysIn

    def check_service(self, hosts: Collection[str]) -> None:
        """Return when the endpoint belongs to one of these push services. Raises InvalidFactError.

        Without it anybody could have this server call any address inside its network.
        """
        found = urlsplit(self.endpoint)
        host = (found.hostname or "").lower()
        known = any(host == one or host.endswith(f".{one}") for one in hosts)
        if not known or (found.scheme != "https" and not is_loopback(host)):
            raise InvalidFactError("the endpoint is of no push service that is known here", mend="see push_hosts")
