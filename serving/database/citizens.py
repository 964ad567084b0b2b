"""Citizens made known by the API, and which portal may name which citizen by what identifier."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from secrets import token_urlsafe

from sqlalchemy import bindparam, select

from recommender.identifiers import CitizenId
from recommender.instants import to_us
from serving.database.connect import Connection
from serving.database.inserting import insert_once
from serving.database.tables import citizen
from serving.database.tables import link as _links

_KNOWN = select(citizen.c.citizen_id).where(citizen.c.citizen_id == bindparam("citizen_id"))
_LINK = select(_links.c.identifier).where(
    _links.c.portal == bindparam("portal"), _links.c.citizen_id == bindparam("citizen_id")
)
_ALL_LINKS = select(_links.c.citizen_id, _links.c.identifier).where(
    _links.c.portal == bindparam("portal"), _links.c.citizen_id.in_(bindparam("citizens", expanding=True))
)
_BY_IDENTIFIER = select(_links.c.citizen_id).where(
    _links.c.portal == bindparam("portal"), _links.c.identifier == bindparam("identifier")
)


def ensure_known(conn: Connection, citizen_id: CitizenId, at: datetime) -> None:
    """The citizen is known from now on, if not before."""
    insert_once(conn, citizen, {"citizen_id": citizen_id, "known_us": to_us(at)})


def is_known(conn: Connection, citizen_id: CitizenId) -> bool:
    """Whether the API made the citizen known; those of the offline store are known to the online store."""
    return conn.execute(_KNOWN, {"citizen_id": citizen_id}).first() is not None


def link_of(conn: Connection, portal: str, citizen_id: CitizenId) -> str | None:
    """The portal's identifier for the citizen; None when they are not linked."""
    found: str | None = conn.execute(_LINK, {"portal": portal, "citizen_id": citizen_id}).scalar()
    return found


def links_of(conn: Connection, portal: str, citizens: Sequence[CitizenId]) -> Mapping[str, str]:
    """The portal's identifier for each of the citizens that it is linked to."""
    rows = conn.execute(_ALL_LINKS, {"portal": portal, "citizens": list(citizens)})
    return {row.citizen_id: row.identifier for row in rows}


def link(conn: Connection, portal: str, citizen_id: CitizenId, at: datetime) -> str:
    """Link a portal to a citizen; the identifier is random, valid for this portal only, and stays the same."""
    row = {"portal": portal, "citizen_id": citizen_id, "identifier": token_urlsafe(16), "linked_us": to_us(at)}
    insert_once(conn, _links, row)
    return str(link_of(conn, portal, citizen_id))


def is_linked(conn: Connection, portal: str, citizen_id: CitizenId) -> bool:
    """Whether the portal is linked to the citizen."""
    return link_of(conn, portal, citizen_id) is not None


def find_by_link(conn: Connection, portal: str, identifier: str) -> str | None:
    """The citizen behind a portal's identifier; None when it is not that portal's."""
    found: str | None = conn.execute(_BY_IDENTIFIER, {"portal": portal, "identifier": identifier}).scalar()
    return found
