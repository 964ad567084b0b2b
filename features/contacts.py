"""Contacts and households kept apart from every feature, encrypted under a key derived from the identity key."""

import base64
import hashlib
import hmac
import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl
from cryptography.fernet import Fernet, InvalidToken

from features.settings import FeatureSettings
from features.tables import HOUSEHOLD
from features.workspace import Workspace
from recommender.errors import WorkspaceError

PREFIX = "contact__"
_TABLE = (
    "CREATE TABLE IF NOT EXISTS contact"
    " (citizen_id, channel, address, known_us, digest, PRIMARY KEY (citizen_id, channel))"
)
_INDEX = "CREATE INDEX IF NOT EXISTS contact_digest ON contact (digest)"
_KEEP = """INSERT INTO contact (citizen_id, channel, address, known_us, digest) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (citizen_id, channel) DO UPDATE
SET address = excluded.address, known_us = excluded.known_us, digest = excluded.digest
WHERE excluded.known_us >= known_us"""
_OF = f"SELECT channel, address, digest, known_us FROM contact WHERE citizen_id = ? AND channel <> '{HOUSEHOLD}'"
_WRITTEN = f"SELECT address FROM contact WHERE citizen_id = ? AND channel = '{HOUSEHOLD}'"
_LIVES = f"SELECT digest FROM contact WHERE citizen_id = ? AND channel = '{HOUSEHOLD}'"
_HOLDERS = "SELECT citizen_id FROM contact WHERE digest = ?"


@dataclass(frozen=True, slots=True)
class Registered:
    """One address that a register told of, known since `known_us`. digest: the same for whoever has the address."""

    address: str
    digest: str
    known_us: int


@dataclass(frozen=True)
class Contacts:
    """Reads what registers told, and seals addresses under the same key for whoever else keeps some."""

    workspace: Workspace
    settings: FeatureSettings

    def of(self, citizen_id: str) -> Mapping[str, Registered]:
        """Channel to address of one citizen; empty when none is held.

        Raises WorkspaceError when the store cannot be read, or was written under another key or by an older Herald.
        """
        found = self._ask(_OF, citizen_id)
        return {channel: Registered(self.open(sealed), digest, known_us) for channel, sealed, digest, known_us in found}

    def holders(self, digest: str) -> frozenset[str]:
        """The citizens whom registers give this address, or put in this household. Raises WorkspaceError."""
        return frozenset(citizen for (citizen,) in self._ask(_HOLDERS, digest))

    def household(self, citizen_id: str) -> str | None:
        """The keyed mark of the household that a register puts the citizen in, for `holders`; None when none does.

        Raises WorkspaceError.
        """
        found = self._ask(_LIVES, citizen_id)
        return str(found[0][0]) if found else None

    def lives_in(self, citizen_id: str) -> str | None:
        """The household as the register writes it, for the citizen themself. Raises WorkspaceError."""
        found = self._ask(_WRITTEN, citizen_id)
        return self.open(found[0][0]) if found else None

    def erase(self, citizen_id: str) -> int:
        """Remove what registers told of one citizen's addresses; how many there were. Raises WorkspaceError."""
        if not self.workspace.contacts.is_file():
            return 0
        try:
            with closing(sqlite3.connect(self.workspace.contacts)) as db, db:
                db.execute("PRAGMA secure_delete = ON")
                return db.execute("DELETE FROM contact WHERE citizen_id = ?", (citizen_id,)).rowcount
        except sqlite3.Error as error:
            raise WorkspaceError(f"{self.workspace.contacts}: {error}", mend="nothing was erased; run again") from error

    def seal(self, address: str) -> bytes:
        """The address encrypted."""
        return self._cipher.encrypt(address.encode())

    def open(self, sealed: bytes) -> str:
        """The address again. Raises WorkspaceError under another key."""
        try:
            return self._cipher.decrypt(sealed).decode()
        except InvalidToken as error:
            raise WorkspaceError(
                f"{self.workspace.contacts} was written under another identity key", mend="set the key that ingest used"
            ) from error

    def digest(self, channel: str, address: str) -> str:
        """A keyed mark that is the same for the same address, however it is spelt."""
        return _digest(channel, address, self.settings.key())

    def _ask(self, question: str, value: str) -> list[tuple[Any, ...]]:
        file = self.workspace.contacts
        if not file.is_file():
            return []
        try:
            with closing(sqlite3.connect(file)) as db, db:
                if not self._up_to_date(db):
                    _bring_up_to_date(db, self._cipher, self.settings.key())
                return db.execute(question, (value,)).fetchall()
        except (sqlite3.Error, InvalidToken) as error:
            raise WorkspaceError(f"{file}: {error}", mend="check the file and the identity key") from error

    @staticmethod
    def _up_to_date(db: sqlite3.Connection) -> bool:
        """Whether it is of a Herald that knows digests; a file of before is brought up to date when first read."""
        return any(row[1] == "digest" for row in db.execute("PRAGMA table_info(contact)"))

    @cached_property
    def _cipher(self) -> Fernet:
        return _cipher(self.settings)


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
            _bring_up_to_date(db, cipher, settings.key())
            for frame in found:
                db.executemany(_KEEP, _sealed(frame, cipher, settings.key()))
    except sqlite3.Error as error:
        raise WorkspaceError(f"{workspace.contacts}: {error}", mend="nothing was loaded; run again") from error


def contacts_of(citizen_id: str, workspace: Workspace, settings: FeatureSettings) -> Mapping[str, str]:
    """Channel to address of one citizen; empty when none is held. Raises WorkspaceError under another key."""
    return {channel: held.address for channel, held in Contacts(workspace, settings).of(citizen_id).items()}


def _bring_up_to_date(db: sqlite3.Connection, cipher: Fernet, key: bytes) -> None:
    """Give a file of before there were digests its column, and every address its digest."""
    columns = {row[1] for row in db.execute("PRAGMA table_info(contact)")}
    if "digest" not in columns:
        db.execute("ALTER TABLE contact ADD COLUMN digest")
        for citizen, channel, sealed in db.execute("SELECT citizen_id, channel, address FROM contact").fetchall():
            mark = _digest(channel, cipher.decrypt(sealed).decode(), key)
            db.execute("UPDATE contact SET digest = ? WHERE citizen_id = ? AND channel = ?", (mark, citizen, channel))
    db.execute(_INDEX)


def _sealed(frame: pl.DataFrame, cipher: Fernet, key: bytes) -> Iterator[tuple[str, str, bytes, int, str]]:
    for column in frame.columns:
        if column.startswith(PREFIX):
            channel = column.removeprefix(PREFIX)
            told = frame.select("citizen_id", column, pl.col("known_at").dt.epoch("us"))
            latest = told.drop_nulls().sort("known_at", column).unique("citizen_id", keep="last")
            for citizen, address, known_us in latest.iter_rows():
                yield citizen, channel, cipher.encrypt(address.encode()), known_us, _digest(channel, address, key)


def _digest(channel: str, address: str, key: bytes) -> str:
    spelt = re.sub(r"[^\d+]", "", address) if channel == "sms" else " ".join(address.split()).casefold()
    return hmac.new(b"contact:" + key, f"{channel}:{spelt}".encode(), hashlib.sha256).hexdigest()


def _cipher(settings: FeatureSettings) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"contacts:" + settings.key()).digest()))
