"""Who opened whose record, what of it, and for what purpose."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, insert, select

from recommender.identifiers import CitizenId, DecisionId
from recommender.instants import to_us
from serving.database.connect import Connection
from serving.database.tables import reading as _readings

RECEIPT, WHY, EXPLANATION, EXPORT, WORKLIST = "receipt", "why", "explanation", "export", "worklist"
KINDS = (RECEIPT, WHY, EXPLANATION, EXPORT, WORKLIST)
"""What of a record may be opened."""

_OF = (
    select(_readings)
    .where(_readings.c.citizen_id == bindparam("citizen_id"))
    .order_by(_readings.c.number.desc())
    .limit(bindparam("most"))
)


@dataclass(frozen=True, slots=True)
class Opened:
    """One opening of one person's record. by: a portal, or `console <account>` for a command."""

    what: str
    by: str
    purpose: str
    at_us: int
    decision_id: DecisionId | None = None


def record(conn: Connection, citizen_id: CitizenId, opened: Opened) -> None:
    """Write down one opening, in the transaction that reads."""
    row = {
        "decision_id": opened.decision_id or "",
        "citizen_id": citizen_id,
        "portal": opened.by[:64],
        "purpose": opened.purpose[:400],
        "what": opened.what,
        "at_us": opened.at_us,
    }
    conn.execute(insert(_readings), row)


def list_opened(conn: Connection, citizen_id: CitizenId, limit: int) -> Sequence[Opened]:
    """The openings of a citizen's record, latest first."""
    rows = conn.execute(_OF, {"citizen_id": citizen_id, "most": limit})
    return [
        Opened(row.what, row.portal, row.purpose, row.at_us, DecisionId(row.decision_id) if row.decision_id else None)
        for row in rows
    ]


def opened_now(what: str, by: str, purpose: str, at: datetime) -> Opened:
    """An opening of more than one receipt."""
    return Opened(what, by, purpose, to_us(at))
