"""Online states in SQLite: one row, one blob, per citizen and view; readers never wait for a writer (WAL)."""

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from recommender.errors import WorkspaceError

_TABLE = """
CREATE TABLE IF NOT EXISTS citizen_view (
    citizen_id TEXT NOT NULL, view TEXT NOT NULL, known_us INTEGER NOT NULL, content BLOB NOT NULL,
    PRIMARY KEY (citizen_id, view)
) WITHOUT ROWID
"""
_WRITE = "INSERT OR REPLACE INTO citizen_view VALUES (?, ?, ?, ?)"
_ASKED_AT_ONCE = 500
"""Citizens in one query: below what any SQLite allows."""


class Row(NamedTuple):
    """One view of one citizen. known_us: when its latest fact became known, microseconds."""

    citizen_id: str
    view: str
    known_us: int
    content: bytes


class BlobStore:
    """States by citizen and view; safe from many threads and processes: readers see whole transactions only."""

    def __init__(self, path: Path, *, wait_s: float = 5.0) -> None:
        """wait_s: how long a writer waits for another one."""
        self._path = path
        self._wait_s = wait_s
        self._local = threading.local()

    def read(self, citizen_id: str, views: Sequence[str]) -> dict[str, bytes]:
        """View to content, of those stored; about 20 microseconds."""
        marks = ", ".join("?" * len(views))
        query = f"SELECT view, content FROM citizen_view WHERE citizen_id = ? AND view IN ({marks})"
        with self._clear_errors():
            return dict(self._connection().execute(query, (citizen_id, *views)).fetchall())

    def read_view(self, citizen_ids: Sequence[str], view: str) -> dict[str, bytes]:
        """Citizen to content of one view, of those stored."""
        found: dict[str, bytes] = {}
        with self._clear_errors():
            for start in range(0, len(citizen_ids), _ASKED_AT_ONCE):
                asked = citizen_ids[start : start + _ASKED_AT_ONCE]
                marks = ", ".join("?" * len(asked))
                query = f"SELECT citizen_id, content FROM citizen_view WHERE view = ? AND citizen_id IN ({marks})"
                found.update(self._connection().execute(query, (view, *asked)).fetchall())
        return found

    def write(self, rows: Iterable[Row]) -> None:
        """Store rows in one transaction: the one in hand, or one of their own."""
        with self.exclusive():
            self._connection().executemany(_WRITE, rows)

    @contextmanager
    def exclusive(self) -> Iterator[None]:
        """What is read and written within is one transaction that no other writer comes between; may be nested."""
        with self._clear_errors():
            connection = self._connection()
            if connection.in_transaction:
                yield
                return
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def read_row(self, citizen_id: str, view: str) -> Row | None:
        """One row with its known time; None when it is not stored."""
        query = "SELECT citizen_id, view, known_us, content FROM citizen_view WHERE citizen_id = ? AND view = ?"
        with self._clear_errors():
            found = self._connection().execute(query, (citizen_id, view)).fetchone()
        return None if found is None else Row(*found)

    def forget(self, view: str) -> None:
        """Remove one view of everybody."""
        with self.exclusive():
            self._connection().execute("DELETE FROM citizen_view WHERE view = ?", (view,))

    def clear(self) -> None:
        """Remove everything; the store is a cache."""
        with self.exclusive():
            self._connection().execute("DELETE FROM citizen_view")

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
                connection = sqlite3.connect(
                    self._path, timeout=self._wait_s, check_same_thread=False, isolation_level=None
                )
                connection.execute("PRAGMA journal_mode = WAL")
                # a crash may lose the last rows, and only those: they are computed again from the log
                connection.execute("PRAGMA synchronous = NORMAL")
                connection.execute(_TABLE)
            except (sqlite3.Error, OSError) as error:
                raise self._trouble(error) from error
            self._local.connection = connection
        return connection

    @contextmanager
    def _clear_errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._trouble(error) from error

    def _trouble(self, error: Exception) -> WorkspaceError:
        mend = "end the other writer, or run `herald materialise`"
        if "full" in str(error) or "I/O" in str(error):  # in WAL mode SQLite calls a full disk a disk I/O error too
            mend = "make room on the disk, or mend it; what was stored before is as it was"
        return WorkspaceError(f"the online store {self._path}: {error}", mend=mend)
