"""The short codes by which a message is confirmed."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "message_code",
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("notification_id", sa.String(length=64), nullable=False),
        sa.Column("issued_us", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["notification_id"],
            ["notification.notification_id"],
            name=op.f("fk_message_code_notification_id"),
        ),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_message_code")),
        sa.UniqueConstraint("notification_id", name=op.f("uq_message_code_notification_id")),
    )
