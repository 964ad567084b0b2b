"""Taking back what was told: what waits is cancelled, and who was told gets one correction, by the inbox first."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import uuid4

from sqlalchemy import BindParameter, bindparam, insert, select, update

from recommender.bundles import QUESTION
from recommender.identifiers import CitizenId, EventType, FactId, NotificationId
from recommender.instants import to_us
from serving.database.connect import Connection
from serving.database.inserting import insert_once
from serving.database.outbox import CANCELLED, CREATED, DELIVERED, INBOX, SENDING, WAITING, begin
from serving.database.tables import notification as _notes
from serving.database.tables import notification_service as _named
from serving.database.tables import outbox as _outbox

Row = dict[str, Any]
_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_OF_CAUSE = select(_notes.c.notification_id, _notes.c.event_type).where(
    _notes.c.citizen_id == bindparam("citizen_id"),
    _notes.c.root.in_(bindparam("roots", expanding=True)),
    _notes.c.corrects.is_(None),
)
_ROWS = select(_outbox).where(_outbox.c.notification_id.in_(_IDS)).order_by(_outbox.c.outbox_id).with_for_update()
_CANCEL = (
    update(_outbox)
    .where(_outbox.c.notification_id.in_(_IDS), _outbox.c.state.in_(WAITING))
    .values(state=CANCELLED, reason=bindparam("why"), lease_us=None, changed_us=bindparam("at_us"))
)
_NOT_TOLD = update(_notes).where(_notes.c.notification_id.in_(_IDS)).values(state=CANCELLED)
_TOLD_NOTES = select(_notes).where(_notes.c.notification_id.in_(_IDS)).order_by(_notes.c.notification_id)
_SERVICES = select(_named).where(_named.c.notification_id.in_(_IDS))


class TakenBack(NamedTuple):
    """What became of notifications. told: their correction is in the outbox; cancelled: they reached nobody."""

    told: tuple[NotificationId, ...]
    cancelled: tuple[NotificationId, ...]


def of_cause(
    conn: Connection, citizen_id: CitizenId, root: FactId, stands: EventType | None = None
) -> Sequence[NotificationId]:
    """A citizen's notifications because of a fact, questions that it called for too.

    stands : what type of life event the fact is after all: what was told of that type is left out.
    """
    found = conn.execute(_OF_CAUSE, {"citizen_id": citizen_id, "roots": [root, f"{QUESTION}{root}"]})
    return [NotificationId(row.notification_id) for row in found if stands is None or row.event_type != stands]


def take_back(conn: Connection, ids: Sequence[NotificationId], at: datetime, reason: str) -> TakenBack:
    """Cancel what waits of these notifications, and correct those that were told, once, however often it is asked.

    What is being handed over just now counts as told: it may arrive, and is not tried again
    (`serving.delivery.holding`).
    """
    told, waiting = set(), set()
    for way in conn.execute(_ROWS, {"ids": list(ids)}):
        if way.channel == INBOX and way.state in (DELIVERED, SENDING):
            told.add(way.notification_id)
        elif way.state in WAITING:
            waiting.add(way.notification_id)
    conn.execute(_CANCEL, {"ids": sorted(waiting), "why": reason, "at_us": to_us(at)})
    untold = sorted(waiting - told)
    conn.execute(_NOT_TOLD, {"ids": untold})
    services: dict[str, list[Row]] = {}
    for row in conn.execute(_SERVICES, {"ids": sorted(told)}).mappings():
        services.setdefault(row["notification_id"], []).append(dict(row))
    for row in conn.execute(_TOLD_NOTES, {"ids": sorted(told)}).mappings().all():
        _correct(conn, dict(row), services.get(row["notification_id"], []), at)
    return TakenBack(tuple(map(NotificationId, sorted(told))), tuple(map(NotificationId, untold)))


def _correct(conn: Connection, told: Row, services: Sequence[Row], at: datetime) -> None:
    new = NotificationId(uuid4().hex)
    row = {**told, "notification_id": new, "corrects": told["notification_id"], "created_us": to_us(at)}
    fresh: Row = dict.fromkeys(("decision_id", "deadline_us", "known_us", "sequence"))
    if not insert_once(conn, _notes, {**row, **fresh, "state": CREATED}):
        return
    if services:
        conn.execute(insert(_named), [{**service, "notification_id": new} for service in services])
    begin(conn, new, at, at)
