"""Citizens who are not to be learnt from, by reason."""

import json
from collections.abc import Mapping

from sqlalchemy import func, select

from serving.database.answer_tables import dispute as _disputes
from serving.database.connect import Connection
from serving.database.disputes import UPHELD
from serving.database.preferences import PROFILING, REFUSED
from serving.database.tables import legal_ground as _grounds
from serving.database.tables import preference as _preferences

_SAID = _preferences.c
_SAID_LAST = select(_SAID.citizen_id, func.max(_SAID.version).label("version")).group_by(_SAID.citizen_id).subquery()
_PREFERENCES = select(_SAID.citizen_id, _SAID.content).join(
    _SAID_LAST, (_SAID.citizen_id == _SAID_LAST.c.citizen_id) & (_SAID.version == _SAID_LAST.c.version)
)
_GIVEN = _grounds.c
_GIVEN_LAST = (
    select(_GIVEN.citizen_id, _GIVEN.purpose, func.max(_GIVEN.version).label("version"))
    .group_by(_GIVEN.citizen_id, _GIVEN.purpose)
    .subquery()
)
_OBJECTIONS = (
    select(_GIVEN.citizen_id)
    .join(
        _GIVEN_LAST,
        (_GIVEN.citizen_id == _GIVEN_LAST.c.citizen_id)
        & (_GIVEN.purpose == _GIVEN_LAST.c.purpose)
        & (_GIVEN.version == _GIVEN_LAST.c.version),
    )
    .where(_GIVEN.objected)
)
_DISPUTING = select(_disputes.c.citizen_id).where(_disputes.c.state != UPHELD)


def left_out(conn: Connection) -> Mapping[str, frozenset[str]]:
    """Who refuses to be profiled, who objected to being told at all, who disputes what no register has upheld."""
    said = conn.execute(_PREFERENCES)
    refusing = frozenset(row.citizen_id for row in said if json.loads(row.content).get(PROFILING) == REFUSED)
    return {
        "profiling_refused": refusing,
        "objected": frozenset(conn.execute(_OBJECTIONS).scalars()),
        "disputing": frozenset(conn.execute(_DISPUTING).scalars()),
    }
