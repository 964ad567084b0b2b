"""Who is in safe mode, versioned: it is known who turned it on and off, and when."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, insert, select

from recommender.identifiers import CitizenId
from recommender.instants import to_us
from serving.database.connect import Connection
from serving.database.protection_tables import safe_mode as _modes

REGISTER = "register"
"""Who turned it on: a register's flag that the address is protected."""

_LATEST = (
    select(_modes.c.version, _modes.c.is_on, _modes.c.said_by)
    .where(_modes.c.citizen_id == bindparam("citizen_id"))
    .order_by(_modes.c.version.desc())
    .limit(1)
)
_ALL = (
    select(_modes.c.citizen_id, _modes.c.is_on)
    .where(_modes.c.citizen_id.in_(bindparam("citizens", expanding=True)))
    .order_by(_modes.c.version)
)


def is_safe(conn: Connection, citizen_id: CitizenId) -> bool:
    """Whether the citizen is in safe mode."""
    found = conn.execute(_LATEST, {"citizen_id": citizen_id}).first()
    return found is not None and bool(found.is_on)


def safe_of(conn: Connection, citizens: Sequence[CitizenId]) -> frozenset[str]:
    """Those who are in safe mode."""
    latest = {row.citizen_id: bool(row.is_on) for row in conn.execute(_ALL, {"citizens": list(citizens)})}
    return frozenset(citizen for citizen, on in latest.items() if on)


def put_safe_mode(conn: Connection, citizen_id: CitizenId, *, on: bool, said_by: str, at: datetime) -> None:
    """Turn it on or off; nothing is added when it is so already."""
    former = conn.execute(_LATEST, {"citizen_id": citizen_id}).first()
    if (former is not None and bool(former.is_on)) == on:
        return
    row = {"citizen_id": citizen_id, "version": 1 if former is None else former.version + 1, "is_on": on}
    conn.execute(insert(_modes), {**row, "said_by": said_by, "since_us": to_us(at)})


def flagged(conn: Connection, citizen_id: CitizenId, at: datetime) -> None:
    """A register says that the address is protected. Once: who turned it off since, at a counter, is not overruled."""
    if conn.execute(_LATEST, {"citizen_id": citizen_id}).first() is None:
        put_safe_mode(conn, citizen_id, on=True, said_by=REGISTER, at=at)
