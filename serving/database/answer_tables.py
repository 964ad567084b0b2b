"""Tables of what a citizen is answered: what they say is wrong. Times are microseconds since 1970 UTC."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, text

from serving.database.tables import metadata

_STANDS = text("state = 'open'")

dispute = Table(
    "dispute",
    metadata,
    Column("dispute_id", String(64), primary_key=True),
    Column("citizen_id", String(64), nullable=False),
    Column("subject", String(420), nullable=False),
    Column("services", String(20_000), nullable=False),
    Column("root", String(200)),
    Column("event_type", String(200)),
    Column("attribute", String(200)),
    Column("value", String(400)),
    Column("register", String(200), nullable=False),
    Column("raised_us", BigInteger, nullable=False),
    Column("raised_by", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("settled_us", BigInteger),
    Column("settled_by", String(64)),
    Column("note", String(400), nullable=False),
    Column("asked", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_us", BigInteger, nullable=False),
    Index("ix_dispute_open", "citizen_id", "subject", unique=True, sqlite_where=_STANDS, postgresql_where=_STANDS),
    Index("ix_dispute_asked", "asked", "due_us"),
    Index(None, "citizen_id"),
)
"""What a citizen says is wrong. subject: `attribute:` and its name, or `event:`, its type and its root.

services : those of which it was said, as JSON.
state : open, upheld (the record stands), corrected (it was wrong).
asked : waiting, sent, nowhere (the register has no address). due_us: when the register is asked next.
"""

erased_decision = Table("erased_decision", metadata, Column("decision_id", String(64), primary_key=True))
"""Decisions whose receipts are gone; a decision's id is random and names nobody."""

erasure = Table(
    "erasure",
    metadata,
    Column("mark", String(64), primary_key=True),
    Column("begun_us", BigInteger, nullable=False),
    Column("ended_us", BigInteger),
    Column("certificate", String(20_000), nullable=False),
)
"""Who was erased, by a keyed mark that names nobody. ended_us: none: it was interrupted, and is to be run again."""

application_report = Table(
    "application_report",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("citizen_id", String(64), nullable=False),
    Column("service_id", String(200), nullable=False),
    Column("notification_id", String(64)),
    Column("stage", String(16)),
    Column("reason", String(400), nullable=False),
    Column("proxy", Boolean, nullable=False),
    Column("portal", String(64), nullable=False),
    Column("happened_us", BigInteger, nullable=False),
    Column("at_us", BigInteger, nullable=False),
    Column("catalogue", String(64)),
    Column("criteria", String(64)),
    Index(None, "citizen_id", "service_id"),
    Index(None, "catalogue", "service_id"),
)
"""What became of an application. stage: none: the citizen answered that they did nothing.

notification_id, catalogue, criteria : the push before it, and the version and the conditions that it was decided by.
"""
