"""A citizen's inbox as the API shows it, and what is said about a notification."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from recommender.applications import Report
from recommender.bundles import QUESTION
from recommender.catalogue import Texts
from recommender.clock import Clock
from recommender.decision import Cause
from recommender.errors import InvalidFactError, NotFoundError
from recommender.facts import UseChange
from recommender.identifiers import CitizenId, NotificationId, ServiceId
from recommender.instants import from_us, to_us
from recommender.reasons import Wording, because, choose, day_words
from serving.access.citizens import check_link
from serving.access.tokens import Caller
from serving.answering.applying import Applying, Said
from serving.answering.disputing import Disputing, Wrong
from serving.bodies.requests import FeedbackIn
from serving.database import feedback, inbox
from serving.database.connect import Database
from serving.database.disputes import disputed_roots
from serving.database.feedback import still_wrong
from serving.versions.in_force import InForce

_MAY_OBJECT: Texts = {
    "en": "You may object to being told unasked, as a whole or by one authority, at any time and without reasons. "
    "Nothing else changes for you.",
    "zh": "您可以随时反对主动告知，可针对全部机关或某一机关，无需说明理由。您的其他权益不受影响。",
}
"""Told at the first contact, apart from the notification's own words (GDPR Art. 21(4), PIPL Art. 24)."""

_WRONG: Texts = {
    "en": "Our message of {day} about what follows was wrong, and we are sorry. You need not do anything for it.",
    "zh": "我们于{day}发送的关于以下服务的消息有误，谨致歉意。您无需因此做任何事。",
}


@dataclass(frozen=True, slots=True)
class Inbox:
    """Reads inboxes and takes feedback."""

    database: Database
    clock: Clock
    in_force: InForce
    wording: Wording
    disputing: Disputing
    applying: Applying

    def read(self, citizen_id: CitizenId, language: str | None, after: int, limit: int) -> Sequence[dict[str, Any]]:
        """Notifications shown after a sequence number, oldest first, ready for JSON."""
        with self.database.read() as conn:
            shown = inbox.list_shown(conn, citizen_id, after, limit)
            wrong = still_wrong(conn, citizen_id)
            gone = disputed_roots(conn, citizen_id)
        believed = (_without(notification, wrong) for notification in shown if notification.root not in gone)
        return [self._json(notification, language) for notification in believed if notification.services]

    def feedback(self, notification_id: NotificationId, body: FeedbackIn, caller: Caller) -> None:
        """Record what a citizen said.

        Raises NotFoundError when the notification is not this caller's to see, InvalidFactError when it does not name
        the service.
        """
        with self.database.read() as conn:
            found = inbox.find(conn, notification_id)
        if found is None:
            raise NotFoundError("no such notification is this caller's to see", mend="take the id from the inbox")
        citizen_id, services = found
        check_link(self.database, caller, citizen_id)
        if body.service_id is not None and body.service_id not in services:
            raise InvalidFactError(
                "the notification does not name that public service", mend="take one of its services"
            )
        self.disputing.check(body.attribute)
        said_of = (ServiceId(body.service_id),) if body.service_id is not None else services
        said = {"kind": body.kind, "outcome": body.outcome, "portal": caller.portal}
        at = self.clock.now()
        with self.database.write() as conn:
            for service_id in said_of:
                feedback.add(conn, notification_id, citizen_id, service_id, said, at)
                if body.outcome is not None:
                    report = Report(UseChange(body.outcome), to_us(at), body.reason)
                    self.applying.report_in(conn, citizen_id, service_id, Said(report, caller.portal))
            cause = inbox.cause_of(conn, notification_id) if body.kind == "wrong" else None
            disputed = cause is not None and self.disputing.raise_in(
                conn, cause, citizen_id, Wrong(said_of, body.attribute, caller.portal)
            )
        if disputed:
            self.disputing.raised()

    def _json(self, shown: inbox.Shown, language: str | None) -> dict[str, Any]:
        cause = Cause(shown.root, shown.happened_us, shown.event_type, shown.date)
        words = self.in_force.edition.words
        spoken = words.language(language)
        return {
            "notification_id": shown.notification_id,
            "sequence": shown.sequence,
            "created_at": from_us(shown.created_us).isoformat(),
            "state": shown.state,
            "right_to_object": choose(_MAY_OBJECT, spoken) if shown.sequence == 1 else None,
            "kind": _kind(shown),
            "corrects": shown.corrects,
            "because": {
                "event_type": shown.event_type,
                "happened_at": from_us(shown.happened_us).isoformat(),
                "words": self._correction(shown, spoken) or because(cause, spoken, words.wording(self.wording)),
            },
            "services": [self.in_force.service(service_id, language) for service_id in shown.services],
        }

    def _correction(self, shown: inbox.Shown, language: str) -> str:
        if shown.corrects is None:
            return ""
        at = from_us(shown.created_us if shown.corrected_us is None else shown.corrected_us)
        return choose(_WRONG, language).format(day=day_words(at, language, self.wording.zone))


def _kind(shown: inbox.Shown) -> str:
    if shown.corrects is not None:
        return "correction"
    return "question" if shown.root.startswith(QUESTION) else "told"


def _without(shown: inbox.Shown, wrong: frozenset[tuple[NotificationId, ServiceId]]) -> inbox.Shown:
    """The notification without the services that the citizen called wrong."""
    left = tuple(service for service in shown.services if (shown.notification_id, service) not in wrong)
    return replace(shown, services=left)
