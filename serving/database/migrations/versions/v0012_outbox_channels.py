"""The outbox by channel and target: what was tried, what comes next, what is in doubt."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("outbox") as outbox:
        outbox.add_column(sa.Column("target", sa.String(length=64), nullable=False, server_default=""))
        outbox.add_column(sa.Column("doubts", sa.Integer(), nullable=False, server_default="0"))
        outbox.add_column(sa.Column("fallback", sa.String(length=100), nullable=False, server_default=""))
        outbox.drop_constraint("uq_outbox_notification_id_channel", type_="unique")
        outbox.create_unique_constraint(
            op.f("uq_outbox_notification_id_channel_target"), ["notification_id", "channel", "target"]
        )
