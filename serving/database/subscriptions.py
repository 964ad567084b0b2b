"""Push subscriptions of citizens' browsers, sealed."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import uuid4

from sqlalchemy import bindparam, delete, insert, select

from recommender.identifiers import CitizenId
from recommender.instants import to_us
from serving.database.connect import Connection
from serving.database.message_tables import push_subscription as _subscriptions

_OF = (
    select(_subscriptions.c.subscription_id, _subscriptions.c.sealed)
    .where(_subscriptions.c.citizen_id == bindparam("citizen_id"))
    .order_by(_subscriptions.c.added_us, _subscriptions.c.subscription_id)
)
_ENDED = delete(_subscriptions).where(_subscriptions.c.digest == bindparam("mark"))
_ONE = delete(_subscriptions).where(
    _subscriptions.c.citizen_id == bindparam("citizen"), _subscriptions.c.subscription_id == bindparam("one")
)


class Subscribed(NamedTuple):
    """One browser's subscription."""

    subscription_id: str
    sealed: bytes


def list_all(conn: Connection, citizen_id: CitizenId) -> Sequence[Subscribed]:
    """The citizen's subscriptions, oldest first."""
    rows = conn.execute(_OF, {"citizen_id": citizen_id})
    return [Subscribed(row.subscription_id, bytes(row.sealed)) for row in rows]


def add(conn: Connection, citizen_id: CitizenId, sealed: bytes, digest: str, at: datetime) -> str:
    """Keep a subscription and give its id. A browser belongs to whoever subscribed with it last."""
    conn.execute(_ENDED, {"mark": digest})
    row = {"subscription_id": uuid4().hex, "citizen_id": citizen_id, "sealed": sealed, "digest": digest}
    conn.execute(insert(_subscriptions), {**row, "added_us": to_us(at)})
    return row["subscription_id"]  # type: ignore[return-value]  # the one text among them that is made here


def remove(conn: Connection, citizen_id: CitizenId, subscription_id: str) -> bool:
    """Remove one of the citizen's; False when there is none of that id."""
    return bool(conn.execute(_ONE, {"citizen": citizen_id, "one": subscription_id}).rowcount)


def ended(conn: Connection, digest: str) -> None:
    """The push service says that the subscription is no more."""
    conn.execute(_ENDED, {"mark": digest})
