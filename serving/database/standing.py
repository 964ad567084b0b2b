"""What the push policy looks at besides knowledge, read in one go; what cannot be read lets nothing be pushed."""

import logging

from sqlalchemy import bindparam, select
from sqlalchemy.exc import SQLAlchemyError

from recommender.decision import LegalGround, Standing, Told
from recommender.identifiers import CitizenId, FactId, ServiceId
from serving.database.connect import Connection
from serving.database.grounds import get_ground
from serving.database.outbox import CANCELLED
from serving.database.tables import feedback as _feedback
from serving.database.tables import notification as _notes
from serving.database.tables import notification_service as _named

PURPOSE = "inform"
REFUSALS = ("never", "not_now", "wrong", "already_have")

log = logging.getLogger("herald.standing")

_TOLD = (
    select(_named.c.service_id, _notes.c.root, _notes.c.created_us)
    .join_from(_notes, _named)
    .where(_notes.c.citizen_id == bindparam("citizen_id"), _notes.c.state != CANCELLED)
    .order_by(_notes.c.created_us.desc(), _named.c.place)
)
_SAID = (
    select(_feedback.c.service_id, _feedback.c.kind, _feedback.c.at_us)
    .where(_feedback.c.citizen_id == bindparam("citizen_id"), _feedback.c.kind.in_(REFUSALS))
    .order_by(_feedback.c.number)
)


def read_standing(conn: Connection, citizen_id: CitizenId, default: LegalGround | None) -> Standing:
    """Ground, all that was ever told, newest first, and refusals. Never raises: unreadable is an answer.

    default : the ground as long as nothing was said by or for the citizen.
    Nothing told is forgotten: a cause may stay open for years (`within: P5Y`), and would be told anew.
    """
    try:
        ground = get_ground(conn, citizen_id, PURPOSE) or default
        told = conn.execute(_TOLD, {"citizen_id": citizen_id}).all()
        said = conn.execute(_SAID, {"citizen_id": citizen_id}).all()
    except SQLAlchemyError:
        log.exception("standing_unreadable", extra={"citizen_id": citizen_id})
        return Standing(None, readable=False)
    refusals: dict[ServiceId, tuple[str, int]] = {}
    for service_id, kind, at_us in said:
        if refusals.get(service_id, ("", 0))[0] != "never":
            refusals[ServiceId(service_id)] = (kind, at_us)
    return Standing(ground, tuple(Told(ServiceId(s), FactId(root), us) for s, root, us in told), refusals)
