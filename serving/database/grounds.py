"""Legal grounds of citizens, versioned: what was said since, beside the default that the descriptor names."""

from datetime import datetime

from sqlalchemy import bindparam, insert, select

from recommender.decision import LegalGround
from recommender.identifiers import CitizenId
from recommender.instants import to_us
from serving.database.connect import Connection
from serving.database.tables import legal_ground as _grounds

_LATEST = (
    select(_grounds.c.kind, _grounds.c.words, _grounds.c.objected, _grounds.c.version)
    .where(_grounds.c.citizen_id == bindparam("citizen_id"), _grounds.c.purpose == bindparam("purpose"))
    .order_by(_grounds.c.version.desc())
    .limit(1)
)


def get_ground(conn: Connection, citizen_id: CitizenId, purpose: str) -> LegalGround | None:
    """The latest version; None when nothing was said by or for the citizen."""
    found = conn.execute(_LATEST, {"citizen_id": citizen_id, "purpose": purpose}).first()
    return None if found is None else LegalGround(found.kind, found.words, bool(found.objected), found.version)


def put_ground(conn: Connection, citizen_id: CitizenId, purpose: str, ground: LegalGround, at: datetime) -> LegalGround:
    """Add a version; the former ones are kept."""
    former = get_ground(conn, citizen_id, purpose)
    version = 1 if former is None else former.version + 1
    row = {
        "citizen_id": citizen_id,
        "purpose": purpose,
        "version": version,
        "kind": ground.kind,
        "words": ground.words,
        "objected": ground.objected,
        "since_us": to_us(at),
    }
    conn.execute(insert(_grounds), row)
    return LegalGround(ground.kind, ground.words, ground.objected, version)
