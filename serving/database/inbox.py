"""The citizen's inbox: notifications shown, numbered without gaps in the order they became visible."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, select, update

from recommender.decision import Cause
from recommender.identifiers import CitizenId, EventType, FactId, NotificationId, ServiceId
from serving.database.connect import Connection
from serving.database.inserting import insert_once
from serving.database.tables import inbox_counter as _counters
from serving.database.tables import notification as _notes
from serving.database.tables import notification_service as _named

_corrected = _notes.alias("corrected")
_SHOWN = (
    select(_notes, _corrected.c.created_us.label("corrected_us"))
    .outerjoin_from(_notes, _corrected, _corrected.c.notification_id == _notes.c.corrects)
    .where(_notes.c.citizen_id == bindparam("citizen_id"), _notes.c.sequence > bindparam("after"))
    .order_by(_notes.c.sequence)
    .limit(bindparam("most"))
)
_SERVICES = (
    select(_named.c.notification_id, _named.c.service_id)
    .where(_named.c.notification_id.in_(bindparam("ids", expanding=True)))
    .order_by(_named.c.notification_id, _named.c.place)
)
_NEXT = (
    update(_counters)
    .where(_counters.c.citizen_id == bindparam("of"))
    .values(last=_counters.c.last + 1)
    .returning(_counters.c.last)
)
_NUMBER = (
    update(_notes)
    .where(_notes.c.notification_id == bindparam("of"), _notes.c.sequence.is_(None))
    .values(sequence=bindparam("number"))
)
_CAUSE = select(_notes.c.root, _notes.c.happened_us, _notes.c.event_type, _notes.c.date).where(
    _notes.c.notification_id == bindparam("of")
)
_OF = select(_notes.c.citizen_id).where(_notes.c.notification_id == bindparam("of"))


@dataclass(frozen=True, slots=True)
class Shown:
    """One notification of an inbox, its services in order.

    corrects, corrected_us : the notification that it takes back, and when that one was made; None: it takes none back.
    """

    notification_id: NotificationId
    sequence: int
    created_us: int
    state: str
    root: FactId
    happened_us: int
    event_type: EventType | None
    date: str | None
    services: tuple[ServiceId, ...]
    corrects: NotificationId | None = None
    corrected_us: int | None = None


def show(conn: Connection, notification_id: NotificationId, at: datetime) -> None:
    """Make it visible, once. The counter's row is locked until the commit, so numbers become visible in their order."""
    citizen_id = conn.execute(_OF, {"of": notification_id}).scalar_one()
    insert_once(conn, _counters, {"citizen_id": citizen_id, "last": 0})
    number = conn.execute(_NEXT, {"of": citizen_id}).scalar_one()
    conn.execute(_NUMBER, {"of": notification_id, "number": number})


def drop_services(conn: Connection, notification_id: NotificationId, services: Collection[ServiceId]) -> None:
    """The notification speaks of these no more; it keeps at least one."""
    if services:
        named = _named.c.notification_id == notification_id
        conn.execute(delete(_named).where(named, _named.c.service_id.in_(list(services))))


def list_shown(conn: Connection, citizen_id: CitizenId, after: int, limit: int) -> Sequence[Shown]:
    """Notifications with a number above `after`, in order."""
    rows = conn.execute(_SHOWN, {"citizen_id": citizen_id, "after": after, "most": limit}).all()
    if not rows:
        return []
    services: dict[str, list[ServiceId]] = {}
    for notification_id, service_id in conn.execute(_SERVICES, {"ids": [row.notification_id for row in rows]}):
        services.setdefault(notification_id, []).append(ServiceId(service_id))
    return [
        Shown(
            NotificationId(row.notification_id),
            row.sequence,
            row.created_us,
            row.state,
            FactId(row.root),
            row.happened_us,
            None if row.event_type is None else EventType(row.event_type),
            row.date,
            tuple(services.get(row.notification_id, ())),
            None if row.corrects is None else NotificationId(row.corrects),
            row.corrected_us,
        )
        for row in rows
    ]


def cause_of(conn: Connection, notification_id: NotificationId) -> Cause:
    """The recorded fact behind a notification that there is."""
    row = conn.execute(_CAUSE, {"of": notification_id}).one()
    return Cause(
        FactId(row.root), row.happened_us, None if row.event_type is None else EventType(row.event_type), row.date
    )


def services_of(conn: Connection, ids: Sequence[NotificationId]) -> Mapping[str, tuple[ServiceId, ...]]:
    """The services that each notification names, in order."""
    found: dict[str, tuple[ServiceId, ...]] = {}
    for notification_id, service_id in conn.execute(_SERVICES, {"ids": list(ids)}):
        found[notification_id] = (*found.get(notification_id, ()), ServiceId(service_id))
    return found


def find(conn: Connection, notification_id: NotificationId) -> tuple[CitizenId, tuple[ServiceId, ...]] | None:
    """Whose notification it is and which services it names; None when there is none."""
    citizen_id = conn.execute(_OF, {"of": notification_id}).scalar()
    if citizen_id is None:
        return None
    named = conn.execute(_SERVICES, {"ids": [notification_id]})
    return CitizenId(citizen_id), tuple(ServiceId(service_id) for _, service_id in named)
