"""Catalogues and push policies by version: what was in use is kept for ever, because a replay needs it."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, select

from recommender.errors import NotFoundError
from recommender.identifiers import CatalogueVersion
from recommender.instants import to_us
from recommender.policy import PushPolicy
from serving.database.connect import Connection
from serving.database.inserting import insert_once
from serving.database.tables import catalogue as _catalogues
from serving.database.tables import push_policy as _policies

_LOST = "restore the database's backup; the first servers of Herald 0.1 did not keep them"
_CONTENT = select(_catalogues.c.content).where(_catalogues.c.version == bindparam("version"))
_POLICY = select(_policies.c.content).where(_policies.c.version == bindparam("version"))


def put_catalogue(conn: Connection, version: CatalogueVersion, content: bytes, at: datetime) -> None:
    """Keep a catalogue's canonical content, once."""
    insert_once(conn, _catalogues, {"version": version, "content": content, "stored_us": to_us(at)})


def get_catalogue(conn: Connection, version: CatalogueVersion) -> bytes:
    """The canonical content. Raises NotFoundError."""
    found: bytes | None = conn.execute(_CONTENT, {"version": version}).scalar()
    if found is None:
        raise NotFoundError(f"no catalogue of version {version[:12]} is on record", mend=_LOST)
    return bytes(found)


def versions_like(conn: Connection, beginning: str) -> Sequence[CatalogueVersion]:
    """The versions that begin so, at most ten."""
    query = select(_catalogues.c.version).where(_catalogues.c.version.startswith(beginning, autoescape=True)).limit(10)
    return [CatalogueVersion(version) for version in conn.execute(query).scalars()]


def put_policy(conn: Connection, policy: PushPolicy, at: datetime) -> None:
    """Keep a push policy's content, once."""
    insert_once(conn, _policies, {"version": policy.version, "content": policy.content, "stored_us": to_us(at)})


def get_policy(conn: Connection, version: str) -> str:
    """The content of a push policy. Raises NotFoundError."""
    found: str | None = conn.execute(_POLICY, {"version": version}).scalar()
    if found is None:
        raise NotFoundError(f"no push policy {version} is on record", mend=_LOST)
    return found
