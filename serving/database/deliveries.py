"""What became of deliveries: counts by channel and state, and those that ended without reaching anybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, func, select, update

from recommender.instants import to_us
from serving.database.connect import Connection
from serving.database.outbox import CREATED, POISON
from serving.database.tables import outbox as _outbox

_COUNTS = (
    select(_outbox.c.channel, _outbox.c.state, func.count(), func.sum(_outbox.c.doubts))
    .group_by(_outbox.c.channel, _outbox.c.state)
    .order_by(_outbox.c.channel, _outbox.c.state)
)
_POISON = (
    select(_outbox)
    .where(_outbox.c.state.in_(POISON), _outbox.c.outbox_id > bindparam("after"))
    .order_by(_outbox.c.outbox_id)
    .limit(bindparam("most"))
)
_AGAIN = (
    update(_outbox)
    .where(_outbox.c.outbox_id == bindparam("of"), _outbox.c.state.in_(POISON))
    .values(state=CREATED, attempts=0, reason=None, due_us=bindparam("at_us"), changed_us=bindparam("at_us"))
    .returning(_outbox.c.channel)
)


@dataclass(frozen=True, slots=True)
class Counted:
    """How many deliveries by one channel are in one state. doubts: sendings that may have arrived or not."""

    channel: str
    state: str
    number: int
    doubts: int


@dataclass(frozen=True, slots=True)
class Poison:
    """One delivery that ended without reaching anybody. It names neither citizen nor content."""

    outbox_id: int
    channel: str
    target: str
    state: str
    attempts: int
    reason: str
    changed_us: int


def counts(conn: Connection) -> Sequence[Counted]:
    """Deliveries by channel and state."""
    return [Counted(channel, state, number, doubts or 0) for channel, state, number, doubts in conn.execute(_COUNTS)]


def poison(conn: Connection, after: int, limit: int) -> Sequence[Poison]:
    """Those that ended without reaching anybody, oldest first, after an id."""
    rows = conn.execute(_POISON, {"after": after, "most": limit})
    return [Poison(r.outbox_id, r.channel, r.target, r.state, r.attempts, r.reason or "", r.changed_us) for r in rows]


def again(conn: Connection, outbox_id: int, now: datetime) -> str | None:
    """Let one be tried anew from its first attempt; its channel, or None when it is not poison."""
    found: str | None = conn.execute(_AGAIN, {"of": outbox_id, "at_us": to_us(now)}).scalar()
    return found
