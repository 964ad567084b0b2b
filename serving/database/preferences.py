"""What citizens prefer, versioned: the former wishes are kept."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import bindparam, insert, select

from recommender.identifiers import CitizenId
from recommender.instants import to_us
from serving.database.connect import Connection
from serving.database.tables import preference as _preferences

_LATEST = (
    select(_preferences.c.version, _preferences.c.content)
    .where(_preferences.c.citizen_id == bindparam("citizen_id"))
    .order_by(_preferences.c.version.desc())
    .limit(1)
)

LANGUAGE = "language"
PROFILING, REFUSED = "profiling", "refused"
CHANNELS = "channels"

_ALL = (
    select(_preferences.c.citizen_id, _preferences.c.content)
    .where(_preferences.c.citizen_id.in_(bindparam("citizens", expanding=True)))
    .order_by(_preferences.c.version)
)

Said = Mapping[str, str]
"""Name of a preference to what the citizen said; what was never said, or taken back, is not there."""


def read_preferences(conn: Connection, citizen_id: CitizenId) -> Said:
    """What the citizen prefers; empty when nothing was said."""
    found = conn.execute(_LATEST, {"citizen_id": citizen_id}).first()
    said: dict[str, str] = {} if found is None else json.loads(found.content)
    return said


def preferences_of(conn: Connection, citizens: Sequence[CitizenId]) -> Mapping[str, str]:
    """The content of each citizen's latest version, to be read with `said`; those who said nothing are left out."""
    return {row.citizen_id: row.content for row in conn.execute(_ALL, {"citizens": list(citizens)})}


def said(content: str | None) -> Said:
    """What a stored content says. Raises ValueError when it is damaged."""
    return {} if content is None else dict(json.loads(content))


def put_preferences(conn: Connection, citizen_id: CitizenId, said: Said, at: datetime) -> None:
    """Add a version that says all of it."""
    former = conn.execute(_LATEST, {"citizen_id": citizen_id}).first()
    row = {
        "citizen_id": citizen_id,
        "version": 1 if former is None else former.version + 1,
        "content": json.dumps(dict(said), sort_keys=True, ensure_ascii=False),
        "since_us": to_us(at),
    }
    conn.execute(insert(_preferences), row)
