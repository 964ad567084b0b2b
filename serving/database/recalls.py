"""Recalls on record: what was recalled, by whom and why, and each notification that it took back."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Select, and_, bindparam, exists, func, insert, or_, select, update

from recommender.errors import ReceiptError
from recommender.identifiers import CitizenId, NotificationId, ServiceId
from recommender.instants import from_us, to_us
from recommender.receipts import decode
from recommender.stops import Word
from serving.database.connect import Connection
from serving.database.corrections import TakenBack
from serving.database.outbox import CREATED, DELIVERED, SENDING, TEMPORARY
from serving.database.stop_tables import recall as _recalls
from serving.database.stop_tables import recalled as _recalled
from serving.database.tables import decision as _decisions
from serving.database.tables import notification as _notes
from serving.database.tables import notification_service as _named
from serving.database.tables import outbox as _outbox

BATCH = 200
"""Notifications taken back in one transaction: a recall that is killed goes on after the last one."""


class Because(StrEnum):
    """What notifications are recalled for."""

    SERVICE = "service"
    CATALOGUE = "catalogue"
    MODEL = "model"


@dataclass(frozen=True, slots=True)
class Of:
    """What is recalled. name: a service's id, a version of the catalogue in full, a model version; since: UTC."""

    reach: Because
    name: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Listed:
    """One notification of a recall. told: it was delivered by one channel at least, or is being handed over."""

    notification_id: NotificationId
    citizen_id: CitizenId
    created_at: datetime
    told: bool
    services: tuple[ServiceId, ...]


_KINDS = {Because.CATALOGUE: _notes.c.catalogue, Because.MODEL: _notes.c.model}
_HAS = exists().where(_outbox.c.notification_id == _notes.c.notification_id)
_TOLD = _HAS.where(_outbox.c.state.in_((DELIVERED, SENDING)))
_REACHED = _HAS.where(_outbox.c.state.in_((DELIVERED, SENDING, CREATED, TEMPORARY)))
_DONE = exists().where(_recalled.c.notification_id == _notes.c.notification_id)


def versions_beginning(conn: Connection, kind: Because, beginning: str) -> Sequence[str]:
    """Versions of the catalogue, or of the model, that notifications were decided by and whose name begins so."""
    column = _KINDS[kind]
    found = conn.execute(select(column).where(column.startswith(beginning, autoescape=True)).distinct())
    return sorted(found.scalars())


def find(conn: Connection, of: Of, after: tuple[int, str] = (-1, "")) -> Sequence[Listed]:
    """The next notifications that a recall takes back, oldest first; those recalled before and corrections left out.

    after : microseconds and id of the last one seen.
    """
    while True:
        rows = conn.execute(_next(of), {"since_us": to_us(of.since), "after_us": after[0], "after_id": after[1]}).all()
        if not rows:
            return []
        named = _services(conn, [row.notification_id for row in rows])
        found = [
            Listed(
                NotificationId(row.notification_id),
                CitizenId(row.citizen_id),
                from_us(row.created_us),
                bool(row.told),
                named.get(row.notification_id, ()),
            )
            for row in rows
            if _decided_by(row, of)
        ]
        if found or len(rows) < BATCH:
            return found
        after = (rows[-1].created_us, rows[-1].notification_id)


def every(conn: Connection, of: Of) -> Iterator[Listed]:
    """All of them."""
    after = (-1, "")
    while found := find(conn, of, after):
        yield from found
        after = (to_us(found[-1].created_at), found[-1].notification_id)


def begin(conn: Connection, of: Of, said: Word) -> int:
    """The recall's number: that of one that was begun and not ended, else of a new one."""
    same = and_(_recalls.c.reach == of.reach.value, _recalls.c.name == of.name, _recalls.c.since_us == to_us(of.since))
    found = conn.execute(select(_recalls.c.number).where(same, _recalls.c.ended_us.is_(None))).scalar()
    if found is not None:
        return int(found)
    row = {
        "reach": of.reach.value,
        "name": of.name,
        "since_us": to_us(of.since),
        "because": said.because,
        "begun_by": said.by,
        "begun_as": said.account,
        "begun_us": to_us(said.at),
    }
    return int(conn.execute(insert(_recalls).returning(_recalls.c.number), row).scalar_one())


def put(conn: Connection, number: int, taken: TakenBack) -> None:
    """Write down what a recall took back, in the transaction that did."""
    rows = [
        {"notification_id": each, "recall": number, "told": told}
        for told, ids in ((True, taken.told), (False, taken.cancelled))
        for each in ids
    ]
    if rows:
        conn.execute(insert(_recalled), rows)


def end(conn: Connection, number: int, at: datetime) -> Mapping[bool, int]:
    """The recall is done; how many it took back, by whether they were told."""
    conn.execute(update(_recalls).where(_recalls.c.number == number).values(ended_us=to_us(at)))
    counts = select(_recalled.c.told, func.count()).where(_recalled.c.recall == number).group_by(_recalled.c.told)
    return {bool(told): int(count) for told, count in conn.execute(counts)}


def _next(of: Of) -> Select[Any]:
    if of.reach is Because.SERVICE:
        about = exists().where(_named.c.notification_id == _notes.c.notification_id, _named.c.service_id == of.name)
    else:
        column = _KINDS[of.reach]
        about = or_(column == of.name, column.is_(None))  # type: ignore[assignment]
    place = _notes.c.created_us, _notes.c.notification_id
    later = or_(
        place[0] > bindparam("after_us"), and_(place[0] == bindparam("after_us"), place[1] > bindparam("after_id"))
    )
    return (
        select(
            _notes.c.notification_id,
            _notes.c.citizen_id,
            _notes.c.created_us,
            _notes.c.catalogue,
            _notes.c.model,
            _decisions.c.receipt,
            _TOLD.label("told"),
        )
        .select_from(_notes.join(_decisions))
        .where(
            _notes.c.corrects.is_(None), _notes.c.created_us >= bindparam("since_us"), about, later, ~_DONE, _REACHED
        )
        .order_by(*place)
        .limit(BATCH)
    )


def _decided_by(row: Any, of: Of) -> bool:
    """Whether it was; a notification from before its versions were kept beside it is asked for its receipt."""
    if of.reach is Because.SERVICE or getattr(row, of.reach.value) is not None:
        return True
    try:
        versions = decode(bytes(row.receipt)).versions
    except ReceiptError:
        return False
    return bool((versions.catalogue if of.reach is Because.CATALOGUE else versions.model) == of.name)


def _services(conn: Connection, ids: Sequence[str]) -> Mapping[str, tuple[ServiceId, ...]]:
    found: dict[str, tuple[ServiceId, ...]] = {}
    chosen = select(_named).where(_named.c.notification_id.in_(ids)).order_by(_named.c.notification_id, _named.c.place)
    for row in conn.execute(chosen):
        found[row.notification_id] = (*found.get(row.notification_id, ()), ServiceId(row.service_id))
    return found
