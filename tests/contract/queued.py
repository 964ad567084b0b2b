"""Thousands of notifications in the outbox, without deciding on each: the rows that a decision leaves, many times."""

from datetime import datetime

from sqlalchemy import insert, select

from recommender.instants import to_us
from serving.database import decisions
from serving.database.connect import Database
from serving.database.tables import decision, notification, notification_service, outbox
from tests.contract.decided import decided


def queue(database: Database, number: int, at: datetime, *, citizens: int = 1_000) -> None:
    """So many notifications wait, of so many citizens, each with its decision."""
    with database.write() as conn:
        decisions.record(conn, decided("first", at, citizen="c0"))
        one = dict(conn.execute(select(notification)).mappings().one())
        made = dict(conn.execute(select(decision)).mappings().one())
        named = [dict(row) for row in conn.execute(select(notification_service)).mappings()]
        waits = dict(conn.execute(select(outbox)).mappings().one())
        del waits["outbox_id"]
        ids = [(f"q{n}", f"c{n % citizens}") for n in range(1, number)]
        conn.execute(insert(decision), [{**made, "decision_id": f"d{i}", "citizen_id": c} for i, c in ids])
        conn.execute(
            insert(notification),
            [{**one, "notification_id": i, "decision_id": f"d{i}", "citizen_id": c} for i, c in ids],
        )
        conn.execute(insert(notification_service), [{**row, "notification_id": i} for i, _ in ids for row in named])
        conn.execute(insert(outbox), [{**waits, "notification_id": i, "due_us": to_us(at)} for i, _ in ids])
