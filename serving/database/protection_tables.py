"""Who may act for whom, and who asked for safe mode. Times are microseconds since 1970 UTC."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table

from serving.database.tables import metadata

mandate = Table(
    "mandate",
    metadata,
    Column("mandate_id", String(64), primary_key=True),
    Column("citizen_id", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("holder", String(64), nullable=False),
    Column("scopes", String(100), nullable=False),
    Column("because", String(400), nullable=False),
    Column("issued_by", String(64), nullable=False),
    Column("from_us", BigInteger, nullable=False),
    Column("until_us", BigInteger, nullable=False),
    Column("ended_us", BigInteger),
    Column("ended_by", String(64)),
    Index(None, "citizen_id"),
    Index(None, "holder"),
)

safe_mode = Table(
    "safe_mode",
    metadata,
    Column("citizen_id", String(64), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("is_on", Boolean, nullable=False),
    Column("said_by", String(64), nullable=False),
    Column("since_us", BigInteger, nullable=False),
)
