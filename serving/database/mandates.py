"""Mandates: who may act for a citizen, for what, until when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import RowMapping, bindparam, insert, select, update

from recommender.identifiers import CitizenId
from recommender.instants import to_us
from serving.database.connect import Connection
from serving.database.protection_tables import mandate as _mandates


@dataclass(frozen=True, slots=True)
class Mandate:
    """One mandate. holder: a citizen's id, or of kind `counter` a portal's. Instants in microseconds.

    until_us : the first instant at which it holds no more; ended_us: when somebody ended it before.
    """

    mandate_id: str
    citizen_id: CitizenId
    kind: str
    holder: str
    scopes: frozenset[str]
    because: str
    issued_by: str
    from_us: int
    until_us: int
    ended_us: int | None = None

    def holds(self, at_us: int) -> bool:
        """Whether it is in force at a time."""
        return self.from_us <= at_us < (self.until_us if self.ended_us is None else min(self.until_us, self.ended_us))


_COLUMNS = (
    _mandates.c.mandate_id,
    _mandates.c.citizen_id,
    _mandates.c.kind,
    _mandates.c.holder,
    _mandates.c.scopes,
    _mandates.c.because,
    _mandates.c.issued_by,
    _mandates.c.from_us,
    _mandates.c.until_us,
    _mandates.c.ended_us,
)
_ONE = select(*_COLUMNS).where(_mandates.c.mandate_id == bindparam("mandate_id"))
_OF = (
    select(*_COLUMNS)
    .where(_mandates.c.citizen_id == bindparam("citizen_id"))
    .order_by(_mandates.c.from_us, _mandates.c.mandate_id)
)
_END = (
    update(_mandates)
    .where(_mandates.c.mandate_id == bindparam("of"), _mandates.c.ended_us.is_(None))
    .values(ended_us=bindparam("at_us"), ended_by=bindparam("by"))
)


def add_mandate(conn: Connection, mandate: Mandate) -> None:
    """Record a mandate that was issued."""
    row = {column.name: getattr(mandate, column.name) for column in _COLUMNS}
    conn.execute(insert(_mandates), {**row, "scopes": " ".join(sorted(mandate.scopes))})


def find_mandate(conn: Connection, mandate_id: str) -> Mandate | None:
    """One mandate, in force or not; None when there is none."""
    found = conn.execute(_ONE, {"mandate_id": mandate_id}).mappings().first()
    return None if found is None else _mandate(found)


def mandates_of(conn: Connection, citizen_id: CitizenId) -> Sequence[Mandate]:
    """All that were ever issued for a citizen, oldest first."""
    return [_mandate(row) for row in conn.execute(_OF, {"citizen_id": citizen_id}).mappings()]


def end_mandate(conn: Connection, mandate_id: str, by: str, at: datetime) -> None:
    """It holds no more from now on; one that was ended stays as it was."""
    conn.execute(_END, {"of": mandate_id, "by": by, "at_us": to_us(at)})


def _mandate(row: RowMapping) -> Mandate:
    return Mandate(**{**row, "scopes": frozenset(row["scopes"].split())})
