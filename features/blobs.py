"""Online states in SQLite: one row, one blob, per citizen and view; readers never wait for a writer (WAL)."""

import sqlite3
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from recommender.errors import WorkspaceError

_TABLE = """
CREATE TABLE IF NOT EXISTS state (
    citizen_id TEXT NOT NULL, view TEXT NOT NULL, known_us INTEGER NOT NULL, refreshed INTEGER NOT NULL, content BLOB,
    PRIMARY KEY (citizen_id, view)
) WITHOUT ROWID
"""
_WRITE = """
INSERT INTO state VALUES (?, ?, ?, ?, ?)
ON CONFLICT (citizen_id, view) DO UPDATE
SET known_us = excluded.known_us, refreshed = excluded.refreshed, content = excluded.content
WHERE excluded.refreshed >= state.refreshed
"""


class Row(NamedTuple):
    """One view of one citizen. known_us: when its latest fact became known, microseconds."""

    citizen_id: str
    view: str
    known_us: int
    content: bytes


class BlobStore:
    """States by citizen and view; safe from many threads and processes.

    A row that a request refreshed from the event log is not overwritten by a bulk load, which knows less than the log.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()

    def read(self, citizen_id: str, views: Sequence[str]) -> dict[str, bytes]:
        """View to content, of those stored; about 20 microseconds."""
        marks = ", ".join("?" * len(views))
        query = f"SELECT view, content FROM state WHERE citizen_id = ? AND view IN ({marks})"
        try:
            return dict(self._connection().execute(query, (citizen_id, *views)).fetchall())
        except sqlite3.Error as error:
            raise self._trouble(error) from error

    def write(self, rows: Iterable[Row], *, refreshed: bool) -> None:
        """Store rows in one transaction."""
        connection = self._connection()
        try:
            with connection:
                connection.executemany(
                    _WRITE, [(r.citizen_id, r.view, r.known_us, int(refreshed), r.content) for r in rows]
                )
        except sqlite3.Error as error:
            raise self._trouble(error) from error

    def read_row(self, citizen_id: str, view: str) -> Row | None:
        """One row with its known time; None when it is not stored."""
        query = "SELECT citizen_id, view, known_us, content FROM state WHERE citizen_id = ? AND view = ?"
        found = self._connection().execute(query, (citizen_id, view)).fetchone()
        return None if found is None else Row(*found)

    def forget(self, view: str) -> None:
        """Remove one view of everybody."""
        with self._connection() as connection:
            connection.execute("DELETE FROM state WHERE view = ?", (view,))

    def clear(self) -> None:
        """Remove everything; the store is a cache."""
        with self._connection() as connection:
            connection.execute("DELETE FROM state")

    def close(self) -> None:
        """Close this thread's connection."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is not None:
            connection.close()
            del self._local.connection

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True)
                connection = sqlite3.connect(self._path, timeout=5, check_same_thread=False)
                connection.execute("PRAGMA journal_mode = WAL")
                # a crash may lose the last rows, and only those: they are computed again from the log
                connection.execute("PRAGMA synchronous = NORMAL")
                connection.execute(_TABLE)
            except (sqlite3.Error, OSError) as error:
                raise self._trouble(error) from error
            self._local.connection = connection
        return connection

    def _trouble(self, error: Exception) -> WorkspaceError:
        mend = "make room on the disk" if "full" in str(error) else "end the other writer, or run `herald materialise`"
        return WorkspaceError(f"the online store {self._path}: {error}", mend=mend)
