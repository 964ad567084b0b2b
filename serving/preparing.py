"""From a claimed outbox row to the message that leaves: words, address, code; read just before it is handed over."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from recommender.identifiers import ServiceId
from serving.channels.port import AddressBook, Message
from serving.channels.webhook import WEBHOOK
from serving.database import codes
from serving.database.connect import Connection
from serving.database.notices import read_notices
from serving.database.outbox import Claimed
from serving.database.safe_mode import is_safe
from serving.messages.composing import Composer
from serving.messages.notice import Addressee, By

Portal = Callable[[Connection, Claimed], tuple[Addressee, str] | None]
"""Where a portal is called, and what it calls the citizen; None when it wants or may have it no more."""


@dataclass(frozen=True, slots=True)
class Preparing:
    """Prepares. addresses: None where no channel reaches citizens. portal: None where no webhook is run."""

    composer: Composer
    addresses: AddressBook | None = None
    portal: Portal | None = None

    def __call__(self, conn: Connection, row: Claimed, without: Sequence[ServiceId]) -> Message | None:
        """Raises CatalogueError when no catalogue knows its services, WorkspaceError when addresses cannot be read."""
        found = self._found(conn, row)
        notice = read_notices(conn, [row.notification_id]).get(row.notification_id)
        code = codes.held(conn, row.notification_id)
        if found is None or notice is None or code is None:
            return None
        addressee, known_as = found
        left = tuple(service for service in notice.service_ids if service not in without)
        message = self.composer.compose(replace(notice, service_ids=left), addressee, code)
        return replace(message, payload={"citizen_id": known_as, **message.payload}) if known_as else message

    def _found(self, conn: Connection, row: Claimed) -> tuple[Addressee, str] | None:
        """Where it goes, and what a portal calls the citizen."""
        if row.channel == WEBHOOK:
            return None if self.portal is None else self.portal(conn, row)
        addressee = self._addressee(conn, row)
        return None if addressee is None else (addressee, "")

    def _addressee(self, conn: Connection, row: Claimed) -> Addressee | None:
        if row.channel == By.COUNTER:
            return Addressee(By.COUNTER)
        if self.addresses is None:
            return None
        place = self.addresses.find(row.citizen_id).get(row.channel)
        if place is None:
            return None
        protected = is_safe(conn, row.citizen_id)
        return Addressee(row.channel, place.address, row.target, shared=place.shared, protected=protected)
