"""What a citizen would read of a public service: sample notices, composed as the delivery composes them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from recommender.catalogue import Catalogue, PublicService
from recommender.decision import Cause
from recommender.identifiers import CitizenId, FactId, NotificationId, ServiceId
from recommender.instants import after, to_us
from recommender.reasons import Wording
from serving.bodies.words import Words
from serving.channels.port import Message
from serving.messages.codes import code_of
from serving.messages.composing import Composer
from serving.messages.notice import Addressee, By, Kind, Notice
from serving.messages.settings import MessageSettings
from serving.versions.editions import Edition

SAMPLE = NotificationId("preview")
_BEFORE = timedelta(days=3)


class Sheet(NamedTuple):
    """One message as a citizen would read it."""

    service_id: ServiceId
    channel: By
    language: str
    message: Message


@dataclass(frozen=True, slots=True)
class Preview:
    """Composes samples from a catalogue. hidden: what no wording names.

    The code is made with a key of its own: nobody can use a preview to pass a message off as genuine.
    """

    catalogue: Catalogue
    languages: tuple[str, ...]
    zone: str
    hidden: frozenset[str]
    settings: MessageSettings

    def sheets(
        self,
        services: Sequence[PublicService],
        channels: Sequence[By],
        languages: Sequence[str],
        kind: Kind,
        at: datetime,
    ) -> Iterator[Sheet]:
        """Every service by every channel in every language; addressed to somebody told for the first time."""
        edition = Edition(self.catalogue, Words(self.catalogue, self.languages))
        known = self.catalogue.by_id
        composer = Composer(
            self.settings,
            lambda one: edition if one in known else None,
            Wording(self.zone, self.hidden),
            self.languages,
        )
        code = code_of(b"preview", SAMPLE)
        for service in services:
            notice = self._notice(service, kind, at)
            for language in languages:
                for channel in channels:
                    to = Addressee(channel, address="", language=language)
                    yield Sheet(service.service_id, channel, language, composer.compose(notice, to, code))

    def _notice(self, service: PublicService, kind: Kind, at: datetime) -> Notice:
        happened = at - _BEFORE
        answer = service.answers[0] if service.answers else None
        cause = Cause(
            FactId(SAMPLE), to_us(happened), answer.event if answer else None, answer.date if answer else None
        )
        deadline = after(happened, service.deadline, self.zone) if service.deadline else None
        told = (service.service_id,)
        return Notice(SAMPLE, CitizenId(SAMPLE), kind, cause, told, deadline, at, first=kind is Kind.TOLD)
