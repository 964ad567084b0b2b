"""The counters' worklist: who is to be told in person, and which desk sees them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, insert, select, update

from recommender.identifiers import CitizenId, NotificationId
from recommender.instants import to_us
from serving.database.connect import Connection
from serving.database.inserting import insert_once
from serving.database.message_tables import counter_desk as _desks
from serving.database.message_tables import counter_item as _items
from serving.database.message_tables import counter_item_authority as _authorities

AUTHORITY, DISTRICT = "authority", "district"
OPEN = "open"

_ITEM = select(_items).where(_items.c.notification_id == bindparam("of"))
_CLOSE = (
    update(_items)
    .where(_items.c.notification_id == bindparam("of"), _items.c.state == OPEN)
    .values(state=bindparam("to"), by=bindparam("who"), closed_us=bindparam("at_us"))
)


class Desk(NamedTuple):
    """What one counter sees: the people of these authorities and districts. Nothing named of a kind: all of it."""

    authorities: frozenset[str]
    districts: frozenset[str]

    @property
    def sees_nothing(self) -> bool:
        """A desk of which nothing was ever said sees nobody."""
        return not self.authorities and not self.districts


class Item(NamedTuple):
    """One person to be told. district: "" where it is not known: every desk of the authority sees it then."""

    notification_id: NotificationId
    citizen_id: CitizenId
    language: str
    district: str
    state: str = OPEN
    added_us: int = 0


def desk_of(conn: Connection, portal: str) -> Desk:
    """What a portal's desk sees."""
    return desks(conn, {portal}).get(portal, Desk(frozenset(), frozenset()))


def desks(conn: Connection, portals: Collection[str] | None = None) -> Mapping[str, Desk]:
    """Every desk by portal, or those of some."""
    wanted = select(_desks) if portals is None else select(_desks).where(_desks.c.portal.in_(sorted(portals)))
    found: dict[str, dict[str, set[str]]] = {}
    for row in conn.execute(wanted):
        found.setdefault(row.portal, {AUTHORITY: set(), DISTRICT: set()})[row.kind].add(row.name)
    return {portal: Desk(frozenset(of[AUTHORITY]), frozenset(of[DISTRICT])) for portal, of in found.items()}


def put_desk(conn: Connection, portal: str, desk: Desk) -> None:
    """Say what a desk sees, instead of what was said before."""
    conn.execute(delete(_desks).where(_desks.c.portal == portal))
    rows = [{"portal": portal, "kind": AUTHORITY, "name": name} for name in sorted(desk.authorities)]
    rows += [{"portal": portal, "kind": DISTRICT, "name": name} for name in sorted(desk.districts)]
    if rows:
        conn.execute(insert(_desks), rows)


def add(conn: Connection, item: Item, authorities: Collection[str], at: datetime) -> None:
    """Put a person on the worklist, once for a notification."""
    row = {**item._asdict(), "added_us": to_us(at), "by": None, "closed_us": None}
    if insert_once(conn, _items, row):
        named = [{"notification_id": item.notification_id, "authority": name} for name in sorted(authorities)]
        if named:
            conn.execute(insert(_authorities), named)


def list_open(conn: Connection, desk: Desk, limit: int) -> Sequence[Item]:
    """Whom the desk has still to tell, who waits longest first."""
    if desk.sees_nothing:
        return []
    found = select(_items).where(_items.c.state == OPEN)
    if desk.districts:
        found = found.where(_items.c.district.in_(sorted({*desk.districts, ""})))
    if desk.authorities:
        mine = select(_authorities.c.notification_id).where(_authorities.c.authority.in_(sorted(desk.authorities)))
        found = found.where(_items.c.notification_id.in_(mine))
    rows = conn.execute(found.order_by(_items.c.added_us, _items.c.notification_id).limit(limit))
    return [_item(row) for row in rows]


def find(conn: Connection, notification_id: NotificationId, desk: Desk) -> Item | None:
    """An item that the desk sees, closed ones too; None of any other."""
    row = conn.execute(_ITEM, {"of": notification_id}).first()
    if row is None or desk.sees_nothing or (desk.districts and row.district not in {*desk.districts, ""}):
        return None
    named = conn.execute(select(_authorities.c.authority).where(_authorities.c.notification_id == notification_id))
    if desk.authorities and desk.authorities.isdisjoint(named.scalars()):
        return None
    return _item(row)


def close(conn: Connection, notification_id: NotificationId, state: str, about: tuple[str, datetime]) -> bool:
    """Close an open item with its outcome; False when it was closed before. about: by whom and when."""
    by, at = about
    closing = {"of": notification_id, "to": state, "who": by[:64], "at_us": to_us(at)}
    return bool(conn.execute(_CLOSE, closing).rowcount)


def count_open(conn: Connection) -> int:
    """How many people wait to be told in person."""
    return int(conn.execute(select(func.count()).select_from(_items).where(_items.c.state == OPEN)).scalar_one())


def _item(row: Any) -> Item:
    return Item(
        NotificationId(row.notification_id),
        CitizenId(row.citizen_id),
        row.language,
        row.district,
        row.state,
        row.added_us,
    )
