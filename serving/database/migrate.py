"""Brings a database to this version's schema with Alembic; two processes that start at once take turns."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from recommender.errors import WorkspaceError

_LOCK = 4_820_117
"""Any number, the same in every process: PostgreSQL's advisory lock for migrating."""


def upgrade(engine: Engine) -> None:
    """Apply what is missing. Raises WorkspaceError when the database was made by a newer version."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    known = {revision.revision for revision in ScriptDirectory.from_config(config).walk_revisions()}
    with _alone(engine) as conn:
        current = MigrationContext.configure(conn).get_current_revision()
        if current is not None and current not in known:
            where = engine.url.render_as_string(hide_password=True)
            raise WorkspaceError(
                f"the operational database {where} is of a newer version ({current})", mend="update Herald"
            )
        config.attributes["connection"] = conn
        command.upgrade(config, "head")


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as conn:
        if conn.dialect.name != "sqlite":
            conn.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            yield conn
            conn.commit()
            return
        # SQLite changes a column by making the table anew, and while foreign keys count, dropping the old one would
        # take its rows for deleted under those that refer to them; what refers to nothing afterwards undoes it all
        conn.exec_driver_sql("PRAGMA foreign_keys = OFF")
        try:
            conn.exec_driver_sql("BEGIN IMMEDIATE")
            yield conn
            loose = conn.exec_driver_sql("PRAGMA foreign_key_check").all()
            if loose:
                raise WorkspaceError(
                    f"the operational database holds {len(loose)} rows that refer to nothing",
                    mend="restore it from its backup",
                )
            conn.commit()
        finally:
            conn.rollback()
            conn.exec_driver_sql("PRAGMA foreign_keys = ON")
