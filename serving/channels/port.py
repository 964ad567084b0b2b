"""What the delivery hands to a channel, and what a channel may answer. A channel knows no database and no policy."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from recommender.identifiers import CitizenId, NotificationId


@dataclass(frozen=True, slots=True)
class Message:
    """One notification as it leaves by one channel, in the citizen's language; the same bytes at every attempt.

    message_id : stable over attempts: the idempotency key of a webhook, the Message-ID of an e-mail.
    address    : where to: an e-mail address, a phone number, a subscription, a postal address, a webhook's address.
    target     : the portal of a webhook; "" for channels that reach the citizen.
    subject    : what a lock screen may show: never what it is about where the service is sensitive.
    text, html : the message for a reader; html "" where the channel has none.
    code       : the short code by which portal, hotline and counter confirm that the message is genuine.
    payload    : the body for programs (webhooks, the service worker): JSON-ready.
    """

    message_id: str
    notification_id: NotificationId
    citizen_id: CitizenId
    address: str
    target: str
    language: str
    created_at: datetime
    subject: str
    text: str
    html: str
    code: str
    link: str
    payload: Mapping[str, Any]


class Refused(Exception):
    """The provider will never take this message: the address does not exist, the subscription ended.

    gone : the address itself is no good any more and is to be forgotten.
    """

    def __init__(self, reason: str, *, gone: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.gone = gone


class Unavailable(Exception):
    """The provider did not take it now; it certainly was not delivered. after_s: how long it asks to wait."""

    def __init__(self, reason: str, *, after_s: float | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after_s = after_s


class InDoubt(Exception):
    """It may have been delivered or not (a time-out after the body was sent). Tried again under the same message id."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Channel(Protocol):
    """One way out. Calls come from one thread at a time; `send` returns within the channel's own time-out."""

    name: str

    def send(self, message: Message) -> str:
        """Hand the message over; the provider's reference, "" when it gives none.

        Raises Refused, Unavailable or InDoubt; anything else is a technical failure.
        """
        ...


class Place(Protocol):
    """Where one channel reaches a citizen. shared: somebody else may read there."""

    @property
    def address(self) -> str: ...

    @property
    def shared(self) -> bool: ...


class AddressBook(Protocol):
    """Where citizens can be reached. Raises WorkspaceError when that cannot be read: then nothing is sent."""

    def find(self, citizen_id: CitizenId) -> Mapping[str, Place]:
        """Channel to place, for each channel that reaches the citizen and that they do not object to."""
        ...

    def forget(self, citizen_id: CitizenId, channel: str, address: str, reason: str) -> None:
        """The address is no good any more; do not use it for this citizen again."""
        ...
