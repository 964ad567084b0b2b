"""What the push policy looks at besides knowledge, read in one go; what cannot be read lets nothing be pushed."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy import bindparam, func, or_, select, text
from sqlalchemy.exc import SQLAlchemyError

from recommender.decision import LegalGround, Standing, Told
from recommender.identifiers import CitizenId, FactId, ServiceId
from recommender.policy import APPLIED
from recommender.quiet import Quiet
from recommender.stops import Reach
from serving.database import stops
from serving.database.answer_tables import application_report as _reports
from serving.database.connect import Connection
from serving.database.feedback import MAY_BE_TAKEN_BACK, SETTLED, TAKEN_BACK, WRONG
from serving.database.grounds import get_ground, objections
from serving.database.outbox import CANCELLED
from serving.database.preferences import Said, read_preferences
from serving.database.tables import feedback as _feedback
from serving.database.tables import notification as _notes
from serving.database.tables import notification_service as _named

PURPOSE = "inform"
CORRECTED = "corrected:"
UNDER_WAY = ("started", "submitted", "granted")
REFUSALS = ("never", "not_now", WRONG, "already_have")

log = logging.getLogger("herald.standing")

_corrections = _notes.alias("corrections")
_TOLD = (
    select(_named.c.service_id, _notes.c.root, _notes.c.created_us, _corrections.c.corrects)
    .select_from(_notes.join(_named).outerjoin(_corrections, _corrections.c.corrects == _notes.c.notification_id))
    .where(_notes.c.citizen_id == bindparam("citizen_id"), _notes.c.state != CANCELLED, _notes.c.corrects.is_(None))
    .order_by(_notes.c.created_us.desc(), _named.c.place)
)
_SAID = (
    select(_feedback.c.service_id, _feedback.c.kind, _feedback.c.at_us)
    .where(
        _feedback.c.citizen_id == bindparam("citizen_id"),
        or_(_feedback.c.kind.in_((*REFUSALS, SETTLED, TAKEN_BACK)), _feedback.c.outcome.in_(UNDER_WAY)),
    )
    .order_by(_feedback.c.number)
)

_REPORTED = (
    select(_reports.c.service_id, func.max(_reports.c.at_us))
    .where(_reports.c.citizen_id == bindparam("citizen_id"), _reports.c.stage.in_(UNDER_WAY))
    .group_by(_reports.c.service_id)
)

_HOLD = text("SELECT pg_advisory_xact_lock(hashtextextended(:citizen_id, 0))")

QuietOf = Callable[[Said, datetime], Quiet | None]
"""The quiet hours that follow from what a citizen said, and the quiet days of the month after a time."""


def read_standing(
    conn: Connection, citizen_id: CitizenId, at: datetime, default: LegalGround | None, quiet_of: QuietOf
) -> Standing:
    """Ground, objections, quiet hours, what operators stopped, all that was ever told, newest first, and refusals.

    default : the ground as long as nothing was said by or for the citizen.
    Nothing told is forgotten: a cause may stay open for years (`within: P5Y`), and would be told anew.
    Never raises: unreadable is an answer.
    """
    try:
        ground = get_ground(conn, citizen_id, PURPOSE) or default
        objected = objections(conn, citizen_id, PURPOSE)
        quiet = quiet_of(read_preferences(conn, citizen_id), at)
        told = conn.execute(_TOLD, {"citizen_id": citizen_id}).all()
        said = conn.execute(_SAID, {"citizen_id": citizen_id}).all()
        applied = conn.execute(_REPORTED, {"citizen_id": citizen_id}).all()
        stopped = frozenset(stop for stop in stops.standing(conn) if stop.reach is not Reach.CHANNEL)
    except (SQLAlchemyError, ValueError):
        log.exception("standing_unreadable", extra={"citizen_id": citizen_id})
        return Standing(None, readable=False)
    refusals = _refusals([(ServiceId(s), us) for s, us in applied], [(ServiceId(s), kind, us) for s, kind, us in said])
    remembered = tuple(Told(ServiceId(s), _cause(root, taken_back), us) for s, root, us, taken_back in told)
    return Standing(ground, remembered, refusals, objected=objected, quiet=quiet, stops=stopped)


def _refusals(
    applied: Sequence[tuple[ServiceId, int]], said: Sequence[tuple[ServiceId, str, int]]
) -> dict[ServiceId, tuple[str, int]]:
    """What bars each service by the citizen's own word or application, and since when; said: in the order of saying."""
    under_way = {service_id: (APPLIED, at_us) for service_id, at_us in applied}
    refusals = dict(under_way)
    for service_id, kind, at_us in said:
        former = refusals.get(service_id, ("", 0))[0]
        if kind in (SETTLED, TAKEN_BACK):
            # "that is wrong" holds until the register has looked again
            ended = {WRONG} if kind == SETTLED else MAY_BE_TAKEN_BACK
            if former in ended:
                del refusals[service_id]
                if service_id in under_way:
                    refusals[service_id] = under_way[service_id]
            continue
        if kind not in REFUSALS:
            under_way[service_id] = (APPLIED, at_us)
        if former != "never" and (kind in REFUSALS or former in ("", APPLIED)):
            refusals[service_id] = (kind if kind in REFUSALS else APPLIED, at_us)
    return refusals


def _cause(root: str, taken_back: str | None) -> FactId:
    """What was corrected since disturbed the citizen, but told them nothing: the same cause may be told, rightly."""
    return FactId(root if taken_back is None else f"{CORRECTED}{root}")


def hold(conn: Connection, citizen_id: CitizenId) -> None:
    """Until the transaction ends no other one that holds the same citizen goes on: two pushes cannot both fit a cap.

    On SQLite a write holds the whole database already.
    """
    if conn.dialect.name != "sqlite":
        conn.execute(_HOLD, {"citizen_id": citizen_id})
