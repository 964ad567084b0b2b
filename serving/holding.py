"""Whether a queued message may still go: stops, its deadline, and the catalogue that it was decided by."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, select

from recommender.decision import Withheld
from recommender.identifiers import NotificationId, ServiceId
from recommender.instants import to_us
from serving.database import publications, stops
from serving.database.connect import Connection
from serving.database.tables import notification as _notes
from serving.database.tables import notification_service as _named

ROLLED_BACK = "catalogue_rolled_back"
TAKEN_BACK = "taken_back"
GONE = "notification_gone"

_corrections = _notes.alias("corrections")
_OF = (
    select(_notes.c.deadline_us, _notes.c.catalogue, _notes.c.corrects, _corrections.c.notification_id.label("taken"))
    .outerjoin_from(_notes, _corrections, _corrections.c.corrects == _notes.c.notification_id)
    .where(_notes.c.notification_id == bindparam("of"))
)
_SERVICES = select(_named.c.service_id).where(_named.c.notification_id == bindparam("of"))


class Held(NamedTuple):
    """Why a message does not go now. for_good: it never will; else it is looked at again."""

    reason: str
    for_good: bool


@dataclass(frozen=True, slots=True)
class Holding:
    """Asked in the transaction that claims a message, or just before it is handed over.

    authority_of : the id of a service's authority by the catalogue in force, as `first_stop` takes it.
    """

    authority_of: Callable[[ServiceId], str]

    def look(self, conn: Connection, notification_id: NotificationId, channel: str, now: datetime) -> Held | None:
        """Why this notification may not leave by this channel now; None: it may.

        A correction passes the stop of a service or an authority: it takes back what they told. What cannot be read
        raises, and the message stays where it is.
        """
        found = conn.execute(_OF, {"of": notification_id}).first()
        if found is None:
            return Held(GONE, for_good=True)
        if found.taken is not None:
            return Held(TAKEN_BACK, for_good=True)
        if found.deadline_us is not None and found.deadline_us < to_us(now):
            return Held(Withheld.TOO_LATE.value, for_good=True)
        if found.corrects is None and found.catalogue in publications.rolled_back(conn):
            return Held(ROLLED_BACK, for_good=True)
        standing = stops.standing(conn)
        if not standing:
            return None
        named = () if found.corrects is not None else conn.execute(_SERVICES, {"of": notification_id}).scalars()
        services = {ServiceId(each): self.authority_of(ServiceId(each)) for each in named}
        reason = stops.stopped(conn, channel, services)
        return None if reason is None else Held(reason, for_good=False)
