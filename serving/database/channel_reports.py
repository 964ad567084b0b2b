"""What channels report of a message after it was handed over: read, answered, returned; and which calls were heard."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import bindparam, insert, select

from recommender.identifiers import NotificationId
from recommender.instants import to_us
from serving.database.connect import Connection
from serving.database.inserting import insert_once
from serving.database.message_tables import channel_report as _reports
from serving.database.message_tables import inbound_call as _calls

_OF = (
    select(_reports.c.channel, _reports.c.kind, _reports.c.by, _reports.c.at_us)
    .where(_reports.c.notification_id == bindparam("notification_id"))
    .order_by(_reports.c.number)
)


class Report(NamedTuple):
    """One report: by which channel, of what kind, who said so, and when (microseconds)."""

    channel: str
    kind: str
    by: str
    at_us: int


def add(
    conn: Connection, notification_id: NotificationId, channel: str, kind: str, about: tuple[str, datetime]
) -> None:
    """Record one report. about: who says so, and when."""
    by, at = about
    row = {"notification_id": notification_id, "channel": channel, "kind": kind, "by": by[:64], "at_us": to_us(at)}
    conn.execute(insert(_reports), row)


def list_all(conn: Connection, notification_id: NotificationId) -> Sequence[Report]:
    """What was reported of a notification, oldest first."""
    rows = conn.execute(_OF, {"notification_id": notification_id})
    return [Report(row.channel, row.kind, row.by, row.at_us) for row in rows]


def heard(conn: Connection, call_id: str, at: datetime) -> bool:
    """Whether a provider's call with this id comes for the first time; it is remembered with the transaction."""
    return insert_once(conn, _calls, {"call_id": call_id[:128], "at_us": to_us(at)})
