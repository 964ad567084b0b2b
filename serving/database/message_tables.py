"""Tables of messages and of the channels that carry them, in the same database and metadata as all others."""

from sqlalchemy import BigInteger, Column, ForeignKey, String, Table

from serving.database.tables import metadata

message_code = Table(
    "message_code",
    metadata,
    Column("code", String(16), primary_key=True),
    Column("notification_id", String(64), ForeignKey("notification.notification_id"), nullable=False, unique=True),
    Column("issued_us", BigInteger, nullable=False),
)
