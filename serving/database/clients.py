"""Portals as OAuth2 clients: their scopes, and a hash of their secret."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from secrets import token_bytes

from sqlalchemy import select, update

from recommender.errors import ConflictError
from recommender.instants import from_us, to_us
from serving.database.connect import Connection
from serving.database.inserting import insert_once
from serving.database.tables import client as _clients

_NO_SECRET = b""
"""The hash of a client that was ended: no secret has it."""


@dataclass(frozen=True, slots=True)
class Client:
    """A client as operators see it."""

    name: str
    scopes: frozenset[str]
    added_at: datetime
    ended: bool


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


def list_clients(conn: Connection) -> Sequence[Client]:
    """All clients by name, the ended ones too."""
    rows = conn.execute(select(_clients).order_by(_clients.c.client_id))
    return [
        Client(
            row.client_id, frozenset(row.scopes.split()), from_us(row.added_us), bytes(row.secret_hash) == _NO_SECRET
        )
        for row in rows
    ]


def renew(conn: Connection, client_id: str, secret: str) -> bool:
    """Give the client another secret; the one before opens nothing from now on. False when there is no such client."""
    salt = token_bytes(16)
    return _change(conn, client_id, {"secret_hash": _hash(secret, salt), "salt": salt})


def end(conn: Connection, client_id: str) -> bool:
    """No secret opens anything from now on; the name stays taken, for the record names it. False when unknown."""
    return _change(conn, client_id, {"secret_hash": _NO_SECRET})


def verify(conn: Connection, client_id: str, secret: str) -> frozenset[str] | None:
    """The scopes of a client that shows its secret; None when it does not. Takes as long for a client unknown."""
    row = conn.execute(select(_clients).where(_clients.c.client_id == client_id)).first()
    salt, expected = (b"\0" * 16, b"") if row is None else (bytes(row.salt), bytes(row.secret_hash))
    right = hmac.compare_digest(_hash(secret, salt), expected)
    return frozenset(row.scopes.split()) if right and row is not None else None


def _change(conn: Connection, client_id: str, values: dict[str, bytes]) -> bool:
    changed = update(_clients).where(_clients.c.client_id == client_id).values(**values).returning(_clients.c.client_id)
    return conn.execute(changed).first() is not None


def _hash(secret: str, salt: bytes) -> bytes:
    return hashlib.scrypt(secret.encode(), salt=salt, n=2**13, r=8, p=1, dklen=32)
