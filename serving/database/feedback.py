"""What was said about a notification's services, and what came of them."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, insert, select

from recommender.identifiers import CitizenId, NotificationId, ServiceId
from recommender.instants import to_us
from serving.database.connect import Connection
from serving.database.tables import feedback as _feedback

WRONG, SETTLED = "wrong", "settled"
TAKEN_BACK = "taken_back"
"""The citizen takes back what they said of a service: never, not now, already have it."""
MAY_BE_TAKEN_BACK = frozenset({"never", "not_now", "already_have"})
IMPRESSION = "impression"

_WORDS = (
    select(_feedback.c.notification_id, _feedback.c.service_id, _feedback.c.kind)
    .where(_feedback.c.citizen_id == bindparam("citizen_id"), _feedback.c.kind.in_((WRONG, SETTLED)))
    .order_by(_feedback.c.number)
)
_SAID = (
    select(_feedback.c.notification_id, _feedback.c.service_id, _feedback.c.kind)
    .where(_feedback.c.citizen_id == bindparam("citizen_id"), _feedback.c.kind != "outcome")
    .order_by(_feedback.c.number)
)


def said_of(conn: Connection, citizen_id: CitizenId) -> tuple[Mapping[ServiceId, str], frozenset[str]]:
    """The citizen's last word on each service that stands, and the notifications that they have seen."""
    words: dict[ServiceId, str] = {}
    seen: set[str] = set()
    for notification_id, service_id, kind in conn.execute(_SAID, {"citizen_id": citizen_id}):
        if kind == IMPRESSION:
            seen.add(notification_id)
        elif kind in (SETTLED, TAKEN_BACK):
            words.pop(ServiceId(service_id), None)
        else:
            words[ServiceId(service_id)] = kind
    return words, frozenset(seen)


def still_wrong(conn: Connection, citizen_id: CitizenId) -> frozenset[tuple[NotificationId, ServiceId]]:
    """The notifications and services of which the citizen said that they are wrong, and that are not settled."""
    found: dict[tuple[NotificationId, ServiceId], str] = {}
    for row in conn.execute(_WORDS, {"citizen_id": citizen_id}):
        found[NotificationId(row.notification_id), ServiceId(row.service_id)] = row.kind
    return frozenset(pair for pair, kind in found.items() if kind == WRONG)


def settle_wrong(
    conn: Connection, citizen_id: CitizenId, services: Collection[ServiceId], portal: str, at: datetime
) -> None:
    """What was said to be wrong of these services is settled: they may be shown and told of again."""
    for notification_id, service_id in sorted(still_wrong(conn, citizen_id)):
        if service_id in services:
            said = {"kind": SETTLED, "outcome": None, "portal": portal}
            add(conn, notification_id, citizen_id, service_id, said, at)


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
