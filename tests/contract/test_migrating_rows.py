"""A database with rows in it is brought to this version without losing any: on SQLite and PostgreSQL."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text

import serving.database
from serving.database.connect import open_database

BEFORE_RECALLS = "0010"
ROWS = (
    "INSERT INTO decision VALUES ('d1', 'anna', 'fact', 1, 1, 1, NULL, :receipt)",
    "INSERT INTO notification VALUES ('n1', 'd1', 'anna', 'birth', 1, 'child_born', NULL, NULL, 1, NULL, 'created', 1)",
    "INSERT INTO notification_service VALUES ('n1', 0, 'birth_allowance')",
    "INSERT INTO outbox (notification_id, channel, state, attempts, due_us, changed_us)"
    " VALUES ('n1', 'inbox', 'created', 0, 1, 1)",
)


def test_notifications_that_wait_are_kept_when_their_table_changes(database_url: str) -> None:
    engine = create_engine(database_url.replace("postgresql://", "postgresql+psycopg://"))
    config = Config()
    config.set_main_option("script_location", str(Path(serving.database.__file__).parent / "migrations"))
    with engine.begin() as conn:
        config.attributes["connection"] = conn
        command.upgrade(config, BEFORE_RECALLS)
        for row in ROWS:
            conn.execute(text(row), {"receipt": b"x"} if ":receipt" in row else {})
    engine.dispose()
    with open_database(database_url) as database, database.write() as conn:
        kept = conn.execute(text("SELECT decision_id, citizen_id, sequence, corrects FROM notification")).one()
        assert tuple(kept) == ("d1", "anna", 1, None)
        assert conn.execute(text("SELECT count(*) FROM outbox JOIN notification USING (notification_id)")).scalar() == 1
        if conn.dialect.name == "sqlite":
            assert conn.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
            assert conn.exec_driver_sql("PRAGMA foreign_key_check").all() == []
