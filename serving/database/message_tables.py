"""Tables of messages and of the channels that carry them, in the same database and metadata as all others."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from serving.database.tables import metadata

message_code = Table(
    "message_code",
    metadata,
    Column("code", String(16), primary_key=True),
    Column("notification_id", String(64), ForeignKey("notification.notification_id"), nullable=False, unique=True),
    Column("issued_us", BigInteger, nullable=False),
)

address = Table(
    "address",
    metadata,
    Column("citizen_id", String(64), primary_key=True),
    Column("channel", String(16), primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("sole", Boolean, nullable=False),
    Column("said_us", BigInteger, nullable=False),
    Index(None, "digest"),
)

forgotten_address = Table(
    "forgotten_address",
    metadata,
    Column("citizen_id", String(64), primary_key=True),
    Column("channel", String(16), primary_key=True),
    Column("digest", String(64), primary_key=True),
    Column("reason", String(64), nullable=False),
    Column("at_us", BigInteger, nullable=False),
)

channel_objection = Table(
    "channel_objection",
    metadata,
    Column("citizen_id", String(64), primary_key=True),
    Column("channel", String(16), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("objected", Boolean, nullable=False),
    Column("by", String(64), nullable=False),
    Column("since_us", BigInteger, nullable=False),
)

channel_report = Table(
    "channel_report",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("notification_id", String(64), ForeignKey("notification.notification_id"), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("by", String(64), nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Index(None, "notification_id"),
)

inbound_call = Table(
    "inbound_call",
    metadata,
    Column("call_id", String(128), primary_key=True),
    Column("at_us", BigInteger, nullable=False),
)

push_subscription = Table(
    "push_subscription",
    metadata,
    Column("subscription_id", String(64), primary_key=True),
    Column("citizen_id", String(64), nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Column("added_us", BigInteger, nullable=False),
    Index(None, "citizen_id"),
)

counter_desk = Table(
    "counter_desk",
    metadata,
    Column("portal", String(64), primary_key=True),
    Column("kind", String(16), primary_key=True),
    Column("name", String(200), primary_key=True),
)

counter_item = Table(
    "counter_item",
    metadata,
    Column("notification_id", String(64), ForeignKey("notification.notification_id"), primary_key=True),
    Column("citizen_id", String(64), nullable=False),
    Column("language", String(35), nullable=False),
    Column("district", String(200), nullable=False),
    Column("state", String(16), nullable=False),
    Column("by", String(64)),
    Column("added_us", BigInteger, nullable=False),
    Column("closed_us", BigInteger),
    Index("ix_counter_item_open", "state", "district", "added_us"),
)

counter_item_authority = Table(
    "counter_item_authority",
    metadata,
    Column("notification_id", String(64), ForeignKey("counter_item.notification_id"), primary_key=True),
    Column("authority", String(200), primary_key=True),
)
