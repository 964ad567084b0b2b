"""What waits in the outbox has an index without what was delivered: a claim costs the same however long the history."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    waiting = sa.text("state IN ('created', 'temporary_failure', 'sending')")
    op.drop_index("ix_outbox_waiting", "outbox")
    op.create_index(
        "ix_outbox_waiting", "outbox", ["channel", "due_us"], sqlite_where=waiting, postgresql_where=waiting
    )
