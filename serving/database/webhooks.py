"""Portals' webhooks: where each wants to be called, under which secrets."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import bindparam, delete, insert, select, update

from recommender.identifiers import CitizenId
from recommender.instants import to_us
from serving.database.connect import Connection
from serving.database.tables import link as _links
from serving.database.webhook_tables import webhook as _hooks

_ONE = select(_hooks).where(_hooks.c.portal == bindparam("portal"))
_SUBSCRIBED = (
    select(_hooks.c.portal)
    .join(_links, _links.c.portal == _hooks.c.portal)
    .where(_links.c.citizen_id == bindparam("citizen_id"), _hooks.c.ended_us.is_(None))
    .order_by(_hooks.c.portal)
)


@dataclass(frozen=True, slots=True)
class Hook:
    """One portal's webhook. former: the secret before the last change, valid until then."""

    portal: str
    url: str
    sealed: bytes
    former: bytes | None
    former_until_us: int
    since_us: int
    ended_us: int | None
    ended_because: str


def find(conn: Connection, portal: str) -> Hook | None:
    """The portal's webhook, ended or not; None when it never had one."""
    row = conn.execute(_ONE, {"portal": portal}).first()
    if row is None:
        return None
    former = None if row.former_sealed is None else bytes(row.former_sealed)
    return Hook(
        row.portal,
        row.url,
        bytes(row.sealed),
        former,
        row.former_until_us or 0,
        row.since_us,
        row.ended_us,
        row.ended_because or "",
    )


def subscribers(conn: Connection, citizen_id: CitizenId) -> Sequence[str]:
    """The portals that are linked to the citizen and want to be called."""
    return list(conn.execute(_SUBSCRIBED, {"citizen_id": citizen_id}).scalars())


def put(conn: Connection, portal: str, url: str, sealed: bytes, at: datetime) -> None:
    """Call the portal there from now on, under this secret alone."""
    remove(conn, portal)
    conn.execute(insert(_hooks), {"portal": portal, "url": url, "sealed": sealed, "since_us": to_us(at)})


def move(conn: Connection, portal: str, url: str) -> None:
    """Call the portal at another address under the same secret; one that had ended begins again."""
    values = {"url": url, "ended_us": None, "ended_because": None}
    conn.execute(update(_hooks).where(_hooks.c.portal == portal).values(**values))


def rotate(conn: Connection, portal: str, sealed: bytes, former_until: datetime) -> None:
    """Sign with another secret too; the one before is used as well until a time."""
    values = {"former_sealed": _hooks.c.sealed, "sealed": sealed, "former_until_us": to_us(former_until)}
    conn.execute(update(_hooks).where(_hooks.c.portal == portal).values(**values))


def end(conn: Connection, portal: str, because: str, at: datetime) -> None:
    """The portal is called no more until it says anew where."""
    values = {"ended_us": to_us(at), "ended_because": because[:200]}
    conn.execute(update(_hooks).where(_hooks.c.portal == portal, _hooks.c.ended_us.is_(None)).values(**values))


def remove(conn: Connection, portal: str) -> bool:
    """Forget where the portal wanted to be called; whether there was anything."""
    gone = conn.execute(delete(_hooks).where(_hooks.c.portal == portal).returning(_hooks.c.portal)).first()
    return gone is not None
