"""Contacts kept apart from every feature, encrypted under a key derived from the identity key."""

import base64
import hashlib
import sqlite3
from collections.abc import Mapping

import polars as pl
from cryptography.fernet import Fernet

from features.settings import FeatureSettings
from features.workspace import Workspace

_PREFIX = "contact__"


def keep_contacts(typed: pl.DataFrame, workspace: Workspace, settings: FeatureSettings) -> None:
    """Store the contact columns of typed rows; the last address of a citizen and channel is kept."""
    channels = [column for column in typed.columns if column.startswith(_PREFIX)]
    if not channels:
        return
    cipher = _cipher(settings)
    rows = [
        (citizen, column.removeprefix(_PREFIX), cipher.encrypt(address.encode()))
        for column in channels
        for citizen, address in typed.select("citizen_id", column).drop_nulls().iter_rows()
    ]
    with sqlite3.connect(workspace.contacts) as db:
        db.execute(
            "CREATE TABLE IF NOT EXISTS contact (citizen_id, channel, address, PRIMARY KEY (citizen_id, channel))"
        )
        db.executemany("INSERT OR REPLACE INTO contact VALUES (?, ?, ?)", rows)


def contacts_of(citizen_id: str, workspace: Workspace, settings: FeatureSettings) -> Mapping[str, str]:
    """Channel to address of one citizen; empty when none is held."""
    if not workspace.contacts.is_file():
        return {}
    with sqlite3.connect(workspace.contacts) as db:
        found = db.execute("SELECT channel, address FROM contact WHERE citizen_id = ?", (citizen_id,)).fetchall()
    cipher = _cipher(settings)
    return {channel: cipher.decrypt(address).decode() for channel, address in found}


def _cipher(settings: FeatureSettings) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"contacts:" + settings.key()).digest()))
