"""Portals as OAuth2 clients: their scopes, and a hash of their secret."""

import hashlib
import hmac
from datetime import datetime
from secrets import token_bytes

from sqlalchemy import select

from recommender.errors import ConflictError
from recommender.instants import to_us
from serving.database.connect import Connection
from serving.database.inserting import insert_once
from serving.database.tables import client as _clients


def add(conn: Connection, client_id: str, secret: str, scopes: frozenset[str], at: datetime) -> None:
    """Register a client. Raises ConflictError when the name is taken."""
    salt = token_bytes(16)
    row = {
        "client_id": client_id,
        "secret_hash": _hash(secret, salt),
        "salt": salt,
        "scopes": " ".join(sorted(scopes)),
        "added_us": to_us(at),
    }
    if not insert_once(conn, _clients, row):
        raise ConflictError(f"a client named {client_id!r} exists", mend="choose another name")


def find(conn: Connection, client_id: str) -> frozenset[str] | None:
    """The client's scopes; None when there is no such client."""
    found = conn.execute(select(_clients.c.scopes).where(_clients.c.client_id == client_id)).scalar()
    return None if found is None else frozenset(found.split())


def verify(conn: Connection, client_id: str, secret: str) -> frozenset[str] | None:
    """The scopes of a client that shows its secret; None when it does not. Takes as long for a client unknown."""
    row = conn.execute(select(_clients).where(_clients.c.client_id == client_id)).first()
    salt, expected = (b"\0" * 16, b"") if row is None else (bytes(row.salt), bytes(row.secret_hash))
    right = hmac.compare_digest(_hash(secret, salt), expected)
    return frozenset(row.scopes.split()) if right and row is not None else None


def _hash(secret: str, salt: bytes) -> bytes:
    return hashlib.scrypt(secret.encode(), salt=salt, n=2**13, r=8, p=1, dklen=32)
