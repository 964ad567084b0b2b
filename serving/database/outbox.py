"""The outbox: what is to be delivered by which channel, claimed under a lease, with every state it went through."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import RowMapping, bindparam, case, func, insert, literal_column, or_, select, text, update

from recommender.bundles import QUESTION
from recommender.identifiers import CitizenId, FactId, NotificationId
from recommender.instants import from_us, to_us
from serving.database.connect import Connection
from serving.database.inserting import insert_once
from serving.database.tables import notification as _notes
from serving.database.tables import outbox as _outbox

INBOX = "inbox"
CREATED, SENDING, DELIVERED = "created", "sending", "delivered"
TEMPORARY, PERMANENT, TECHNICAL = "temporary_failure", "permanent_failure", "technical_failure"
CANCELLED = "cancelled"
WAITING = (CREATED, TEMPORARY)
POISON = (PERMANENT, TECHNICAL)
"""States in which a delivery ended without reaching anybody."""
WITHDRAWN = "fact_withdrawn"
DISPUTED = "fact_disputed"

_CLAIMED = (
    _outbox.c.outbox_id,
    _outbox.c.notification_id,
    _outbox.c.channel,
    _outbox.c.target,
    _outbox.c.state,
    _outbox.c.attempts,
    _outbox.c.fallback,
    _notes.c.citizen_id,
    _notes.c.created_us,
    _notes.c.deadline_us,
    _notes.c.known_us,
    _notes.c.corrects,
)
_OPEN = text("outbox.state IN ('created', 'temporary_failure', 'sending')")
"""As the index says it, without parameters: otherwise a database does not see that the index holds every such row."""
_DUE = (
    select(*_CLAIMED)
    .join_from(_outbox, _notes)
    .where(
        _outbox.c.channel == bindparam("channel"),
        _outbox.c.due_us <= bindparam("now_us"),
        _OPEN,
        _outbox.c.target.not_in(bindparam("resting", expanding=True)),
        or_(
            _outbox.c.state.in_(WAITING),
            (_outbox.c.state == SENDING) & (_outbox.c.lease_us <= bindparam("now_us")),
        ),
    )
    .order_by(_outbox.c.due_us, _outbox.c.outbox_id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True, of=_outbox)
)
_WAITING_FOR = (
    select(*_CLAIMED)
    .join_from(_outbox, _notes)
    .where(
        _notes.c.citizen_id == bindparam("citizen_id"),
        _notes.c.root.in_(bindparam("roots", expanding=True)),
        _notes.c.corrects.is_(None),
        _outbox.c.state.in_(WAITING),
    )
    .with_for_update(of=_outbox)
)
_TAKE = (
    update(_outbox)
    .where(_outbox.c.outbox_id.in_(bindparam("ids", expanding=True)))
    .values(
        state=SENDING,
        worker=bindparam("by"),
        lease_us=bindparam("until_us"),
        attempts=_outbox.c.attempts + 1,
        doubts=_outbox.c.doubts + case((_outbox.c.state == SENDING, 1), else_=0),
        changed_us=bindparam("at_us"),
    )
)
_SETTLE = (
    update(_outbox)
    .where(_outbox.c.outbox_id == bindparam("of"), _outbox.c.state.in_((SENDING, *WAITING)))
    .values(
        state=bindparam("to"),
        reason=bindparam("why"),
        due_us=bindparam("next_us"),
        lease_us=None,
        doubts=_outbox.c.doubts + bindparam("doubted"),
        changed_us=bindparam("at_us"),
    )
)
_DELIVERED = (
    update(_outbox)
    .where(_outbox.c.outbox_id.in_(bindparam("ids", expanding=True)), _outbox.c.state.in_((SENDING, *WAITING)))
    .values(state=DELIVERED, reason=None, due_us=bindparam("at_us"), lease_us=None, changed_us=bindparam("at_us"))
)
_POSTPONE = (
    update(_outbox)
    .where(_outbox.c.outbox_id == bindparam("of"), _outbox.c.state == SENDING)
    .values(
        state=CREATED,
        reason=bindparam("why"),
        due_us=bindparam("next_us"),
        lease_us=None,
        attempts=_outbox.c.attempts - 1,
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
    """One outbox row that this worker may send until its lease ends.

    attempts   : made before this one.   again: whether an earlier claim ended without a word, so it may have been sent.
    fallback   : channels to try after this one, in order.
    created_at : when the notification was decided.   known_us: when its fact was accepted.
    corrects   : the notification that this one takes back; None: it tells.
    """

    outbox_id: int
    notification_id: NotificationId
    citizen_id: CitizenId
    channel: str
    target: str
    attempts: int
    again: bool
    fallback: tuple[str, ...]
    created_at: datetime
    deadline: datetime | None
    known_us: int | None
    corrects: NotificationId | None = None


class Lease(NamedTuple):
    """Who claims, and for how many seconds."""

    worker: str
    seconds: float


class Failure(NamedTuple):
    """How a delivery failed.

    again   : when to try next, for a temporary failure; None: never.
    doubted : whether it may have been delivered all the same.
    """

    state: str
    reason: str
    again: datetime | None = None
    doubted: bool = False


def claim(
    conn: Connection, channel: str, limit: int, now: datetime, lease: Lease, resting: Collection[str] = ()
) -> Sequence[Claimed]:
    """Take the oldest due rows; no two workers get the same, a dead worker's come back when its lease ends.

    resting : targets that are not to be called now.
    """
    now_us = to_us(now)
    asked = {"channel": channel, "now_us": now_us, "most": limit, "resting": list(resting)}
    due = conn.execute(_DUE, asked).mappings().all()
    if due:
        taken = {"by": lease.worker, "until_us": now_us + int(lease.seconds * 1_000_000), "at_us": now_us}
        conn.execute(_TAKE, {"ids": [row["outbox_id"] for row in due], **taken})
    return [_claimed(row) for row in due]


def add(
    conn: Connection, of: Claimed, channel: str, now: datetime, *, target: str = "", fallback: Sequence[str] = ()
) -> None:
    """Let the same notification go by another channel as well; a second time changes nothing."""
    row = {"notification_id": of.notification_id, "channel": channel, "target": target, "state": CREATED}
    more = {"fallback": " ".join(fallback), "attempts": 0, "doubts": 0, "due_us": to_us(now), "changed_us": to_us(now)}
    insert_once(conn, _outbox, {**row, **more})


def next_channel(conn: Connection, notification_id: NotificationId, channel: str, now: datetime) -> str | None:
    """What went by this channel and did not arrive goes by the next one that was foreseen; which, None without one."""
    where = (_outbox.c.notification_id == notification_id) & (_outbox.c.channel == channel)
    sent = conn.execute(select(*_CLAIMED).join_from(_outbox, _notes).where(where)).mappings().first()
    if sent is None or not sent["fallback"]:
        return None
    following, *rest = sent["fallback"].split()
    add(conn, _claimed(sent), following, now, fallback=rest)
    return str(following)


def begin(conn: Connection, notification_id: NotificationId, due: datetime, at: datetime) -> None:
    """A new notification waits for the inbox, which is where every one begins."""
    row = {"notification_id": notification_id, "channel": INBOX, "target": "", "state": CREATED, "fallback": ""}
    conn.execute(insert(_outbox), {**row, "attempts": 0, "doubts": 0, "due_us": to_us(due), "changed_us": to_us(at)})


def delivered(conn: Connection, row: Claimed, now: datetime) -> None:
    """The channel delivered it; the last state."""
    _settle(conn, row, now, Failure(DELIVERED, ""))


def all_delivered(conn: Connection, rows: Sequence[Claimed], now: datetime) -> None:
    """The channel, which is not the inbox, delivered them; the last state."""
    conn.execute(_DELIVERED, {"ids": [row.outbox_id for row in rows], "at_us": to_us(now)})


def cancelled(conn: Connection, row: Claimed, now: datetime, reason: str) -> None:
    """It must not be delivered any more; the last state."""
    _settle(conn, row, now, Failure(CANCELLED, reason))


def postponed(conn: Connection, row: Claimed, now: datetime, until: datetime) -> None:
    """It waits, as created, for another time: this is no failure, and no attempt."""
    held(conn, row, now, until, "")


def held(conn: Connection, row: Claimed, now: datetime, until: datetime, reason: str) -> None:
    """It waits, as created, for something that somebody must lift; looked at again at `until`, or when released."""
    waits = {"of": row.outbox_id, "next_us": to_us(until), "why": reason[:200] or None, "at_us": to_us(now)}
    conn.execute(_POSTPONE, waits)
    if row.channel == INBOX:
        conn.execute(_NOTE, {"of": row.notification_id, "to": CREATED})


def release(conn: Connection, now: datetime) -> int:
    """Let all that is held be looked at now; how many."""
    return conn.execute(_RELEASE, {"at_us": to_us(now)}).rowcount


def withdraw(conn: Connection, citizen_id: CitizenId, root: FactId, now: datetime, reason: str = WITHDRAWN) -> int:
    """Cancel what waits to be told because of a fact that is no longer believed; how many deliveries."""
    asked = {"citizen_id": citizen_id, "roots": [root, f"{QUESTION}{root}"]}
    waiting = conn.execute(_WAITING_FOR, asked).mappings().all()
    for row in waiting:
        cancelled(conn, _claimed(row), now, reason)
    return len(waiting)


def failed(conn: Connection, row: Claimed, now: datetime, failure: Failure) -> None:
    """It could not be delivered."""
    _settle(conn, row, now, failure)


def poisoned(conn: Connection) -> int:
    """How many messages could not be handed over for a reason that no retry mends."""
    return int(conn.execute(_POISON).scalar_one())


def _claimed(row: RowMapping) -> Claimed:
    return Claimed(
        row["outbox_id"],
        NotificationId(row["notification_id"]),
        CitizenId(row["citizen_id"]),
        row["channel"],
        row["target"],
        row["attempts"],
        row["state"] == SENDING,
        tuple(row["fallback"].split()),
        from_us(row["created_us"]),
        None if row["deadline_us"] is None else from_us(row["deadline_us"]),
        row["known_us"],
        None if row["corrects"] is None else NotificationId(row["corrects"]),
    )


def _settle(conn: Connection, row: Claimed, now: datetime, end: Failure) -> None:
    settled = {"of": row.outbox_id, "to": end.state, "why": end.reason[:200] or None, "at_us": to_us(now)}
    conn.execute(_SETTLE, {**settled, "next_us": to_us(end.again or now), "doubted": int(end.doubted)})
    if row.channel == INBOX:  # a notification is what its inbox says; other channels only point to it
        conn.execute(_NOTE, {"of": row.notification_id, "to": end.state})
