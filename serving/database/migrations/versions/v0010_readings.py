"""What of a record was opened: no longer receipts alone."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("reading", sa.Column("what", sa.String(length=16), nullable=False, server_default="receipt"))
