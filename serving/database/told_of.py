"""What a citizen was told about one service, delivery by delivery, and the receipts in which it was decided."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select

from recommender.decision import Cause
from recommender.identifiers import CitizenId, DecisionId, EventType, FactId, NotificationId, ServiceId
from recommender.instants import to_us
from serving.database.connect import Connection
from serving.database.tables import decision as _decisions
from serving.database.tables import notification as _notes
from serving.database.tables import notification_service as _named
from serving.database.tables import outbox as _outbox

LOOKED_AT = 200
"""Receipts of one citizen that are looked through, newest first, for one that speaks of the service."""

_corrections = _notes.alias("corrections")
_NOTES = (
    select(_notes, _corrections.c.created_us.label("corrected_us"))
    .select_from(_notes.join(_named).outerjoin(_corrections, _corrections.c.corrects == _notes.c.notification_id))
    .where(
        _notes.c.corrects.is_(None),
        _notes.c.citizen_id == bindparam("citizen_id"),
        _named.c.service_id == bindparam("service_id"),
        _notes.c.created_us <= bindparam("at_us"),
    )
    .order_by(_notes.c.created_us, _notes.c.notification_id)
)
_DELIVERIES = (
    select(_outbox.c.notification_id, _outbox.c.channel, _outbox.c.state, _outbox.c.reason, _outbox.c.changed_us)
    .where(_outbox.c.notification_id.in_(bindparam("ids", expanding=True)))
    .order_by(_outbox.c.outbox_id)
)
_RECEIPTS = (
    select(_decisions.c.decision_id, _decisions.c.receipt)
    .where(_decisions.c.citizen_id == bindparam("citizen_id"), _decisions.c.first_us <= bindparam("at_us"))
    .order_by(_decisions.c.first_us.desc())
    .limit(LOOKED_AT)
)


@dataclass(frozen=True, slots=True)
class DeliveryState:
    """One way by which a notification went, or was to go. changed_us: when it came into this state."""

    channel: str
    state: str
    reason: str | None
    changed_us: int


@dataclass(frozen=True, slots=True)
class ToldOf:
    """One notification that names the service. corrected_us: when it was taken back; None: it stands."""

    notification_id: NotificationId
    decision_id: DecisionId
    cause: Cause
    state: str
    created_us: int
    deliveries: tuple[DeliveryState, ...]
    corrected_us: int | None = None


def list_told(conn: Connection, citizen_id: CitizenId, service_id: ServiceId, at: datetime) -> Sequence[ToldOf]:
    """The notifications decided on until then, oldest first, each with its deliveries as they stand now."""
    asked = {"citizen_id": citizen_id, "service_id": service_id, "at_us": to_us(at)}
    rows = conn.execute(_NOTES, asked).all()
    if not rows:
        return []
    went: dict[str, list[DeliveryState]] = {}
    for row in conn.execute(_DELIVERIES, {"ids": [row.notification_id for row in rows]}):
        state = DeliveryState(row.channel, row.state, row.reason, row.changed_us)
        went.setdefault(row.notification_id, []).append(state)
    return [
        ToldOf(
            NotificationId(row.notification_id),
            DecisionId(row.decision_id),
            Cause(
                FactId(row.root),
                row.happened_us,
                None if row.event_type is None else EventType(row.event_type),
                row.date,
            ),
            row.state,
            row.created_us,
            tuple(went.get(row.notification_id, ())),
            row.corrected_us,
        )
        for row in rows
    ]


def receipts_until(conn: Connection, citizen_id: CitizenId, at: datetime) -> Iterator[tuple[DecisionId, bytes]]:
    """The citizen's receipts made until then, newest first, at most `LOOKED_AT`."""
    for row in conn.execute(_RECEIPTS, {"citizen_id": citizen_id, "at_us": to_us(at)}):
        yield DecisionId(row.decision_id), bytes(row.receipt)
