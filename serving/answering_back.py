"""What citizens say back by the channel that reached them: stop, not me, yes; and what became of a message there."""

import logging
from dataclasses import dataclass
from datetime import datetime

from recommender.clock import Clock
from recommender.errors import NotFoundError
from recommender.identifiers import CitizenId, NotificationId
from serving.addresses import Addresses
from serving.channels.unsubscribing import read_token
from serving.database import addresses, channel_reports, feedback, inbox
from serving.database.connect import Connection, Database
from serving.messages.settings import MessageSettings

log = logging.getLogger("herald.channels")

STOP, NOT_ME, YES, NO_SUCH, RETURNED = "stop", "not_me", "yes", "no_such_number", "returned"
UNSUBSCRIBE = "unsubscribe"
"""What the key of one-click addresses is for."""


@dataclass(frozen=True, slots=True)
class AnsweringBack:
    """Takes what comes back by a channel. What is said twice changes nothing more."""

    database: Database
    clock: Clock
    addresses: Addresses
    settings: MessageSettings

    def unsubscribe(self, token: str) -> None:
        """The citizen behind a one-click address objects to that channel. Raises NotFoundError for a forged token."""
        found = read_token(self.settings.key(UNSUBSCRIBE), token)
        if found is None:
            raise NotFoundError("this address ends nothing", mend="object in the portal or at a counter")
        notification_id, channel = found
        with self.database.write() as conn:
            self.said(conn, notification_id, channel, STOP, ("one-click", self.clock.now()))

    def said(
        self, conn: Connection, notification_id: NotificationId, channel: str, word: str, about: tuple[str, datetime]
    ) -> None:
        """Act on one word: `stop` ends the channel, `not_me` forgets the address, `yes` is an impression.

        about: who passed it on, and when. Raises NotFoundError when there is no such notification.
        """
        found = inbox.find(conn, notification_id)
        if found is None:
            raise NotFoundError("no such notification was sent", mend="send the id that came with the message")
        citizen_id, services = found
        channel_reports.add(conn, notification_id, channel, word, about)
        by, at = about
        if word == STOP:
            addresses.put_objection(conn, citizen_id, channel, True, about)
        elif word in (NOT_ME, NO_SUCH, RETURNED):
            self._forget(conn, citizen_id, channel, (word, at))
        elif word == YES:
            for service_id in services:
                said = {"kind": "impression", "outcome": None, "portal": by}
                feedback.add(conn, notification_id, citizen_id, service_id, said, at)
        log.info("citizen_answered", extra={"notification_id": notification_id, "channel": channel, "word": word})

    def _forget(self, conn: Connection, citizen_id: CitizenId, channel: str, about: tuple[str, datetime]) -> None:
        """Every address of the channel goes: somebody else reads it, whoever told of it."""
        given = addresses.given(conn, citizen_id).get(channel)
        registered = self.addresses.contacts.of(citizen_id).get(channel)
        for held in (given, registered):
            if held is not None:
                addresses.forget(conn, citizen_id, channel, held.digest, about)
