"""Where portals want to be called. Secrets are sealed; times are microseconds since 1970 UTC."""

from sqlalchemy import BigInteger, Column, LargeBinary, String, Table

from serving.database.tables import metadata

webhook = Table(
    "webhook",
    metadata,
    Column("portal", String(64), primary_key=True),
    Column("url", String(500), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("former_sealed", LargeBinary),
    Column("former_until_us", BigInteger),
    Column("since_us", BigInteger, nullable=False),
    Column("ended_us", BigInteger),
    Column("ended_because", String(200)),
)
