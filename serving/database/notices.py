"""Stored notifications as notices: what is to be told, whether it is a reminder, whether it is the first contact."""

from collections.abc import Mapping, Sequence

from sqlalchemy import bindparam, select

from recommender.bundles import QUESTION
from recommender.decision import Cause
from recommender.identifiers import CitizenId, EventType, FactId, NotificationId, ServiceId
from recommender.instants import from_us
from serving.database.connect import Connection
from serving.database.outbox import CANCELLED
from serving.database.tables import notification as _notes
from serving.database.tables import notification_service as _named
from serving.messages.notice import Kind, Notice

_BY_ID = select(_notes).where(_notes.c.notification_id.in_(bindparam("ids", expanding=True)))
_SERVICES = (
    select(_named.c.notification_id, _named.c.service_id)
    .where(_named.c.notification_id.in_(bindparam("ids", expanding=True)))
    .order_by(_named.c.notification_id, _named.c.place)
)
_EARLIER = select(_notes.c.notification_id, _notes.c.citizen_id, _notes.c.root, _notes.c.created_us).where(
    _notes.c.citizen_id.in_(bindparam("citizens", expanding=True)),
    _notes.c.state != CANCELLED,
    _notes.c.corrects.is_(None),
)


_CORRECTED = select(_notes.c.corrects).where(
    _notes.c.citizen_id.in_(bindparam("citizens", expanding=True)), _notes.c.corrects.is_not(None)
)


def read_notices(conn: Connection, ids: Sequence[NotificationId]) -> Mapping[NotificationId, Notice]:
    """Each notification that there is, ready to be put into words.

    A reminder names again, for the same fact, a service of an earlier one that was not corrected since. A cancelled one
    reached nobody and counts for neither.
    """
    rows = conn.execute(_BY_ID, {"ids": list(ids)}).all()
    if not rows:
        return {}
    citizens = sorted({row.citizen_id for row in rows})
    earlier = conn.execute(_EARLIER, {"citizens": citizens}).all()
    corrected = set(conn.execute(_CORRECTED, {"citizens": citizens}).scalars())
    services = _services(conn, [row.notification_id for row in (*rows, *earlier)])
    notices = {}
    for row in rows:
        before = [e for e in earlier if e.citizen_id == row.citizen_id and _order(e) < _order(row)]
        named = services.get(row.notification_id, ())
        same = [e for e in before if e.root == row.root and e.notification_id not in corrected]
        told = {service for e in same for service in services.get(e.notification_id, ())}
        cause = Cause(
            FactId(row.root),
            row.happened_us,
            None if row.event_type is None else EventType(row.event_type),
            row.date,
        )
        notices[NotificationId(row.notification_id)] = Notice(
            NotificationId(row.notification_id),
            CitizenId(row.citizen_id),
            Kind.CORRECTION if row.corrects else _kind(row.root, reminded=not told.isdisjoint(named)),
            cause,
            named,
            None if row.deadline_us is None else from_us(row.deadline_us),
            from_us(row.created_us),
            first=not before,
            told_at=next((from_us(e.created_us) for e in earlier if e.notification_id == row.corrects), None),
        )
    return notices


def _kind(root: str, *, reminded: bool) -> Kind:
    if root.startswith(QUESTION):
        return Kind.QUESTION
    return Kind.REMINDER if reminded else Kind.TOLD


def _order(row: object) -> tuple[int, str]:
    return row.created_us, row.notification_id  # type: ignore[attr-defined]  # a row of either query


def _services(conn: Connection, ids: Sequence[str]) -> Mapping[str, tuple[ServiceId, ...]]:
    found: dict[str, tuple[ServiceId, ...]] = {}
    for notification_id, service_id in conn.execute(_SERVICES, {"ids": sorted(set(ids))}):
        found[notification_id] = (*found.get(notification_id, ()), ServiceId(service_id))
    return found
