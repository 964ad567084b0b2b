"""What citizens say back by the channel that reached them: stop, not me, yes; and what became of a message there."""

import logging
from dataclasses import dataclass
from datetime import datetime

from recommender.clock import Clock
from recommender.errors import NotFoundError
from recommender.identifiers import CitizenId, NotificationId
from recommender.instants import to_us
from serving.channels.unsubscribing import read_token
from serving.database import addresses, channel_reports, feedback, inbox, outbox
from serving.database.connect import Connection, Database
from serving.database.notices import read_notices
from serving.delivery.addresses import Addresses
from serving.messages.settings import MessageSettings

log = logging.getLogger("herald.channels")

STOP, NOT_ME, YES = "stop", "not_me", "yes"
NO_SUCH, RETURNED, FAILED = "no_such_number", "returned", "failed"
MISSED = frozenset({NOT_ME, NO_SUCH, RETURNED, FAILED})
"""The message did not reach the citizen."""
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

        What did not reach the citizen goes by the next channel foreseen, if any, looked at anew before it leaves.
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
            self._forget(conn, notification_id, channel, (word, at))
        elif word == YES:
            for service_id in services:
                said = {"kind": "impression", "outcome": None, "portal": by}
                feedback.add(conn, notification_id, citizen_id, service_id, said, at)
        instead = outbox.next_channel(conn, notification_id, channel, at) if word in MISSED else None
        about_it = {"notification_id": notification_id, "channel": channel, "word": word, "instead": instead}
        log.info("citizen_answered", extra=about_it)

    def said_from(self, conn: Connection, channel: str, address: str, word: str, about: tuple[str, datetime]) -> None:
        """Act on a word of whoever has the address: of every citizen whom it is held for, for nobody knows who wrote.

        Nothing is known of what they speak of, so `yes` means nothing here.
        """
        digest = self.addresses.contacts.digest(channel, address)
        holders = self.addresses.contacts.holders(digest) | set(addresses.holders(conn, digest))
        for citizen_id in map(CitizenId, sorted(holders)):
            if word == STOP:
                addresses.put_objection(conn, citizen_id, channel, True, about)
            elif word == NOT_ME:
                addresses.forget(conn, citizen_id, channel, digest, (word, about[1]))
        log.info("number_answered", extra={"channel": channel, "word": word, "citizens": len(holders)})

    def _forget(
        self, conn: Connection, notification_id: NotificationId, channel: str, about: tuple[str, datetime]
    ) -> None:
        """The addresses that the message may have gone to are not used again, one that came later is."""
        notice = read_notices(conn, [notification_id])[notification_id]
        citizen_id, sent_us = notice.citizen_id, to_us(notice.created_at)
        given = addresses.given(conn, citizen_id).get(channel)
        registered = self.addresses.contacts.of(citizen_id).get(channel)
        if given is not None and given.said_us <= sent_us:
            addresses.forget(conn, citizen_id, channel, given.digest, about)
        if registered is not None and registered.known_us <= sent_us:
            addresses.forget(conn, citizen_id, channel, registered.digest, about)
