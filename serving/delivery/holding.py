"""Whether a queued message may still go: stops, its deadline, and the catalogue that it was decided by."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select

from recommender.decision import Withheld
from recommender.identifiers import NotificationId, ServiceId
from recommender.instants import to_us
from recommender.stops import first_stop
from serving.database import outbox, publications, stops
from serving.database.connect import Connection
from serving.database.tables import notification as _notes
from serving.database.tables import notification_service as _named

ROLLED_BACK = "catalogue_rolled_back"
TAKEN_BACK = "taken_back"
GONE = "notification_gone"

_corrections = _notes.alias("corrections")
_OF = (
    select(
        _notes.c.notification_id,
        _notes.c.deadline_us,
        _notes.c.catalogue,
        _notes.c.corrects,
        _corrections.c.notification_id.label("taken"),
    )
    .outerjoin_from(_notes, _corrections, _corrections.c.corrects == _notes.c.notification_id)
    .where(_notes.c.notification_id.in_(bindparam("ids", expanding=True)))
)
_SERVICES = select(_named.c.notification_id, _named.c.service_id).where(
    _named.c.notification_id.in_(bindparam("ids", expanding=True))
)


STOPPED = "stopped: "


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
        """Why this notification may not leave by this channel now; None: it may."""
        return self.look_at_all(conn, [(notification_id, channel)], now)[0]

    def look_at_all(
        self, conn: Connection, asked: Sequence[tuple[NotificationId, str]], now: datetime
    ) -> list[Held | None]:
        """The same of many notifications, each with its channel, in their order.

        A correction passes the stop of a service or an authority: it takes back what they told. What cannot be read
        raises, and the messages stay where they are.
        """
        ids = [notification_id for notification_id, _ in asked]
        found = {row.notification_id: row for row in conn.execute(_OF, {"ids": ids})}
        undone, standing = publications.rolled_back(conn), stops.standing(conn)
        named: dict[str, list[ServiceId]] = {}
        if standing:
            for notification_id, service_id in conn.execute(_SERVICES, {"ids": ids}):
                named.setdefault(notification_id, []).append(ServiceId(service_id))
        held: list[Held | None] = []
        for notification_id, channel in asked:
            row = found.get(notification_id)
            gone = self._for_good(row, undone, now)
            if gone is not None or not standing:
                held.append(None if gone is None else Held(gone, for_good=True))
                continue
            corrects = row is not None and row.corrects is not None
            speaks_of = [] if corrects else named.get(notification_id, [])
            stop = first_stop(standing, channel, {each: self.authority_of(each) for each in speaks_of})
            held.append(None if stop is None else Held(f"{STOPPED}{stop}", for_good=False))
        return held

    @staticmethod
    def _for_good(row: Any, undone: Collection[str], now: datetime) -> str | None:
        if row is None:
            return GONE
        if row.taken is not None:
            return TAKEN_BACK
        if row.deadline_us is not None and row.deadline_us < to_us(now):
            return Withheld.TOO_LATE.value
        return ROLLED_BACK if row.corrects is None and row.catalogue in undone else None


def release_lifted(conn: Connection, reasons: Collection[str], now: datetime) -> None:
    """Let what was held for these reasons be looked at anew, when one of them was lifted while it was being held.

    Asked after the transaction that held: a lifting that crossed it released the others, but not these.
    """
    standing = {f"{STOPPED}{stop}" for stop in stops.standing(conn)}
    if any(reason and reason not in standing for reason in reasons):
        outbox.release(conn, now)
