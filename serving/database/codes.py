"""Codes of messages: given before a message leaves, confirmed for whoever is shown one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, select

from recommender.identifiers import NotificationId
from recommender.instants import to_us
from serving.database.connect import Connection
from serving.database.inserting import insert_once
from serving.database.message_tables import message_code as _codes
from serving.database.tables import notification as _notes
from serving.messages.codes import code_of

_HELD = select(_codes.c.notification_id, _codes.c.code).where(
    _codes.c.notification_id.in_(bindparam("ids", expanding=True))
)
_BEHIND = (
    select(_notes.c.notification_id, _notes.c.created_us, _notes.c.state)
    .join_from(_codes, _notes)
    .where(_codes.c.code == bindparam("code"))
)


@dataclass(frozen=True, slots=True)
class Behind:
    """The notification behind a code. It names no citizen, so that nobody can be found by a code."""

    notification_id: NotificationId
    created_us: int
    state: str


def issue(
    conn: Connection, notification_ids: Sequence[NotificationId], key: bytes, at: datetime
) -> Mapping[NotificationId, str]:
    """The code of each notification, the same whenever asked; on record when the transaction commits."""
    held = {row.notification_id: row.code for row in conn.execute(_HELD, {"ids": list(notification_ids)})}
    for notification_id in sorted(set(notification_ids) - set(held)):
        held[notification_id] = _issue(conn, notification_id, key, at)
    return {NotificationId(notification_id): code for notification_id, code in held.items()}


def held_of(conn: Connection, ids: Sequence[NotificationId]) -> Mapping[str, str]:
    """The code of each notification that was given one."""
    return {row.notification_id: row.code for row in conn.execute(_HELD, {"ids": list(ids)})}


def find(conn: Connection, code: str) -> Behind | None:
    """What a code was issued for; None when it never was."""
    row = conn.execute(_BEHIND, {"code": code}).first()
    return None if row is None else Behind(NotificationId(row.notification_id), row.created_us, row.state)


def _issue(conn: Connection, notification_id: NotificationId, key: bytes, at: datetime) -> str:
    turn = 0
    while True:
        code = code_of(key, notification_id, turn)
        if insert_once(conn, _codes, {"code": code, "notification_id": notification_id, "issued_us": to_us(at)}):
            return code
        row = conn.execute(_HELD, {"ids": [notification_id]}).first()
        if row is not None:  # another worker was first
            return str(row.code)
        turn += 1  # the code is another notification's: two in 35 million million
