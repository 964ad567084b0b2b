"""Insert unless it is there: one statement, safe when two do it at once, on SQLite and PostgreSQL."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite

from serving.database.connect import Connection


def insert_once(conn: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert a row unless a unique key of it exists; True when it was inserted."""
    make = postgresql.insert if conn.dialect.name == "postgresql" else sqlite.insert
    key = next(iter(table.primary_key))
    # a row comes back only when one was inserted; the driver's row count says so on SQLite only
    return conn.execute(make(table).on_conflict_do_nothing().returning(key), dict(row)).first() is not None
