"""Tables of what operators do to what is told, on the metadata of all."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, text

from serving.database.tables import metadata

stop = Table(
    "stop",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("reach", String(16), nullable=False),
    Column("name", String(200), nullable=False),
    Column("stopped_by", String(200), nullable=False),
    Column("stopped_as", String(200), nullable=False),
    Column("stopped_us", BigInteger, nullable=False),
    Column("because", String(400), nullable=False),
    Column("lifted_by", String(200)),
    Column("lifted_as", String(200)),
    Column("lifted_us", BigInteger),
    Column("lifted_because", String(400), nullable=False),
    Index(
        "ix_stop_standing",
        "reach",
        "name",
        unique=True,
        sqlite_where=text("lifted_us IS NULL"),
        postgresql_where=text("lifted_us IS NULL"),
    ),
)

recall = Table(
    "recall",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("reach", String(16), nullable=False),
    Column("name", String(200), nullable=False),
    Column("since_us", BigInteger, nullable=False),
    Column("because", String(400), nullable=False),
    Column("begun_by", String(200), nullable=False),
    Column("begun_as", String(200), nullable=False),
    Column("begun_us", BigInteger, nullable=False),
    Column("ended_us", BigInteger),
)

recalled = Table(
    "recalled",
    metadata,
    Column("notification_id", String(64), ForeignKey("notification.notification_id"), primary_key=True),
    Column("recall", Integer, ForeignKey("recall.number"), nullable=False),
    Column("told", Boolean, nullable=False),
    Index(None, "recall"),
)
