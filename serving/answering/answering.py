"""Answers a citizen: told when, why and by which channel, or not told because. From what was recorded, never anew."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from recommender.clock import Clock
from recommender.decision import Withheld
from recommender.errors import NotFoundError
from recommender.identifiers import CitizenId, DecisionId, ServiceId
from recommender.instants import from_us
from recommender.reasons import Wording, choose
from recommender.receipts import Line, Receipt, decode
from recommender.why import cause_words, find_line, reasoned, says_more
from recommender.why_words import delivery_words
from serving.bodies.words import Words
from serving.database.connect import Database
from serving.database.outbox import CANCELLED
from serving.database.told_of import DeliveryState, ToldOf, list_told, receipts_until
from serving.versions.editions import Edition, Editions


class _Found(NamedTuple):
    """The receipt that speaks of the service, with its own edition of the catalogue."""

    decision_id: DecisionId
    receipt: Receipt
    line: Line
    edition: Edition


@dataclass(frozen=True, slots=True)
class Answering:
    """Says why.

    words   : of the catalogue in force now.
    service : one service as lists show it, in a language, also one that left the catalogue.
    language_of : the citizen's language, where the caller names none.
    """

    database: Database
    clock: Clock
    editions: Editions
    wording: Wording
    words: Callable[[], Words]
    service: Callable[[ServiceId, str | None], Mapping[str, object]]
    language_of: Callable[[CitizenId], str | None] = lambda citizen_id: None

    def why(
        self, citizen_id: CitizenId, service_id: ServiceId, at: datetime | None, language: str | None
    ) -> dict[str, Any]:
        """Whether the citizen had been told of the service at that time, and why or why not, ready for JSON.

        at : None, or a time to come: now. Deliveries are told as they stand now.
        Raises NotFoundError for a service that neither the catalogue nor any notification names.
        """
        now = self.clock.now()
        asked = now if at is None else min(at, now)
        with self.database.read() as conn:
            told = list_told(conn, citizen_id, service_id, asked)
            found = self._found(receipts_until(conn, citizen_id, asked), service_id)
        words, language = self.words(), language or self.language_of(citizen_id)
        if not told and found is None and not words.has(service_id):
            raise NotFoundError("no such public service is in the catalogue", mend="GET /v1/services lists them")
        spoken = words.language(language)
        wording = words.wording(self.wording)
        return {
            "service": self.service(service_id, language),
            "as_of": asked.isoformat(),
            "language": spoken,
            "was_told": any(each.state != CANCELLED for each in told),
            "told": [self._told(each, spoken, wording) for each in told],
            "not_told": None if found is None else self._withheld(found, spoken),
            "considered": found is not None,
        }

    def _found(self, receipts: Any, service_id: ServiceId) -> _Found | None:
        """The newest decision that could have told of the service; where there was none, the newest that knew it."""
        asked: _Found | None = None
        for decision_id, content in receipts:
            receipt = decode(content)
            edition = self.editions.find(receipt.versions.catalogue)
            line = None if edition is None else find_line(receipt, edition.catalogue, service_id)
            if edition is None or line is None:
                continue
            found = _Found(decision_id, receipt, line, edition)
            if says_more(receipt):
                return found
            asked = asked or found
        return asked

    def _told(self, told: ToldOf, language: str, wording: Wording) -> dict[str, Any]:
        return {
            "notification_id": told.notification_id,
            "decided_at": from_us(told.created_us).isoformat(),
            "state": told.state,
            "because": cause_words(told.cause, language, wording),
            "deliveries": [_delivery(each, language) for each in told.deliveries],
            "corrected_at": None if told.corrected_us is None else from_us(told.corrected_us).isoformat(),
        }

    def _withheld(self, found: _Found, language: str) -> dict[str, Any] | None:
        """None when the service was told of then, or had been before and nothing new has come since."""
        if found.line.withheld in (None, Withheld.ALREADY_TOLD):
            return None
        wording = found.edition.words.wording(self.wording)
        said = reasoned(found.receipt, found.line, found.edition.catalogue, language, wording)
        return {
            "decision_id": found.decision_id,
            "decided_at": found.receipt.request.at.isoformat(),
            "reason": found.line.withheld.value,
            "words": said.words,
            "because": said.because,
            "met": list(said.conditions.met),
            "unmet": list(said.conditions.unmet),
            "unknown": list(said.conditions.unknown),
        }


def _delivery(delivery: DeliveryState, language: str) -> dict[str, Any]:
    texts: Sequence[Any] = delivery_words(delivery.state, delivery.reason)
    return {
        "channel": delivery.channel,
        "state": delivery.state,
        "at": from_us(delivery.changed_us).isoformat(),
        "words": " ".join(choose(text, language) for text in texts),
    }
