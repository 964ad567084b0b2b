"""Stops on record: one row each from its first word to its lifting, so the table is the history of all of them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select, update

from recommender.identifiers import ServiceId
from recommender.instants import from_us, to_us
from recommender.stops import Reach, Stop, Stopped, Word, first_stop
from serving.database.connect import Connection
from serving.database.inserting import insert_once
from serving.database.stop_tables import stop as _stops

_STANDING = select(_stops.c.reach, _stops.c.name).where(_stops.c.lifted_us.is_(None))
_ALL = select(_stops).order_by(_stops.c.number)
_LAST = select(func.max(_stops.c.lifted_us)).where(
    _stops.c.reach == bindparam("of_reach"), _stops.c.name == bindparam("of_name")
)
_LIFT = (
    update(_stops)
    .where(_stops.c.reach == bindparam("of_reach"), _stops.c.name == bindparam("of_name"), _stops.c.lifted_us.is_(None))
    .values(
        lifted_by=bindparam("by"),
        lifted_as=bindparam("as"),
        lifted_us=bindparam("at"),
        lifted_because=bindparam("why"),
    )
    .returning(*_stops.c)
)


def standing(conn: Connection) -> frozenset[Stopped]:
    """All that is stopped now. Raises what the database raises: who cannot read it must not push."""
    return frozenset(Stopped(Reach(reach), name) for reach, name in conn.execute(_STANDING))


def stopped(conn: Connection, channel: str, services: Mapping[ServiceId, str]) -> str | None:
    """Why a message by this channel about these services (with their authorities' ids) has to wait; None: it need not.

    Ask in the transaction that claims the message, or just before it is handed over. Until that transaction ends the
    stops cannot be lifted, so what is put aside because of them is seen by whoever lifts them.
    """
    rows = conn.execute(_STANDING.with_for_update(read=True))
    found = first_stop([Stopped(Reach(reach), name) for reach, name in rows], channel, services)
    return None if found is None else f"stopped: {found}"


def put(conn: Connection, of: Stopped, said: Word) -> tuple[Stop, bool]:
    """The stop that stands now, and whether it is new: one that stood already keeps its first word."""
    row = {
        "reach": of.reach.value,
        "name": of.name,
        "stopped_by": said.by,
        "stopped_as": said.account,
        "stopped_us": to_us(said.at),
        "because": said.because,
        "lifted_because": "",
    }
    new = insert_once(conn, _stops, row)
    here = (_stops.c.reach == of.reach.value) & (_stops.c.name == of.name) & _stops.c.lifted_us.is_(None)
    return _stop(conn.execute(select(_stops).where(here)).one()), new


def lift(conn: Connection, of: Stopped, said: Word) -> Stop | None:
    """The stop, lifted; None when none stands."""
    values = {"by": said.by, "as": said.account, "at": to_us(said.at), "why": said.because}
    found = conn.execute(_LIFT, {"of_reach": of.reach.value, "of_name": of.name, **values}).first()
    return None if found is None else _stop(found)


def list_stops(conn: Connection, *, lifted: bool) -> Sequence[Stop]:
    """Those that stand, or with `lifted` every one there ever was, oldest first."""
    rows = conn.execute(_ALL if lifted else _ALL.where(_stops.c.lifted_us.is_(None)))
    return [_stop(row) for row in rows]


def last_lifted(conn: Connection, of: Stopped) -> datetime | None:
    """When it was last lifted; None when it never was."""
    at_us = conn.execute(_LAST, {"of_reach": of.reach.value, "of_name": of.name}).scalar()
    return None if at_us is None else from_us(at_us)


def _stop(row: Any) -> Stop:
    lifted = None
    if row.lifted_us is not None:
        lifted = Word(row.lifted_by, row.lifted_as, row.lifted_because, from_us(row.lifted_us))
    said = Word(row.stopped_by, row.stopped_as, row.because, from_us(row.stopped_us))
    return Stop(row.number, Stopped(Reach(row.reach), row.name), said, lifted)
