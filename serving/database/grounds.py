"""Legal grounds of citizens, versioned: what was said since, beside the default that the descriptor names."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import bindparam, insert, select

from recommender.decision import LegalGround
from recommender.identifiers import CitizenId
from recommender.instants import to_us
from serving.database.connect import Connection
from serving.database.tables import legal_ground as _grounds
from serving.database.tables import objection as _objections

_LATEST = (
    select(_grounds.c.kind, _grounds.c.words, _grounds.c.objected, _grounds.c.version)
    .where(_grounds.c.citizen_id == bindparam("citizen_id"), _grounds.c.purpose == bindparam("purpose"))
    .order_by(_grounds.c.version.desc())
    .limit(1)
)

_ALL = (
    select(_grounds.c.citizen_id, _grounds.c.kind, _grounds.c.words, _grounds.c.objected, _grounds.c.version)
    .where(_grounds.c.citizen_id.in_(bindparam("citizens", expanding=True)), _grounds.c.purpose == bindparam("purpose"))
    .order_by(_grounds.c.version)
)
_ALL_OBJECTIONS = (
    select(_objections.c.citizen_id, _objections.c.authority, _objections.c.objected)
    .where(
        _objections.c.citizen_id.in_(bindparam("citizens", expanding=True)),
        _objections.c.purpose == bindparam("purpose"),
    )
    .order_by(_objections.c.version)
)
_OBJECTIONS = (
    select(_objections.c.authority, _objections.c.version, _objections.c.objected)
    .where(_objections.c.citizen_id == bindparam("citizen_id"), _objections.c.purpose == bindparam("purpose"))
    .order_by(_objections.c.version)
)


def get_ground(conn: Connection, citizen_id: CitizenId, purpose: str) -> LegalGround | None:
    """The latest version; None when nothing was said by or for the citizen."""
    found = conn.execute(_LATEST, {"citizen_id": citizen_id, "purpose": purpose}).first()
    return None if found is None else LegalGround(found.kind, found.words, bool(found.objected), found.version)


def grounds_of(conn: Connection, citizens: Sequence[CitizenId], purpose: str) -> Mapping[str, LegalGround]:
    """The latest version of each citizen of whom there is one."""
    rows = conn.execute(_ALL, {"citizens": list(citizens), "purpose": purpose})
    return {row.citizen_id: LegalGround(row.kind, row.words, bool(row.objected), row.version) for row in rows}


def objections_of(conn: Connection, citizens: Sequence[CitizenId], purpose: str) -> Mapping[str, frozenset[str]]:
    """The authorities by which each citizen does not want to be told; those of whom there are none are left out."""
    said: dict[str, dict[str, bool]] = {}
    for citizen_id, authority, objected in conn.execute(
        _ALL_OBJECTIONS, {"citizens": list(citizens), "purpose": purpose}
    ):
        said.setdefault(citizen_id, {})[authority] = bool(objected)
    return {citizen: frozenset(name for name, no in of.items() if no) for citizen, of in said.items()}


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


def objections(conn: Connection, citizen_id: CitizenId, purpose: str) -> frozenset[str]:
    """The authorities by which the citizen does not want to be told."""
    return frozenset(authority for authority, (_, objected) in _said(conn, citizen_id, purpose).items() if objected)


def put_objection(
    conn: Connection, citizen_id: CitizenId, purpose: str, authority: str, objected: bool, at: datetime
) -> None:
    """Add a version of what the citizen says of one authority; the former ones are kept."""
    version, _ = _said(conn, citizen_id, purpose).get(authority, (0, False))
    row = {
        "citizen_id": citizen_id,
        "purpose": purpose,
        "authority": authority,
        "version": version + 1,
        "objected": objected,
        "since_us": to_us(at),
    }
    conn.execute(insert(_objections), row)


def _said(conn: Connection, citizen_id: CitizenId, purpose: str) -> dict[str, tuple[int, bool]]:
    rows = conn.execute(_OBJECTIONS, {"citizen_id": citizen_id, "purpose": purpose})
    return {authority: (version, bool(objected)) for authority, version, objected in rows}
