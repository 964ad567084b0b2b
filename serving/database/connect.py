"""Opens the operational database: engine, pragmas, migrations, and transactions whose troubles are one clear line."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.pool import QueuePool

from recommender.errors import SettingsError, WorkspaceError
from serving.database.migrate import upgrade

BUSY_MS = 5_000
"""How long a SQLite writer waits for another before it gives up."""

__all__ = ["Connection", "Database", "open_database"]


class Database:
    """One operational database. `read()` and `write()` give a connection in a transaction of its own.

    On SQLite a write takes the lock when it begins, so it never fails half-way because a reader was first. Threads of
    one process take turns before that: SQLite lets who waits sleep and then draws lots, so that under load one of forty
    threads would wait for seconds.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._one_writes = Lock() if engine.dialect.name == "sqlite" else None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A consistent view; nothing is kept. Raises WorkspaceError."""
        with self._told(), self._engine.connect() as conn:
            if conn.dialect.name == "sqlite":
                conn.exec_driver_sql("BEGIN")
            yield conn
            conn.rollback()

    @contextmanager
    def write(self, *, urgent: bool = False) -> Iterator[Connection]:
        """All or nothing, durable when it returns. Raises WorkspaceError when the database is locked, full or away.

        urgent : go before other writers of SQLite. They wait by sleeping longer and longer, so that one who writes
                 without a pause keeps them out for seconds; this one asks again at once, and has the first gap.
        """
        with self._told(), self._turn(), self._engine.connect() as conn:
            if conn.dialect.name == "sqlite":
                if urgent:
                    _press_for_lock(conn)
                else:
                    conn.exec_driver_sql("BEGIN IMMEDIATE")
            try:
                yield conn
            except BaseException:
                conn.rollback()
                raise
            conn.commit()

    @contextmanager
    def alone(self) -> Iterator[Connection]:
        """A connection without a transaction, for what the engine does outside of any. Raises WorkspaceError."""
        with self._told(), self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
            yield conn

    def state(self) -> str:
        """`readable`, or in words why not."""
        try:
            with self.read() as conn:
                conn.execute(text("SELECT 1"))
        except WorkspaceError as error:
            return error.message
        return "readable"

    def close(self) -> None:
        self._engine.dispose()

    def __enter__(self) -> "Database":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """This thread's turn to write. Raises WorkspaceError when another one of this process does not end."""
        if self._one_writes is None:
            yield
            return
        if not self._one_writes.acquire(timeout=3 * BUSY_MS / 1_000):
            where = self._engine.url.render_as_string(hide_password=True)
            raise WorkspaceError(f"the operational database {where} is busy: many write at once", mend="try again")
        try:
            yield
        finally:
            self._one_writes.release()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except (OperationalError, InterfaceError) as error:
            raise trouble(self._engine, error) from error


def open_database(url: str) -> Database:
    """Open a database by SQLAlchemy address and bring it to this version's schema.

    Raises SettingsError for an address that is none, WorkspaceError when it cannot be opened or is of a newer version.
    """
    engine = _engine(url)
    try:
        upgrade(engine)
    except (OperationalError, InterfaceError) as error:
        raise trouble(engine, error) from error
    return Database(engine)


def trouble(engine: Engine, error: DBAPIError) -> WorkspaceError:
    """What is wrong with a database, in one line that says how to mend it; never with its password."""
    where = engine.url.render_as_string(hide_password=True)
    words = " ".join(str(error.orig).split())
    if "locked" in words:
        mend = "another process is writing for long; end it, or try again"
    elif "full" in words or "No space" in words:
        mend = "make room on the disk; nothing of this transaction was kept"
    elif engine.dialect.name == "sqlite":
        mend = "check that the folder exists and can be written"
    else:
        mend = "check that the server runs and the address is right"
    return WorkspaceError(f"the operational database {where}: {words[:200]}", mend=mend)


def _engine(url: str) -> Engine:
    try:
        if url.startswith("postgresql://"):
            url = url.replace("postgresql://", "postgresql+psycopg://", 1)
        if url.startswith("sqlite:///"):
            Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
            # connections are kept by the pool: opening one and its pragmas cost more than a decision's transaction;
            # last in, first out: each keeps a page cache, and the one used last has the pages that are read next
            engine = create_engine(
                url, poolclass=QueuePool, pool_size=8, max_overflow=40, pool_use_lifo=True, pool_timeout=BUSY_MS / 1_000
            )
            event.listen(engine, "connect", _pragmas)
            return engine
        return create_engine(url, pool_size=8, max_overflow=24, pool_pre_ping=True)
    except (ArgumentError, ImportError) as error:
        raise SettingsError(
            "the operational database's address cannot be used", mend="as in postgresql://user@host/name"
        ) from error


def _press_for_lock(conn: Connection) -> None:
    """Begin to write in the first gap that others leave. Raises as `BEGIN IMMEDIATE` does when there is none."""
    conn.exec_driver_sql("PRAGMA busy_timeout = 0")
    until = time.monotonic() + 2 * BUSY_MS / 1_000
    try:
        while True:
            try:
                conn.exec_driver_sql("BEGIN IMMEDIATE")
                return
            except OperationalError as error:
                if "locked" not in str(error.orig) or time.monotonic() > until:
                    raise
            time.sleep(0.0005)
    finally:
        conn.exec_driver_sql(f"PRAGMA busy_timeout = {BUSY_MS}")


def _pragmas(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where `write` says so, not where the driver guesses
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = FULL", f"busy_timeout = {BUSY_MS}", "foreign_keys = ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
