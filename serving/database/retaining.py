"""Deletes what has been kept long enough, some rows at a time, so that a run that is killed has lost nothing."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, Table, and_, delete, exists, func, select, tuple_, update

from recommender.instants import to_us
from serving.database.answer_tables import application_report, dispute
from serving.database.connect import Connection, Database
from serving.database.disputes import OPEN
from serving.database.facts import PARKED
from serving.database.outbox import CREATED, SENDING, TEMPORARY
from serving.database.protection_tables import mandate
from serving.database.schema import metadata
from serving.database.tables import decision, fact, feedback, notification, reading

BATCH = 1_000

FOR_GOOD = ("never", "already_have")
"""A citizen's words that hold for ever; what they were said of is kept with them."""

VERSIONED: Mapping[str, tuple[str, ...]] = {
    "preference": ("citizen_id",),
    "answer": ("citizen_id", "attribute"),
    "legal_ground": ("citizen_id", "purpose"),
    "objection": ("citizen_id", "purpose", "authority"),
    "safe_mode": ("citizen_id",),
    "channel_objection": ("citizen_id", "channel"),
}
"""Tables in which only the last version counts, with what a version is of."""


class Kind(NamedTuple):
    """One kind of record: rows of one table that are due at a time. name: of its setting, without `_days`."""

    name: str
    table: Table
    due: Callable[[int], ColumnElement[bool]]


def _told(until_us: int) -> ColumnElement[bool]:
    refused = exists().where(
        feedback.c.notification_id == notification.c.notification_id, feedback.c.kind.in_(FOR_GOOD)
    )
    under_way = notification.c.state.in_((CREATED, SENDING, TEMPORARY))
    corrected = notification.alias("correction")
    named = exists().where(corrected.c.corrects == notification.c.notification_id)
    return and_(notification.c.created_us < until_us, ~under_way, ~refused, ~named)


def _decided(until_us: int) -> ColumnElement[bool]:
    told = exists().where(notification.c.decision_id == decision.c.decision_id)
    return and_(decision.c.last_us < until_us, ~told)


def _replaced(table: Table, key: tuple[str, ...]) -> Callable[[int], ColumnElement[bool]]:
    later = table.alias("later")
    same = [later.c[name] == table.c[name] for name in key]
    at = table.c.at_us if "at_us" in table.c else table.c.since_us
    after = later.c.at_us if "at_us" in table.c else later.c.since_us
    # kept as long as it held: a wish is former from the one on that replaced it
    return lambda until_us: and_(
        at < until_us, exists().where(*same, later.c.version == table.c.version + 1, after < until_us)
    )


KINDS: tuple[Kind, ...] = (
    Kind("notifications", notification, _told),
    Kind("decisions", decision, _decided),
    Kind("readings", reading, lambda us: reading.c.at_us < us),
    Kind("disputes", dispute, lambda us: and_(dispute.c.state != OPEN, dispute.c.settled_us < us)),
    Kind("applications", application_report, lambda us: application_report.c.at_us < us),
    Kind("mandates", mandate, lambda us: func.coalesce(mandate.c.ended_us, mandate.c.until_us) < us),
    Kind("parked", fact, lambda us: and_(fact.c.state == PARKED, fact.c.known_us < us)),
    *(
        Kind("former_wishes", metadata.tables[name], _replaced(metadata.tables[name], key))
        for name, key in VERSIONED.items()
    ),
    Kind(
        "forgotten_addresses",
        metadata.tables["forgotten_address"],
        lambda us: metadata.tables["forgotten_address"].c.at_us < us,
    ),
    Kind("calls", metadata.tables["inbound_call"], lambda us: metadata.tables["inbound_call"].c.at_us < us),
)
"""In this order: a decision is due only when what was told because of it is gone."""


def count_due(database: Database, kind: Kind, days: int, now: datetime) -> int:
    """How many rows of a kind are due; 0 where it is kept until erasure."""
    if not days:
        return 0
    query = select(func.count()).select_from(kind.table).where(kind.due(_until(days, now)))
    with database.read() as conn:
        return int(conn.execute(query).scalar_one())


def delete_due(database: Database, kind: Kind, days: int, now: datetime) -> Iterator[int]:
    """Delete them, `BATCH` in a transaction; how many each time."""
    if not days:
        return
    key = tuple(kind.table.primary_key)
    chosen = select(*key).where(kind.due(_until(days, now))).limit(BATCH)
    while True:
        with database.write() as conn:
            found = [tuple(row) for row in conn.execute(chosen)]
            if found:
                if kind.table is notification:
                    _let_go(conn, [row[0] for row in found])
                conn.execute(delete(kind.table).where(tuple_(*key).in_(found)))
        if not found:
            return
        yield len(found)


def _let_go(conn: Connection, notifications: list[str]) -> None:
    """Delete what hangs on notifications; what is counted of an application is only no longer told of which push."""
    for table in reversed(metadata.sorted_tables):
        if table is notification or "notification_id" not in table.c:
            continue
        theirs = table.c.notification_id.in_(notifications)
        if table is application_report:
            conn.execute(update(table).where(theirs).values(notification_id=None))
        else:
            conn.execute(delete(table).where(theirs))


def _until(days: int, now: datetime) -> int:
    return to_us(now - timedelta(days=days))
