"""The outbox: what is to be delivered by which channel, claimed under a lease, with every state it went through."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, literal_column, or_, select, update

from recommender.bundles import QUESTION
from recommender.identifiers import CitizenId, FactId, NotificationId
from recommender.instants import to_us
from serving.database.connect import Connection
from serving.database.tables import notification as _notes
from serving.database.tables import outbox as _outbox

CREATED, SENDING, DELIVERED = "created", "sending", "delivered"
TEMPORARY, PERMANENT, TECHNICAL = "temporary_failure", "permanent_failure", "technical_failure"
CANCELLED = "cancelled"
WITHDRAWN = "fact_withdrawn"

_DUE = (
    select(_outbox.c.outbox_id, _outbox.c.notification_id, _notes.c.citizen_id, _notes.c.known_us, _outbox.c.attempts)
    .join_from(_outbox, _notes)
    .where(
        _outbox.c.channel == bindparam("channel"),
        _outbox.c.due_us <= bindparam("now_us"),
        or_(
            _outbox.c.state.in_((CREATED, TEMPORARY)),
            (_outbox.c.state == SENDING) & (_outbox.c.lease_us <= bindparam("now_us")),
        ),
    )
    .order_by(_outbox.c.due_us, _outbox.c.outbox_id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True, of=_outbox)
)
_WAITING_FOR = (
    select(_outbox.c.outbox_id, _outbox.c.notification_id, _outbox.c.attempts)
    .join_from(_outbox, _notes)
    .where(
        _notes.c.citizen_id == bindparam("citizen_id"),
        _notes.c.root.in_(bindparam("roots", expanding=True)),
        _notes.c.corrects.is_(None),
        _outbox.c.state.in_((CREATED, TEMPORARY)),
    )
    .with_for_update(of=_outbox)
)
_TAKE = (
    update(_outbox)
    .where(_outbox.c.outbox_id == bindparam("of"))
    .values(
        state=SENDING,
        worker=bindparam("by"),
        lease_us=bindparam("until_us"),
        attempts=_outbox.c.attempts + 1,
        changed_us=bindparam("at_us"),
    )
)
_SETTLE = (
    update(_outbox)
    .where(_outbox.c.outbox_id == bindparam("of"))
    .values(
        state=bindparam("to"),
        reason=bindparam("why"),
        due_us=bindparam("next_us"),
        lease_us=None,
        changed_us=bindparam("at_us"),
    )
)
_POISON = select(func.count()).select_from(_outbox).where(_outbox.c.state == TECHNICAL)
_RELEASE = (
    update(_outbox)
    .where(_outbox.c.state == literal_column(f"'{CREATED}'"), _outbox.c.reason.is_not(None))
    .values(due_us=bindparam("at_us"))
)
_NOTE = update(_notes).where(_notes.c.notification_id == bindparam("of")).values(state=bindparam("to"))


@dataclass(frozen=True, slots=True)
class Claimed:
    """One outbox row that this worker may send until its lease ends. known_us: when its fact was accepted."""

    outbox_id: int
    notification_id: NotificationId
    citizen_id: CitizenId
    known_us: int | None
    attempts: int


def claim(conn: Connection, channel: str, limit: int, now: datetime, lease_s: float, worker: str) -> Sequence[Claimed]:
    """Take the oldest due rows; no two workers get the same, a dead worker's come back when its lease ends."""
    now_us = to_us(now)
    due = conn.execute(_DUE, {"channel": channel, "now_us": now_us, "most": limit}).all()
    if due:
        until_us = now_us + int(lease_s * 1_000_000)
        conn.execute(_TAKE, [{"of": row.outbox_id, "by": worker, "until_us": until_us, "at_us": now_us} for row in due])
    return [
        Claimed(
            row.outbox_id, NotificationId(row.notification_id), CitizenId(row.citizen_id), row.known_us, row.attempts
        )
        for row in due
    ]


def delivered(conn: Connection, row: Claimed, now: datetime) -> None:
    """The channel delivered it; the last state."""
    _settle(conn, row, DELIVERED, None, now, now)


def cancelled(conn: Connection, row: Claimed, now: datetime, reason: str) -> None:
    """It must not be delivered any more; the last state."""
    _settle(conn, row, CANCELLED, reason, now, now)


def postponed(conn: Connection, row: Claimed, now: datetime, until: datetime) -> None:
    """It waits, as created, for another time: this is no failure."""
    _settle(conn, row, CREATED, None, now, until)


def held(conn: Connection, row: Claimed, now: datetime, until: datetime, reason: str) -> None:
    """It waits, as created, for something that somebody must lift; looked at again at `until`, or when released."""
    _settle(conn, row, CREATED, reason[:200], now, until)


def release(conn: Connection, now: datetime) -> int:
    """Let all that is held be looked at now; how many."""
    return conn.execute(_RELEASE, {"at_us": to_us(now)}).rowcount


def withdraw(conn: Connection, citizen_id: CitizenId, root: FactId, now: datetime) -> int:
    """Cancel what waits to be told because of a fact that is no longer believed; how many notifications."""
    waiting = conn.execute(_WAITING_FOR, {"citizen_id": citizen_id, "roots": [root, f"{QUESTION}{root}"]}).all()
    for row in waiting:
        claimed = Claimed(row.outbox_id, NotificationId(row.notification_id), citizen_id, None, row.attempts)
        cancelled(conn, claimed, now, WITHDRAWN)
    return len(waiting)


def failed(conn: Connection, row: Claimed, now: datetime, state: str, reason: str, again: datetime | None) -> None:
    """It could not be delivered. again: when to try next, for a temporary failure; None: never."""
    _settle(conn, row, state, reason[:200], now, again or now)


def poisoned(conn: Connection) -> int:
    """How many messages could not be handed over for a reason that no retry mends."""
    return int(conn.execute(_POISON).scalar_one())


def _settle(conn: Connection, row: Claimed, state: str, reason: str | None, now: datetime, again: datetime) -> None:
    settled = {"of": row.outbox_id, "to": state, "why": reason, "next_us": to_us(again), "at_us": to_us(now)}
    conn.execute(_SETTLE, settled)
    conn.execute(_NOTE, {"of": row.notification_id, "to": state})
