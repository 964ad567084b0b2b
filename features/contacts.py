"""Contacts kept apart from every feature, encrypted under a key derived from the identity key."""

import base64
import hashlib
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing

import polars as pl
from cryptography.fernet import Fernet, InvalidToken

from features.settings import FeatureSettings
from features.workspace import Workspace
from recommender.errors import WorkspaceError

PREFIX = "contact__"
_TABLE = (
    "CREATE TABLE IF NOT EXISTS contact (citizen_id, channel, address, known_us, PRIMARY KEY (citizen_id, channel))"
)
_KEEP = """INSERT INTO contact VALUES (?, ?, ?, ?) ON CONFLICT (citizen_id, channel)
DO UPDATE SET address = excluded.address, known_us = excluded.known_us WHERE excluded.known_us >= known_us"""


def keep_contacts(found: Sequence[pl.DataFrame], workspace: Workspace, settings: FeatureSettings) -> None:
    """Store the addresses of frames with citizen_id, known_at and contact columns, all or none of them.

    The latest known address of a citizen and channel is kept, in whatever order they come.
    """
    if not found:
        return
    cipher = _cipher(settings)
    workspace.contacts.parent.mkdir(parents=True, exist_ok=True)
    try:
        with closing(sqlite3.connect(workspace.contacts)) as db, db:
            workspace.contacts.chmod(0o600)
            db.execute(_TABLE)
            for frame in found:
                db.executemany(_KEEP, _sealed(frame, cipher))
    except sqlite3.Error as error:
        raise WorkspaceError(f"{workspace.contacts}: {error}", mend="nothing was loaded; run again") from error


def contacts_of(citizen_id: str, workspace: Workspace, settings: FeatureSettings) -> Mapping[str, str]:
    """Channel to address of one citizen; empty when none is held. Raises WorkspaceError under another key."""
    if not workspace.contacts.is_file():
        return {}
    with closing(sqlite3.connect(workspace.contacts)) as db:
        found = db.execute("SELECT channel, address FROM contact WHERE citizen_id = ?", (citizen_id,)).fetchall()
    cipher = _cipher(settings)
    try:
        return {channel: cipher.decrypt(address).decode() for channel, address in found}
    except InvalidToken as error:
        raise WorkspaceError(
            f"{workspace.contacts} was written under another identity key", mend="set the key that ingest used"
        ) from error


def _sealed(frame: pl.DataFrame, cipher: Fernet) -> Iterator[tuple[str, str, bytes, int]]:
    for column in frame.columns:
        if column.startswith(PREFIX):
            told = frame.select("citizen_id", column, pl.col("known_at").dt.epoch("us"))
            latest = told.drop_nulls().sort("known_at", column).unique("citizen_id", keep="last")
            for citizen, address, known_us in latest.iter_rows():
                yield citizen, column.removeprefix(PREFIX), cipher.encrypt(address.encode()), known_us


def _cipher(settings: FeatureSettings) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"contacts:" + settings.key()).digest()))
