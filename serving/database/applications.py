"""Reports about applications, and how the pushes before them fared by the version of the rules."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, case, func, insert, select

from recommender.applications import Report
from recommender.facts import UseChange
from recommender.identifiers import CatalogueVersion, CitizenId, NotificationId, ServiceId
from recommender.instants import to_us
from serving.database.answer_tables import application_report as _reports
from serving.database.connect import Connection
from serving.database.outbox import CANCELLED
from serving.database.tables import feedback as _feedback
from serving.database.tables import notification as _notes
from serving.database.tables import notification_service as _named

_OF = (
    select(_reports)
    .where(_reports.c.citizen_id == bindparam("citizen_id"))
    .order_by(_reports.c.service_id, _reports.c.number)
)
_PUSH = (
    select(_notes.c.notification_id, _notes.c.catalogue, _notes.c.created_us)
    .join_from(_notes, _named)
    .where(
        _notes.c.citizen_id == bindparam("citizen_id"),
        _named.c.service_id == bindparam("service_id"),
        _notes.c.created_us <= bindparam("until_us"),
        _notes.c.state != CANCELLED,
        _notes.c.corrects.is_(None),
    )
    .order_by(_notes.c.created_us.desc())
    .limit(1)
)
_UNANSWERED = (
    select(_named.c.service_id, _notes.c.notification_id)
    .join_from(_notes, _named)
    .where(
        _notes.c.citizen_id == bindparam("citizen_id"),
        _notes.c.created_us <= bindparam("until_us"),
        _notes.c.sequence.is_not(None),
        _notes.c.corrects.is_(None),
        ~select(_reports.c.number)
        .where(_reports.c.citizen_id == _notes.c.citizen_id, _reports.c.service_id == _named.c.service_id)
        .exists(),
        ~select(_feedback.c.number)
        .where(
            _feedback.c.citizen_id == _notes.c.citizen_id,
            _feedback.c.service_id == _named.c.service_id,
            _feedback.c.kind != "impression",
        )
        .exists(),
    )
    .order_by(_notes.c.created_us, _named.c.place)
    .limit(1)
)
_ONE_PUSH = (
    select(
        _reports.c.service_id,
        _reports.c.catalogue,
        _reports.c.criteria,
        _reports.c.notification_id,
        func.max(case((_reports.c.stage == UseChange.REFUSED.value, 1), else_=0)).label("refused"),
    )
    .where(
        _reports.c.notification_id.is_not(None),
        _reports.c.proxy.is_(False),
        _reports.c.stage.in_((UseChange.GRANTED.value, UseChange.REFUSED.value)),
    )
    .group_by(_reports.c.service_id, _reports.c.catalogue, _reports.c.criteria, _reports.c.notification_id)
    .subquery()
)
_ALARMS = (
    select(
        _ONE_PUSH.c.service_id,
        _ONE_PUSH.c.catalogue,
        _ONE_PUSH.c.criteria,
        func.count().label("decided"),
        func.sum(_ONE_PUSH.c.refused).label("refused"),
    )
    .group_by(_ONE_PUSH.c.service_id, _ONE_PUSH.c.catalogue, _ONE_PUSH.c.criteria)
    .order_by(_ONE_PUSH.c.service_id, _ONE_PUSH.c.catalogue, _ONE_PUSH.c.criteria)
)


class Push(NamedTuple):
    """The push before a report. catalogue: the version that it was decided by."""

    notification_id: NotificationId
    catalogue: CatalogueVersion | None
    created_us: int


class Fared(NamedTuple):
    """How many pushes by one version of one service's conditions were followed by a decision, and by a refusal."""

    service_id: ServiceId
    catalogue: str
    criteria: str
    decided: int
    refused: int


def add_report(
    conn: Connection,
    of: tuple[CitizenId, ServiceId],
    report: Report,
    said: tuple[str, datetime],
    push: Push | None,
    criteria: str | None,
) -> None:
    """Record one report. of: who and which service; said: by which portal, and when. criteria: see `Fared`."""
    row = {
        "citizen_id": of[0],
        "service_id": of[1],
        "notification_id": None if push is None else push.notification_id,
        "stage": None if report.stage is None else report.stage.value,
        "reason": report.reason,
        "proxy": report.proxy,
        "portal": said[0],
        "happened_us": report.happened_us,
        "at_us": to_us(said[1]),
        "catalogue": None if push is None else push.catalogue,
        "criteria": criteria,
    }
    conn.execute(insert(_reports), row)


def reports_of(conn: Connection, citizen_id: CitizenId) -> Mapping[ServiceId, Sequence[Report]]:
    """The reports about a citizen's applications, by service."""
    found: dict[ServiceId, list[Report]] = {}
    for row in conn.execute(_OF, {"citizen_id": citizen_id}):
        stage = None if row.stage is None else UseChange(row.stage)
        found.setdefault(ServiceId(row.service_id), []).append(
            Report(stage, row.happened_us, row.reason, bool(row.proxy))
        )
    return found


def push_before(conn: Connection, citizen_id: CitizenId, service_id: ServiceId, until_us: int) -> Push | None:
    """The latest push of the service by then; None when the citizen was not told of it."""
    asked = {"citizen_id": citizen_id, "service_id": service_id, "until_us": until_us}
    row = conn.execute(_PUSH, asked).first()
    return None if row is None else Push(NotificationId(row.notification_id), row.catalogue, row.created_us)


def unanswered(conn: Connection, citizen_id: CitizenId, until_us: int) -> ServiceId | None:
    """The service told longest ago, by then, of which nothing was ever heard: to be asked about once."""
    row = conn.execute(_UNANSWERED, {"citizen_id": citizen_id, "until_us": until_us}).first()
    return None if row is None else ServiceId(row.service_id)


def fared(conn: Connection) -> Sequence[Fared]:
    """Every version of every service's conditions by which somebody was told and decided on since."""
    return [
        Fared(ServiceId(row.service_id), row.catalogue or "", row.criteria or "", row.decided, int(row.refused))
        for row in conn.execute(_ALARMS)
    ]
