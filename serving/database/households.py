"""When others of a household were told of a service: by what reached, or will reach, who wants it."""

from collections.abc import Collection

from sqlalchemy import bindparam, exists, func, select

from recommender.identifiers import CitizenId, ServiceId
from serving.database.connect import Connection
from serving.database.feedback import WRONG
from serving.database.outbox import CANCELLED, POISON
from serving.database.safe_mode import safe_of
from serving.database.tables import feedback as _feedback
from serving.database.tables import notification as _notes
from serving.database.tables import notification_service as _named
from serving.database.tables import outbox as _outbox

_corrections = _notes.alias("corrections")
_UNDER_WAY = exists().where(
    _outbox.c.notification_id == _notes.c.notification_id, _outbox.c.state.not_in((*POISON, CANCELLED))
)
_TAKEN_BACK = exists().where(_corrections.c.corrects == _notes.c.notification_id)
_REFUSED = exists().where(
    _feedback.c.citizen_id == _notes.c.citizen_id,
    _feedback.c.service_id == _named.c.service_id,
    _feedback.c.kind.in_(("never", WRONG)),
)
_TOLD = (
    select(_named.c.service_id, func.max(_notes.c.created_us))
    .select_from(_notes.join(_named))
    .where(
        _notes.c.citizen_id.in_(bindparam("members", expanding=True)),
        _named.c.service_id.in_(bindparam("services", expanding=True)),
        _notes.c.corrects.is_(None),
        _notes.c.state != CANCELLED,
        _UNDER_WAY,
        ~_TAKEN_BACK,
        ~_REFUSED,
    )
    .group_by(_named.c.service_id)
)


def told_to_others(
    conn: Connection, members: Collection[CitizenId], services: Collection[ServiceId]
) -> dict[ServiceId, int]:
    """Per service when one of these members was told last, in microseconds; those in safe mode are left out.

    What was cancelled, taken back, or reached nobody does not count, nor what its reader wants no more or called wrong:
    then somebody else of the household may be told.
    """
    seen = sorted(set(members) - safe_of(conn, sorted(members)))
    if not seen or not services:
        return {}
    rows = conn.execute(_TOLD, {"members": seen, "services": sorted(services)})
    return {ServiceId(service_id): told_us for service_id, told_us in rows}
