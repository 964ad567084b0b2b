"""What is to be told, and to whom by which channel: the two things a message is composed of."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from recommender.decision import Cause
from recommender.identifiers import CitizenId, NotificationId, ServiceId


class Kind(StrEnum):
    """What a message is for; each has a template of its own."""

    TOLD = "told"
    QUESTION = "question"
    REMINDER = "reminder"
    CORRECTION = "correction"


class By(StrEnum):
    """The channels that messages are worded for."""

    WEBHOOK = "webhook"
    EMAIL = "email"
    SMS = "sms"
    WEBPUSH = "webpush"
    LETTER = "letter"
    COUNTER = "counter"


@dataclass(frozen=True, slots=True)
class Notice:
    """A stored notification, or the correction of one.

    deadline : the earliest of its services; None: there is none.
    told_at  : of a correction, when that was told which it corrects.
    first    : whether it is the citizen's first contact, which tells of the right to object as well.
    """

    notification_id: NotificationId
    citizen_id: CitizenId
    kind: Kind
    cause: Cause
    service_ids: tuple[ServiceId, ...]
    deadline: datetime | None
    created_at: datetime
    first: bool = False
    told_at: datetime | None = None

    @property
    def message_id(self) -> str:
        """Stable over attempts and channels; a correction is a message of its own."""
        return f"{self.notification_id}-correction" if self.kind is Kind.CORRECTION else self.notification_id


@dataclass(frozen=True, slots=True)
class Addressee:
    """Where a message goes.

    channel   : one of `By`.
    address   : as the channel takes it; see `serving.channels.port.Message`.
    language  : the citizen's language tag; None: the dataset's first.
    shared    : somebody else may read what comes to this address, so nothing sensitive is said there.
    protected : nothing at all is said before a sign-in (safe mode).
    """

    channel: str
    address: str = ""
    target: str = ""
    language: str | None = None
    shared: bool = False
    protected: bool = False
