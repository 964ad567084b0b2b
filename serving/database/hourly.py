"""How many notifications named each service, hour by hour: what the breaker compares."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, select

from recommender.identifiers import ServiceId
from recommender.instants import from_us, to_us
from serving.database.connect import Connection
from serving.database.tables import notification as _notes
from serving.database.tables import notification_service as _named

HOUR = timedelta(hours=1)

_COUNTS = (
    select(_named.c.service_id, func.count())
    .join_from(_notes, _named)
    .where(
        _notes.c.created_us > bindparam("after_us"),
        _notes.c.created_us <= bindparam("until_us"),
        _notes.c.corrects.is_(None),
    )
    .group_by(_named.c.service_id)
)
_OF_ONE = (
    select(func.count())
    .select_from(_notes.join(_named))
    .where(
        _notes.c.created_us > bindparam("after_us"),
        _notes.c.created_us <= bindparam("until_us"),
        _notes.c.corrects.is_(None),
        _named.c.service_id == bindparam("service_id"),
    )
)
_FIRST = (
    select(func.min(_notes.c.created_us))
    .join_from(_notes, _named)
    .where(_named.c.service_id == bindparam("service_id"))
)


def pushes_between(conn: Connection, after: datetime, until: datetime) -> Mapping[ServiceId, int]:
    """Per service the notifications planned that name it, cancelled ones too: they were about to be sent."""
    between = {"after_us": to_us(after), "until_us": to_us(until)}
    return {ServiceId(service_id): number for service_id, number in conn.execute(_COUNTS, between)}


def same_hours(conn: Connection, service_id: ServiceId, now: datetime, days: int) -> Sequence[int]:
    """Its pushes in the hour that ended so many whole days before `now`, yesterday's first, since its first push."""
    first_us = conn.execute(_FIRST, {"service_id": service_id}).scalar()
    if first_us is None:
        return []
    known = min(days, (now - from_us(first_us)).days)
    counts = []
    for day in range(1, known + 1):
        until = now - timedelta(days=day)
        between = {"after_us": to_us(until - HOUR), "until_us": to_us(until), "service_id": service_id}
        counts.append(int(conn.execute(_OF_ONE, between).scalar_one()))
    return counts
