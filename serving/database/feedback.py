"""What was said about a notification's services, and what came of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert

from recommender.identifiers import CitizenId, NotificationId, ServiceId
from recommender.instants import to_us
from serving.database.connect import Connection
from serving.database.tables import feedback as _feedback


def add(
    conn: Connection,
    notification_id: NotificationId,
    citizen_id: CitizenId,
    service_id: ServiceId,
    said: Mapping[str, Any],
    at: datetime,
) -> None:
    """Record one word on one service. said: kind, outcome (None unless kind is outcome) and portal."""
    row = {"notification_id": notification_id, "citizen_id": citizen_id, "service_id": service_id, **said}
    conn.execute(insert(_feedback), {**row, "at_us": to_us(at)})
