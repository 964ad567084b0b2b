"""Who read whose receipt, and for what purpose."""

from datetime import datetime

from sqlalchemy import insert

from recommender.identifiers import CitizenId, DecisionId
from recommender.instants import to_us
from serving.database.connect import Connection
from serving.database.tables import reading


def record(
    conn: Connection, decision_id: DecisionId, citizen_id: CitizenId, portal: str, purpose: str, at: datetime
) -> None:
    """Write down one reading."""
    row = {"decision_id": decision_id, "citizen_id": citizen_id, "portal": portal, "purpose": purpose}
    conn.execute(insert(reading), {**row, "at_us": to_us(at)})
