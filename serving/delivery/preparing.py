"""From a claimed outbox row to the message that leaves: words, address, code; read just before it is handed over."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from recommender.errors import CatalogueError, WorkspaceError
from recommender.identifiers import CitizenId, ServiceId
from serving.channels.port import AddressBook, Message
from serving.channels.webhook import WEBHOOK
from serving.database import codes
from serving.database.connect import Connection
from serving.database.notices import read_notices
from serving.database.outbox import Claimed
from serving.database.safe_mode import is_safe
from serving.messages.composing import Composer
from serving.messages.notice import Addressee, By, Notice

NO_ADDRESS = "no address"

Ready = tuple[Claimed, Sequence[ServiceId]]
Portals = Callable[[Connection, Sequence[Claimed]], Mapping[int, tuple[Addressee, str]]]
"""By outbox row, where its portal is called, and what it calls the citizen; those that may not be called left out."""
Languages = Callable[[Connection, Sequence[CitizenId]], Mapping[str, str]]
"""The language that each citizen is told in; those are left out whose nobody knows."""


@dataclass(frozen=True, slots=True)
class Preparing:
    """Prepares messages, reading together what is known of all of them."""

    composer: Composer
    addresses: AddressBook
    portals: Portals
    languages: Languages

    def __call__(self, conn: Connection, rows: Sequence[Ready]) -> list[Message | str]:
        """The messages, in order; or in words why there is none.

        rows : claimed rows, each with the services that it must not speak of any more.
        """
        claimed = [row for row, _ in rows]
        ids = [row.notification_id for row in claimed]
        notices, held = read_notices(conn, ids), codes.held_of(conn, ids)
        spoken = self.languages(conn, sorted({row.citizen_id for row in claimed}))
        called = self.portals(conn, [row for row in claimed if row.channel == WEBHOOK])
        made: list[Message | str] = []
        for row, without in rows:
            notice, code = notices.get(row.notification_id), held.get(row.notification_id)
            try:
                found = called.get(row.outbox_id) if row.channel == WEBHOOK else self._found(conn, row)
                if found is None or notice is None or code is None:
                    made.append(NO_ADDRESS)
                    continue
                left = tuple(service for service in notice.service_ids if service not in without)
                addressee = replace(found[0], language=spoken.get(row.citizen_id, self._usual))
                made.append(self._composed(replace(notice, service_ids=left), (addressee, found[1]), code))
            except (CatalogueError, WorkspaceError) as error:
                made.append(str(error))
        return made

    @property
    def _usual(self) -> str | None:
        return next(iter(self.composer.languages), None)

    def _composed(self, notice: Notice, found: tuple[Addressee, str], code: str) -> Message:
        addressee, known_as = found
        message = self.composer.compose(notice, addressee, code)
        return replace(message, payload={"citizen_id": known_as, **message.payload}) if known_as else message

    def _found(self, conn: Connection, row: Claimed) -> tuple[Addressee, str] | None:
        addressee = self._addressee(conn, row)
        return None if addressee is None else (addressee, "")

    def _addressee(self, conn: Connection, row: Claimed) -> Addressee | None:
        if row.channel == By.COUNTER:
            return Addressee(By.COUNTER)
        place = self.addresses.find(row.citizen_id).get(row.channel)
        if place is None:
            return None
        protected = is_safe(conn, row.citizen_id)
        return Addressee(row.channel, place.address, row.target, shared=place.shared, protected=protected)
