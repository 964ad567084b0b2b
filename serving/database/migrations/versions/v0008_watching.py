"""Indexes for what is looked at every few seconds: pushes of an hour, and what could not be delivered."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_notification_created_us"), "notification", ["created_us"])
    poison = sa.text("state = 'technical_failure'")
    op.create_index("ix_outbox_poison", "outbox", ["outbox_id"], sqlite_where=poison, postgresql_where=poison)
