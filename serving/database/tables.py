"""The operational tables. Times are microseconds since 1970 UTC; texts are bounded by what the API lets in."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

client = Table(
    "client",
    metadata,
    Column("client_id", String(64), primary_key=True),
    Column("secret_hash", LargeBinary, nullable=False),
    Column("salt", LargeBinary, nullable=False),
    Column("scopes", String(400), nullable=False),
    Column("added_us", BigInteger, nullable=False),
)

citizen = Table(
    "citizen",
    metadata,
    Column("citizen_id", String(64), primary_key=True),
    Column("known_us", BigInteger, nullable=False),
)

link = Table(
    "link",
    metadata,
    Column("portal", String(64), primary_key=True),
    Column("citizen_id", String(64), primary_key=True),
    Column("identifier", String(64), nullable=False),
    Column("linked_us", BigInteger, nullable=False),
    UniqueConstraint("portal", "identifier"),
)

fact = Table(
    "fact",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("fact_id", String(200), nullable=False, unique=True),
    Column("portal", String(64), nullable=False),
    Column("body_digest", String(64), nullable=False),
    Column("first_answer", String(16), nullable=False),
    Column("citizen_id", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("happened_us", BigInteger, nullable=False),
    Column("known_us", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("state", String(16), nullable=False),
    Column("decision_id", String(64), unique=True),
    Index(None, "citizen_id", "number"),
    Index(
        "ix_fact_waiting",
        "number",
        sqlite_where=text("state = 'accepted'"),
        postgresql_where=text("state = 'accepted'"),
    ),
    Index(
        "ix_fact_parked", "citizen_id", sqlite_where=text("state = 'parked'"), postgresql_where=text("state = 'parked'")
    ),
)

legal_ground = Table(
    "legal_ground",
    metadata,
    Column("citizen_id", String(64), primary_key=True),
    Column("purpose", String(32), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("words", String(400), nullable=False),
    Column("objected", Boolean, nullable=False),
    Column("since_us", BigInteger, nullable=False),
)

objection = Table(
    "objection",
    metadata,
    Column("citizen_id", String(64), primary_key=True),
    Column("purpose", String(32), primary_key=True),
    Column("authority", String(64), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("objected", Boolean, nullable=False),
    Column("since_us", BigInteger, nullable=False),
)

preference = Table(
    "preference",
    metadata,
    Column("citizen_id", String(64), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("content", String(2000), nullable=False),
    Column("since_us", BigInteger, nullable=False),
)

answer = Table(
    "answer",
    metadata,
    Column("citizen_id", String(64), primary_key=True),
    Column("attribute", String(200), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("value", String(400), nullable=False),
    Column("at_us", BigInteger, nullable=False),
)

decision = Table(
    "decision",
    metadata,
    Column("decision_id", String(64), primary_key=True),
    Column("citizen_id", String(64), nullable=False),
    Column("trigger", String(16), nullable=False),
    Column("first_us", BigInteger, nullable=False),
    Column("last_us", BigInteger, nullable=False),
    Column("times", Integer, nullable=False),
    Column("silence", LargeBinary),
    Column("receipt", LargeBinary, nullable=False),
    Index(None, "citizen_id", "first_us"),
)

notification = Table(
    "notification",
    metadata,
    Column("notification_id", String(64), primary_key=True),
    Column("decision_id", String(64), ForeignKey("decision.decision_id"), unique=True),
    Column("corrects", String(64), unique=True),
    Column("catalogue", String(64)),
    Column("model", String(200)),
    Column("citizen_id", String(64), nullable=False),
    Column("root", String(200), nullable=False),
    Column("happened_us", BigInteger, nullable=False),
    Column("event_type", String(200)),
    Column("date", String(200)),
    Column("deadline_us", BigInteger),
    Column("created_us", BigInteger, nullable=False),
    Column("known_us", BigInteger),
    Column("state", String(24), nullable=False),
    Column("sequence", BigInteger),
    UniqueConstraint("citizen_id", "sequence"),
    Index(None, "citizen_id", "created_us"),
    Index(None, "created_us"),
)

notification_service = Table(
    "notification_service",
    metadata,
    Column("notification_id", String(64), ForeignKey("notification.notification_id"), primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("service_id", String(200), nullable=False),
)

inbox_counter = Table(
    "inbox_counter",
    metadata,
    Column("citizen_id", String(64), primary_key=True),
    Column("last", BigInteger, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("outbox_id", Integer, primary_key=True, autoincrement=True),
    Column("notification_id", String(64), ForeignKey("notification.notification_id"), nullable=False),
    Column("channel", String(16), nullable=False),
    Column("target", String(64), nullable=False),
    Column("state", String(24), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("doubts", Integer, nullable=False),
    Column("fallback", String(100), nullable=False),
    Column("due_us", BigInteger, nullable=False),
    Column("worker", String(64)),
    Column("lease_us", BigInteger),
    Column("reason", String(200)),
    Column("changed_us", BigInteger, nullable=False),
    UniqueConstraint("notification_id", "channel", "target"),
    Index(
        "ix_outbox_waiting",
        "channel",
        "due_us",
        sqlite_where=text("state IN ('created', 'temporary_failure', 'sending')"),
        postgresql_where=text("state IN ('created', 'temporary_failure', 'sending')"),
    ),
    Index(
        "ix_outbox_held",
        "outbox_id",
        sqlite_where=text("state = 'created' AND reason IS NOT NULL"),
        postgresql_where=text("state = 'created' AND reason IS NOT NULL"),
    ),
    Index(
        "ix_outbox_poison",
        "outbox_id",
        sqlite_where=text("state = 'technical_failure'"),
        postgresql_where=text("state = 'technical_failure'"),
    ),
)

feedback = Table(
    "feedback",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("notification_id", String(64), ForeignKey("notification.notification_id"), nullable=False),
    Column("citizen_id", String(64), nullable=False),
    Column("service_id", String(200), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("outcome", String(32)),
    Column("portal", String(64), nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Index(None, "citizen_id", "at_us"),
)

reading = Table(
    "reading",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("decision_id", String(64), nullable=False),
    Column("citizen_id", String(64), nullable=False),
    Column("portal", String(64), nullable=False),
    Column("purpose", String(400), nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("what", String(16), nullable=False, server_default="receipt"),
    Index(None, "citizen_id", "at_us"),
)

catalogue = Table(
    "catalogue",
    metadata,
    Column("version", String(64), primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("stored_us", BigInteger, nullable=False),
)

push_policy = Table(
    "push_policy",
    metadata,
    Column("version", String(64), primary_key=True),
    Column("content", String(2000), nullable=False),
    Column("stored_us", BigInteger, nullable=False),
)

publication = Table(
    "publication",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("version", String(64), ForeignKey("catalogue.version"), nullable=False),
    Column("in_force_us", BigInteger, nullable=False),
    Column("note", String(1000), nullable=False),
    Column("drafted_by", String(200)),
    Column("drafted_as", String(200)),
    Column("drafted_us", BigInteger, nullable=False),
    Column("approved_by", String(200)),
    Column("approved_as", String(200)),
    Column("approved_us", BigInteger),
    Column("rolled_back_by", String(200)),
    Column("rolled_back_as", String(200)),
    Column("rolled_back_us", BigInteger),
    Column("rolled_back_note", String(1000), nullable=False),
    CheckConstraint("approved_by IS NULL OR approved_by <> drafted_by", name="two_persons"),
    Index(None, "version"),
)
